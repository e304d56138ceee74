"""A register file is read whole or not at all: every cell is checked, and every fault is named by file and line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

Parse = Callable[[str], Any]
Row = dict[str, Any]


class BadCell(ValueError):
    """A cell does not hold what its column promises; the text says what is wrong."""

    def __init__(self, text: str | Promise) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True)
class Problem:
    """One fault: the file's name, the line counted from 1, and what is wrong there."""

    file: str
    line: int
    text: str | Promise

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Column:
    """One column: its header, how its cells are read, and what an empty cell means (`required`: a fault)."""

    name: str
    parse: Parse
    required: bool = True
    empty: Any = None

    def read(self, cell: str) -> Any:
        """Return the value of a trimmed cell.

        Raises BadCell.
        """
        if cell:
            return self.parse(cell)
        if self.required:
            raise BadCell(format_lazy(_("{column} is missing"), column=self.name))
        return self.empty


@dataclass
class Table:
    """What a file held: its good rows by line number, and its faults."""

    file: str
    rows: dict[int, Row] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, line: int, text: str | Promise) -> None:
        """Add a fault and drop the line's row."""
        self.rows.pop(line, None)
        self.problems.append(Problem(self.file, line, text))

    def refer(self, column: str, known: Mapping[str, Any] | set[str]) -> None:
        """Refuse every row whose `column` names a code that is not among `known`."""
        for line, row in list(self.rows.items()):
            if row[column] and row[column] not in known:
                self.refuse(line, format_lazy(_("unknown {column}: {code}"), column=column, code=row[column]))

    def by(self, column: str) -> dict[str, Row]:
        """Return the rows by the values of a column."""
        return {row[column]: row for row in self.rows.values()}


def read_table(path: Path, columns: tuple[Column, ...], *, key: str = "") -> Table:
    """Read a CSV file in UTF-8 whose first line is exactly the columns' names; `key` is unique and may be empty text for none.

    Cells are trimmed. Never raises for what the file holds: the table's `problems` say what is wrong.
    """
    table = Table(path.name)
    text = _decode(path, table)
    if text is None:
        return table
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if _has_header(reader, columns, table):
            _read_rows(reader, columns, key, table)
    except csv.Error as error:
        table.refuse(reader.line_num, str(error))
    if not table.rows and not table.problems:
        table.refuse(1, _("the file has no rows"))
    return table


def _decode(path: Path, table: Table) -> str | None:
    try:
        raw = path.read_bytes()
    except OSError:
        table.refuse(1, _("the file cannot be read"))
        return None
    return decode(raw, table)


def decode(raw: bytes, table: Table) -> str | None:
    """Return the text of a file in UTF-8, or None with the fault told in the table."""
    try:
        # A spreadsheet puts a byte order mark in front; it is no part of the first header.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        table.refuse(
            raw.count(b"\n", 0, error.start) + 1, _("the line is not UTF-8; save the file as CSV UTF-8")
        )
        return None


def _has_header(reader: Iterator[list[str]], columns: tuple[Column, ...], table: Table) -> bool:
    found = [cell.strip() for cell in next(reader, [])]
    wanted = [column.name for column in columns]
    if found == wanted:
        return True
    text = _("the header is {found}, expected {wanted}")
    table.refuse(1, format_lazy(text, found=",".join(found) or "–", wanted=",".join(wanted)))
    return False


def _read_rows(reader: Any, columns: tuple[Column, ...], key: str, table: Table) -> None:
    seen: dict[str, int] = {}
    for cells in reader:
        line = reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        row = _read_row(cells, columns, line, table)
        if row is None or not key:
            continue
        if row[key] in seen:
            text = _("duplicate {column} {code}, first on line {first}")
            table.refuse(line, format_lazy(text, column=key, code=row[key], first=seen[row[key]]))
        seen.setdefault(row[key], line)


def _read_row(cells: list[str], columns: tuple[Column, ...], line: int, table: Table) -> Row | None:
    if len(cells) != len(columns):
        text = _("{found} cells, expected {wanted}")
        table.refuse(line, format_lazy(text, found=len(cells), wanted=len(columns)))
        return None
    row: Row = {}
    for column, cell in zip(columns, cells, strict=True):
        try:
            row[column.name] = column.read(cell.strip())
        except BadCell as fault:
            table.problems.append(Problem(table.file, line, fault.text))
    if len(row) < len(columns):
        return None
    table.rows[line] = row
    return row


# --- how cells are read -----------------------------------------------------------------------------------------


def text_up_to(longest: int) -> Parse:
    """Return a reader of text of at most `longest` characters."""

    def parse(cell: str) -> str:
        if len(cell) > longest:
            raise BadCell(
                format_lazy(_("longer than {longest} characters: {cell}"), longest=longest, cell=cell[:40])
            )
        return cell

    return parse


def code(pattern: str) -> Parse:
    """Return a reader of codes that match `pattern` as a whole."""
    compiled = re.compile(pattern)

    def parse(cell: str) -> str:
        if not compiled.fullmatch(cell):
            raise BadCell(format_lazy(_("not a valid code: {cell}"), cell=cell[:40]))
        return cell

    return parse


def one_of(values: Mapping[str, Any] | list[str]) -> Parse:
    """Return a reader of one of the `values`, mapped when they are a mapping."""

    def parse(cell: str) -> Any:
        if cell not in values:
            raise BadCell(
                format_lazy(_("{cell} is not one of {values}"), cell=cell[:40], values=", ".join(values))
            )
        return values[cell] if isinstance(values, Mapping) else cell

    return parse


def whole(cell: str) -> int:
    """Read a number of 0 or more."""
    if not (cell.isascii() and cell.isdecimal()):
        raise BadCell(format_lazy(_("not a whole number: {cell}"), cell=cell[:40]))
    return int(cell)


def decimal(places: int, low: int, high: int) -> Parse:
    """Return a reader of decimal numbers between `low` and `high`, rounded to `places`."""

    def parse(cell: str) -> Decimal:
        try:
            number = Decimal(cell)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not low <= number <= high:
            raise BadCell(
                format_lazy(
                    _("not a number from {low} to {high}: {cell}"), low=low, high=high, cell=cell[:40]
                )
            )
        return round(number, places)

    return parse


def day(cell: str) -> date:
    """Read a date written YYYY-MM-DD, and no other of ISO's ways."""
    try:
        found = date.fromisoformat(cell)
    except ValueError:
        found = None
    if found is None or found.isoformat() != cell:
        raise BadCell(format_lazy(_("not a date (YYYY-MM-DD): {cell}"), cell=cell[:40]))
    return found


YES_NO = one_of({"yes": True, "no": False})
