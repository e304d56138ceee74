"""A table goes out as a file: CSV or a workbook, and no cell of it is ever taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

# A spreadsheet reads a cell that starts like this as a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_answer(
    request: HttpRequest, name: str, header: Sequence[object], rows: Iterable[Sequence[object]]
) -> HttpResponse:
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


def safe(value: Any) -> Any:
    """Return the value as a cell that no spreadsheet runs: a text that begins like a formula gets an apostrophe."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value


def as_csv(keys: list[str], lines: Iterable[dict[str, Any]]) -> bytes:
    """Return the table as CSV that Excel opens with æøå and Cyrillic right: UTF-8 with its mark, semicolons."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(keys)
    writer.writerows([safe(line.get(key)) for key in keys] for line in lines)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(keys: list[str], lines: Iterable[dict[str, Any]], *, title: str) -> bytes:
    """Return the table as a workbook: the keys frozen on top, every text stored as a text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "B2"
    sheet.append(keys)
    for line in lines:
        sheet.append([_cell(sheet, safe(line.get(key))) for key in keys])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    """Return a cell; a text is never read as a formula, whatever it begins with."""
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell
