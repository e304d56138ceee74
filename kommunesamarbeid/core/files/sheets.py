"""A file is a table: its columns found by their names, each cell checked, each fault named by its row in the
reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.files.columns import BadCell, Column
from kommunesamarbeid.core.files.containers import (
    FORMULA,
    BadFile,
    Line,
    csv_lines,
    decode,
    read_lines,
)
from kommunesamarbeid.core.texts import comparable, tidy

Row = dict[str, Any]


@dataclass(frozen=True)
class Heading:
    """One column of a sent file: the names its header may have, first the one we write ourselves."""

    column: Column
    names: tuple[str, ...]
    must_stand: bool = False


@dataclass(frozen=True)
class Problem:
    """One fault: the file's name, the line counted from 1, and what is wrong there."""

    file: str
    line: int
    text: str | Promise

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass
class Table:
    """What a file held: its good rows by line number, and its faults; `sheet` is the name of the sheet they
    are from.
    """

    file: str
    rows: dict[int, Row] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    sheet: str = ""

    def refuse(self, line: int, text: str | Promise) -> None:
        """Add a fault and drop the line's row."""
        self.rows.pop(line, None)
        self.problems.append(Problem(self.file, line, text))

    def refer(self, column: str, codes: Mapping[str, Any] | set[str]) -> None:
        """Refuse every row whose `column` names a code that is not among `codes`."""
        for line, row in list(self.rows.items()):
            if row[column] and row[column] not in codes:
                self.refuse(line, format_lazy(_("unknown {column}: {code}"), column=column, code=row[column]))

    def refuse_repeated(self, column: str) -> None:
        """Refuse every row whose `column` holds what an earlier row holds."""
        first: dict[Any, int] = {}
        for line, row in list(self.rows.items()):
            if row[column] in first:
                text = _("duplicate {column} {code}, first on line {first}")
                self.refuse(
                    line, format_lazy(text, column=column, code=row[column], first=first[row[column]])
                )
            elif row[column]:
                first[row[column]] = line

    def by(self, column: str) -> dict[str, Row]:
        """Return the rows by the values of a column."""
        return {row[column]: row for row in self.rows.values()}


def read_sheet(name: str, raw: bytes, headings: Sequence[Heading], *, key: str = "", max_rows: int) -> Table:
    """Read a sent CSV or XLSX file; its first row names the columns, in any order. Never raises for what the
    file holds.

    An empty cell, and a column that is not there, are the column's `empty`. `key` names the column that is
    unique where it is filled in.
    """
    table = Table(name)
    try:
        sheet = read_lines(raw)
        table.sheet = sheet.name
        _read_sent(sheet.lines, headings, max_rows, table)
    except BadFile as fault:
        table.rows.clear()
        table.refuse(fault.line, fault.text)
    return _finished(table, key)


def read_register(path: Path, columns: tuple[Column, ...], *, key: str = "") -> Table:
    """Read a register file: CSV in UTF-8 whose first line is exactly the columns' names; `key` is unique.

    Never raises for what the file holds: the table's `problems` say what is wrong.
    """
    table = Table(path.name)
    try:
        _read_exact(csv_lines(decode(path.read_bytes())), columns, table)
    except OSError:
        table.refuse(1, _("the file cannot be read"))
    except BadFile as fault:
        table.refuse(fault.line, fault.text)
    return _finished(table, key)


def _finished(table: Table, key: str) -> Table:
    """Return the table with the faults that only the whole of it shows."""
    if not table.rows and not table.problems:
        table.refuse(1, _("the file has no rows"))
    if key:
        table.refuse_repeated(key)
        table.problems.sort(key=lambda problem: problem.line)
    return table


def _is_blank(cells: Iterable[str]) -> bool:
    return not any(tidy(cell) for cell in cells)


# --- a sent file: columns by their names --------------------------------------------------------------------


def _read_sent(lines: Iterable[Line], headings: Sequence[Heading], max_rows: int, table: Table) -> None:
    order: list[Heading] | None = None
    rows = 0
    for number, cells in lines:
        if _is_blank(cells):
            continue
        if order is None:
            order = _order(number, cells, headings)
            continue
        rows += 1
        if rows > max_rows:
            raise BadFile(format_lazy(_("the file has more than {count} rows"), count=max_rows), number)
        if not _is_blank(cells[len(order) :]):
            _refuse_width(number, cells, order, table)
            continue
        row: Row = {heading.column.name: heading.column.empty for heading in headings}
        asked = [(heading.column, heading.names[0]) for heading in order]
        _read_row(number, [*cells, *[""] * len(order)], asked, row, table)
    if order is None:
        raise BadFile(_("the file has no rows"))


def _order(number: int, cells: list[str], headings: Sequence[Heading]) -> list[Heading]:
    """Return the heading of each column.

    Raises BadFile for a column nobody knows, named twice, or missing.
    """
    by_name = {comparable(name): heading for heading in headings for name in heading.names}
    while cells and _is_blank(cells[-1:]):
        cells = cells[:-1]
    expected = ", ".join(heading.names[0] for heading in headings)
    candidates = [by_name.get(comparable(cell)) for cell in cells]
    order = [heading for heading in candidates if heading is not None]
    for cell, heading in zip(cells, candidates, strict=True):
        if heading is None or candidates.count(heading) > 1:
            text = _("column “{name}” is unknown or stands twice; known are {expected}")
            raise BadFile(format_lazy(text, name=tidy(cell)[:40], expected=expected), number)
    for heading in headings:
        if heading.must_stand and heading not in order:
            text = _("column “{name}” is missing; known are {expected}")
            raise BadFile(format_lazy(text, name=heading.names[0], expected=expected), number)
    return order


# --- a register file: columns in their order ----------------------------------------------------------------


def _read_exact(lines: Iterable[Line], columns: tuple[Column, ...], table: Table) -> None:
    wanted = [column.name for column in columns]
    header: list[str] | None = None
    for number, cells in lines:
        if header is None:
            header = [tidy(cell) for cell in cells]
            if header != wanted:
                break
        elif _is_blank(cells):
            continue
        elif len(cells) != len(columns):
            _refuse_width(number, cells, columns, table)
        else:
            _read_row(number, cells, [(column, "") for column in columns], {}, table)
    if header != wanted:
        text = _("the header is {found}, expected {wanted}")
        table.refuse(1, format_lazy(text, found=",".join(header or ()) or "–", wanted=",".join(wanted)))


# --- both ---------------------------------------------------------------------------------------------------


def _refuse_width(number: int, cells: Sequence[str], columns: Sequence[Any], table: Table) -> None:
    text = _("{found} cells, expected {wanted}")
    table.refuse(number, format_lazy(text, found=len(cells), wanted=len(columns)))


def _read_row(
    number: int, cells: Iterable[str], columns: Iterable[tuple[Column, str]], row: Row, table: Table
) -> None:
    """Fill in the row and add it to the table, or its faults, each with the header's name in the file in
    front.
    """
    faults = len(table.problems)
    for (column, called), cell in zip(columns, cells, strict=False):
        try:
            if cell == FORMULA:
                text = _("{column} holds a formula; paste the value")
                raise BadCell(format_lazy(text, column=called or column.name))
            row[column.name] = column.read(cell, called=called)
        except BadCell as fault:
            table.problems.append(Problem(table.file, number, _naming(called, fault.text)))
    if len(table.problems) == faults:
        table.rows[number] = row


def _naming(column: str, text: str | Promise) -> str | Promise:
    """Return a cell's fault with its column in front: a row of a sent file has many."""
    if not column or str(text).startswith(column):
        return text
    return format_lazy("{column}: {text}", column=column, text=text)
