"""A table goes out as a file: CSV or a workbook, each of one kind, and no cell of it is ever taken for a
formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from kommunesamarbeid.core.files.downloads import file_download

# A spreadsheet reads a text that starts like this as a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def safe(value: Any) -> Any:
    """Return the value as a cell that no spreadsheet runs: a text that begins like a formula gets an
    apostrophe.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal | date):
        return value
    return f"'{value}" if str(value).startswith(FORMULA_SIGNS) else str(value)


def csv_file(header: Iterable[object], rows: Iterable[Iterable[object]]) -> bytes:
    """Return CSV that a spreadsheet in Norway and Ukraine opens in columns, with æøå and Cyrillic right:
    UTF-8 with its mark, `;`.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe(cell) for cell in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def csv_download(
    request: HttpRequest, name: str, header: Sequence[object], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """Return a CSV file to save, with who took it out and when as its last line (L-36)."""
    taken = {"who": str(request.user), "time": date_format(timezone.localtime(), "SHORT_DATETIME_FORMAT")}
    last = _("Taken out by %(who)s, %(time)s. For internal use.") % taken
    return file_download(csv_file(header, [*rows, [last]]), f"{name}.csv", CSV_TYPE)


def as_csv(keys: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> bytes:
    """Return lines of values by key as CSV."""
    return csv_file(keys, ([line.get(key) for key in keys] for line in lines))


def as_xlsx(keys: Sequence[str], lines: Iterable[Mapping[str, Any]], *, title: str) -> bytes:
    """Return lines of values by key as a workbook: the keys frozen on top, every text stored as a text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "B2"
    sheet.append(list(keys))
    for line in lines:
        sheet.append([_as_text(WriteOnlyCell(sheet, value=safe(line.get(key)))) for key in keys])
    return saved(book)


def write_rows(sheet: Any, rows: Iterable[Sequence[Any]]) -> None:
    """Append rows to a sheet that comes back: a text that a spreadsheet would run stays as it is, a text also
    when it is edited.
    """
    for row in rows:
        sheet.append(list(row))
        for cell in sheet[sheet.max_row]:
            if isinstance(cell.value, str) and cell.value.startswith(FORMULA_SIGNS):
                _as_text(cell).quotePrefix = True


def saved(book: Workbook) -> bytes:
    """Return the workbook as a file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _as_text(cell: Any) -> Any:
    """Return the cell; a text is never read as a formula, whatever it begins with."""
    if isinstance(cell.value, str):
        cell.data_type = "s"
    return cell
