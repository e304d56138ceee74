"""How a page gives a file: with a name, kept by no cache, or a plain page when it could not be made."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kommunesamarbeid.core.files.documents import NotTypeset

log = logging.getLogger(__name__)


def pdf_download(
    request: HttpRequest, make: Callable[[], bytes], filename: str, *, back: str = ""
) -> HttpResponse:
    """Return the PDF that `make` gives.

    When it cannot be made in time, a page that says so and what to do.
    """
    try:
        body = make()
    except NotTypeset:
        log.exception("pdf.failed")
        page = render(request, "errors/no_pdf.html", {"back": back}, status=503)
        page["Retry-After"] = "30"
        return page
    return file_download(body, filename, "application/pdf")


def file_download(body: bytes, filename: str, content_type: str) -> HttpResponse:
    """Return a file to save under this name."""
    return HttpResponse(
        body,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            "Cache-Control": "private, no-store",
        },
    )
