"""What a cell of a file may hold: one set of column kinds for registers, sent lists and workbooks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core import texts
from kommunesamarbeid.core.dates import REGISTER_FILE, SPREADSHEET, NotADay, read_day

Parse = Callable[[str], Any]


class BadCell(ValueError):
    """A cell does not hold what its column promises; the text says what is wrong."""

    def __init__(self, text: str | Promise) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True)
class Column:
    """One column: its header, how its cells are read, and what an empty cell means (`required`: a fault)."""

    name: str
    parse: Parse
    required: bool = True
    empty: Any = None

    def read(self, cell: str, *, called: str = "") -> Any:
        """Return the value of a cell; `called` is the header's name in the file. Raises BadCell."""
        typed = texts.tidy(cell, lines=True)
        if typed:
            return self.parse(typed)
        if self.required:
            raise BadCell(format_lazy(_("{column} is missing"), column=called or self.name))
        return self.empty


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


def official_code(pattern: str) -> Parse:
    """Return a reader of codes that an authority gives: in upper case, without blanks, whatever was typed."""
    read = code(pattern)

    def parse(cell: str) -> str:
        in_one_form = texts.code(cell)
        try:
            return str(read(in_one_form))
        except BadCell:
            raise BadCell(format_lazy(_("not a valid code: {cell}"), cell=cell[:40])) from None

    return parse


KATOTTG = official_code(r"UA[0-9]{17}")
NORWEGIAN_NUMBER = official_code(r"[0-9]{4}|[0-9]{2}")
COUNTRY = official_code(r"[A-Z]{2}")


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


def exact_day(cell: str) -> date:
    """Read a day of a register file: YYYY-MM-DD, and no other of ISO's ways."""
    try:
        return read_day(cell, REGISTER_FILE)
    except NotADay:
        raise BadCell(format_lazy(_("not a date (YYYY-MM-DD): {cell}"), cell=cell[:40])) from None


def day(cell: str) -> date:
    """Read a day as people and spreadsheets write it."""
    try:
        return read_day(cell, SPREADSHEET)
    except NotADay:
        text = _("not a date (2026-12-31 or 31.12.2026): {cell}")
        raise BadCell(format_lazy(text, cell=cell[:40])) from None


YES_NO = one_of({"yes": True, "no": False})
