"""Each party of a pair stands on one sheet, as far as the reader may see it, and as a PDF to pass on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.pages import Page, page
from kommunesamarbeid.core.roles import May
from kommunesamarbeid.core.visibility import Level, reach_of
from matching.choices import Side
from matching.reports.profiles import Profile
from matching.reports.sheet_files import sheet_answer, sheet_files

Sheets = Callable[[Any, str, Level, datetime], list[Profile]]


def sheet_pages(
    powers: tuple[May, ...], sheets: Sheets, reference: Callable[[Any], str] = lambda row: ""
) -> tuple[Page, Page]:
    """Return the two addresses.

    `sheets` gives the parties of a row on one side, as far as a level sees them.
    """

    def show(admin: DeskAdmin, request: HttpRequest, pk: int, side: str) -> HttpResponse:
        row, now = _row(admin, request, pk, side), timezone.now()
        profiles = sheets(row, side, reach_of(admin.actor(request)), now)
        context: dict[str, Any] = {
            "title": profiles[0].place,
            "profiles": profiles,
            "files": sheet_files(f"admin:{admin.url_name('profile_pdf')}", row.pk, side),
            "back": admin.url_of(row, request),
            "as_of": now,
        }
        return page(admin, request, "admin/matching/profile.html", **context)

    def as_pdf(admin: DeskAdmin, request: HttpRequest, pk: int, side: str, language: str) -> HttpResponse:
        """Give the sheet in a language, as a partner may see it."""
        row, now = _row(admin, request, pk, side), timezone.now()
        reach = min(reach_of(admin.actor(request)), Level.PARTNERS)
        return sheet_answer(
            request, lambda: sheets(row, side, reach, now), language, now, reference=reference(row)
        )

    address = "<int:pk>/profile/<slug:side>/"
    return (
        Page("profile", show, powers, address),
        Page("profile_pdf", as_pdf, powers, f"{address}<slug:language>.pdf"),
    )


def _row(admin: DeskAdmin, request: HttpRequest, pk: int, side: str) -> Any:
    if side not in Side.values:
        raise Http404
    return admin.get_row(request, pk)
