"""The bytes of a file become lines of cells, each with its row number; nothing of the file is trusted.

Its size, how much it unpacks to, its formulas and its XML (openpyxl reads through defusedxml) are checked
before a cell is looked at, and whatever a container can raise becomes one fault.
"""

from __future__ import annotations

import csv
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from defusedxml.common import DefusedXmlException
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 60 * 1024 * 1024
MAX_COLUMNS = 40
MAX_LINES = 50_000  # a row may say that it stands two thousand million rows down, and all above it be empty
FORMULA = "\0formula"
Line = tuple[int, list[str]]
# What zipfile, the parser and openpyxl raise on files that are none of theirs: damaged, locked, packed in a
# way nobody reads.
UNREADABLE = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, KeyError, ValueError, IndexError, OSError,
    SyntaxError,
    TypeError, AttributeError, NotImplementedError, RuntimeError,
)  # fmt: skip


class BadFile(Exception):
    """The file as a whole cannot be read; `text` says why and `line` where."""

    def __init__(self, text: Any, line: int = 1) -> None:
        super().__init__(str(text))
        self.text, self.line = text, line


@dataclass(frozen=True)
class Sheet:
    """What is read of a file: the sheet's name (none in a CSV file) and its lines, read as they are asked
    for.
    """

    name: str
    lines: Iterator[Line]


def read_lines(raw: bytes) -> Sheet:
    """Return the lines of a sent CSV or XLSX file. Raises BadFile, here or while the lines are read."""
    if len(raw) > MAX_BYTES:
        raise BadFile(format_lazy(_("the file is larger than {size} MB"), size=MAX_BYTES // 1024 // 1024))
    if is_workbook(raw):
        return read_workbook(raw)
    text = decode(raw)
    # A spreadsheet writes semicolons where the comma is the decimal sign, as in Norway and Ukraine.
    first = text.partition("\n")[0]
    return Sheet("", _counted(csv_lines(text, delimiter=max(",;\t", key=first.count))))


def is_workbook(raw: bytes) -> bool:
    """Say whether the file is packed as workbooks are."""
    return raw[:2] == b"PK"


def decode(raw: bytes) -> str:
    """Return the text of a file in UTF-8. Raises BadFile, with the line."""
    try:
        # A spreadsheet puts a byte order mark in front; it is no part of the first header.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = _("the line is not UTF-8; save the file as CSV UTF-8")
        raise BadFile(text, raw.count(b"\n", 0, error.start) + 1) from None


def csv_lines(text: str, *, delimiter: str = ",") -> Iterator[Line]:
    """Return the lines of a text in CSV. Raises BadFile while they are read."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise BadFile(str(error), reader.line_num) from None


def read_workbook(raw: bytes, *, max_columns: int = MAX_COLUMNS, formulas_as_values: bool = False) -> Sheet:
    """Return the first sheet of a workbook. Raises BadFile, here or while the lines are read.

    A formula is `FORMULA`, to be refused: a value somebody else has computed is not read.
    `formulas_as_values` reads it.
    """
    with _faults_named():
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise BadFile(_("the workbook unpacks to too much"))
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=formulas_as_values, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # the file's own word for its size may be anything
        return Sheet(str(sheet.title), _counted(_sheet_lines(sheet, max_columns)))


def _sheet_lines(sheet: Any, max_columns: int) -> Iterator[Line]:
    with _faults_named():
        for number, cells in enumerate(sheet.iter_rows(max_col=max_columns), start=1):
            yield number, [_text(cell) for cell in cells]


def _counted(lines: Iterator[Line]) -> Iterator[Line]:
    """Stop where nobody has that many rows, blank ones among them."""
    for number, cells in lines:
        if number > MAX_LINES:
            text = _("the sheet has more than {count} rows, most of them empty")
            raise BadFile(format_lazy(text, count=MAX_LINES), number)
        yield number, cells


@contextmanager
def _faults_named() -> Iterator[None]:
    """Whatever a container raises becomes BadFile."""
    try:
        yield
    except UNREADABLE as error:
        # openpyxl wraps what its parser refuses.
        if isinstance(error, DefusedXmlException) or isinstance(error.__cause__, DefusedXmlException):
            raise BadFile(_("the workbook holds XML that is not allowed")) from None
        raise BadFile(_("the file is no workbook that can be read; save it as XLSX or CSV UTF-8")) from None


def _text(cell: Any) -> str:
    """Return a cell as it would stand in a CSV file; a day has no time unless one is kept with it."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return FORMULA
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
