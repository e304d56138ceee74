"""A file somebody sends in is a table: CSV or XLSX, its columns in any order, each fault told by its row in the reader's language.

Nothing of the file is trusted: its size, its rows, how much it unpacks to, its formulas (they are refused, not read) and
its XML (openpyxl reads through defusedxml) are all checked before a cell is looked at.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from defusedxml.common import DefusedXmlException
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from kommunesamarbeid.core.files.strict_csv import BadCell, Column, Problem, Row, Table, decode

MOST_BYTES = 5 * 1024 * 1024
MOST_UNPACKED = 60 * 1024 * 1024
MOST_COLUMNS = 40
FORMULA = "\0formula"
Line = tuple[int, list[str]]
# What zipfile, the parser and openpyxl raise on files that are none of theirs.
UNREADABLE = (
    InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, SyntaxError, TypeError, AttributeError,
)  # fmt: skip


@dataclass(frozen=True)
class Heading:
    """One column of a sent file: the names its header may have, first the one we write ourselves."""

    column: Column
    names: tuple[str, ...]
    must_stand: bool = False


class BadFile(Exception):
    """The file as a whole cannot be read; `text` says why and `line` where."""

    def __init__(self, text: Any, line: int = 1) -> None:
        super().__init__(str(text))
        self.text, self.line = text, line


def read_sheet(name: str, raw: bytes, headings: Sequence[Heading], *, key: str = "", most_rows: int) -> Table:
    """Read a sent CSV or XLSX file; its first row names the columns, in any order. Never raises for what the file holds.

    An empty cell, and a column that is not there, are the column's `empty`. `key` names the column that is unique where
    it is filled in.
    """
    table = Table(name)
    try:
        if len(raw) > MOST_BYTES:
            raise BadFile(
                format_lazy(_("the file is larger than {size} MB"), size=MOST_BYTES // 1024 // 1024)
            )
        lines = _xlsx(raw) if raw[:2] == b"PK" else _csv(raw, table)
        _read(lines, headings, key, most_rows, table)
    except BadFile as fault:
        table.rows.clear()
        table.refuse(fault.line, fault.text)
    if not table.rows and not table.problems:
        table.refuse(1, _("the file has no rows"))
    return table


def _csv(raw: bytes, table: Table) -> Iterator[Line]:
    text = decode(raw, table)
    if text is None:
        return
    # A spreadsheet writes semicolons where the comma is the decimal sign, as in Norway and Ukraine.
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise BadFile(str(error), reader.line_num) from None


def _xlsx(raw: bytes) -> Iterator[Line]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise BadFile(_("the workbook unpacks to too much"))
        # Formulas come as text, so that they can be refused: a value somebody else has computed is not read.
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # the file's own word for its size may be anything
        for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
            yield number, [_cell(cell) for cell in cells]
    except BadFile:
        raise
    except UNREADABLE as error:
        # openpyxl wraps what its parser refuses.
        if isinstance(error, DefusedXmlException) or isinstance(error.__cause__, DefusedXmlException):
            raise BadFile(_("the workbook holds XML that is not allowed")) from None
        raise BadFile(_("the file is no workbook that can be read; save it as XLSX or CSV UTF-8")) from None


def _cell(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return FORMULA
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _read(lines: Iterator[Line], headings: Sequence[Heading], key: str, most_rows: int, table: Table) -> None:
    order = None
    seen: dict[str, int] = {}
    rows = 0
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if order is None:
            order = _order(number, cells, headings)
            continue
        rows += 1
        if rows > most_rows:
            raise BadFile(format_lazy(_("the file has more than {count} rows"), count=most_rows), number)
        row = _row(number, cells, order, headings, table)
        if row is not None and key and row[key]:
            _once(row[key], number, key, seen, table)
    if order is None and not table.problems:
        raise BadFile(_("the file has no rows"))


def _once(value: str, number: int, key: str, seen: dict[str, int], table: Table) -> None:
    if value in seen:
        text = _("duplicate {column} {code}, first on line {first}")
        table.refuse(number, format_lazy(text, column=key, code=value, first=seen[value]))
    seen.setdefault(value, number)


def _order(number: int, cells: list[str], headings: Sequence[Heading]) -> list[Heading | None]:
    """Return the heading of each column. Raises BadFile for a column nobody knows, named twice, or missing."""
    known = {name.casefold(): heading for heading in headings for name in heading.names}
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    names = [cell.strip() for cell in cells]
    expected = ", ".join(heading.names[0] for heading in headings)
    order = [known.get(name.casefold()) for name in names]
    for name, heading in zip(names, order, strict=True):
        if heading is None or order.count(heading) > 1:
            text = _("column “{name}” is unknown or stands twice; known are {expected}")
            raise BadFile(format_lazy(text, name=name[:40], expected=expected), number)
    for heading in headings:
        if heading.must_stand and heading not in order:
            raise BadFile(
                format_lazy(
                    _("column “{name}” is missing; known are {expected}"),
                    name=heading.names[0],
                    expected=expected,
                ),
                number,
            )
    return order


def _row(
    number: int, cells: list[str], order: list[Heading | None], headings: Sequence[Heading], table: Table
) -> Row | None:
    if any(cell.strip() for cell in cells[len(order) :]):
        text = _("{found} cells, expected {wanted}")
        table.problems.append(
            Problem(table.file, number, format_lazy(text, found=len(cells), wanted=len(order)))
        )
        return None
    row: Row = {heading.column.name: heading.column.empty for heading in headings}
    faults = len(table.problems)
    for heading, cell in zip(order, [*cells, *[""] * len(order)], strict=False):
        assert heading is not None
        try:
            if cell == FORMULA:
                raise BadCell(
                    format_lazy(_("{column} holds a formula; paste the value"), column=heading.names[0])
                )
            typed = cell.strip().replace("\0", "")
            if not typed and heading.column.required:
                raise BadCell(format_lazy(_("{column} is missing"), column=heading.names[0]))
            row[heading.column.name] = heading.column.read(typed)
        except BadCell as fault:
            table.problems.append(Problem(table.file, number, _naming(heading.names[0], fault.text)))
    if len(table.problems) > faults:
        return None
    table.rows[number] = row
    return row


def _naming(column: str, text: str | Promise) -> str | Promise:
    """Return a cell's fault with its column in front: a row has many."""
    return text if str(text).startswith(column) else format_lazy("{column}: {text}", column=column, text=text)
