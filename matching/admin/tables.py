"""A table of the desk as a file: what is filtered is what is given, and no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

# A spreadsheet reads a cell that starts like this as a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_answer(request: HttpRequest, name: str, header: Sequence[object], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return a CSV file with who took it out and when as its last line (L-36)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([plain(cell) for cell in header])
    writer.writerows([plain(cell) for cell in row] for row in rows)
    taken = {"who": str(request.user), "time": date_format(timezone.localtime(), "SHORT_DATETIME_FORMAT")}
    writer.writerow([plain(_("Taken out by %(who)s, %(time)s. For internal use.") % taken)])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def plain(cell: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
