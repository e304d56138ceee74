"""How a page gives a party's sheet as a file, and which files a desk page offers."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from kommunesamarbeid.core import languages
from kommunesamarbeid.core.files.downloads import pdf_download
from matching.reports.party_sheets import Sheets, profile_pdf


def sheet_answer(
    request: HttpRequest, sheets: Sheets, language: str, now: datetime, *, reference: str = "", back: str = ""
) -> HttpResponse:
    """Return the sheets as PDF in one of the portal's languages; another language is not there."""
    if language not in languages.CODES:
        raise Http404
    name = "-".join(part for part in ("profile", reference, language) if part)
    return pdf_download(
        request,
        lambda: profile_pdf(sheets=sheets, language=language, at=now, reference=reference),
        f"{name}.pdf",
        back=back,
    )


def sheet_files(name: str, pk: int, side: str) -> list[tuple[str, str, str]]:
    """Return a sheet's PDFs on the desk: address, code of the language, and its name."""
    return [(reverse(name, args=[pk, side, code]), code, str(label)) for code, label in languages.LANGUAGES]
