"""Files as people send them: CSV and XLSX, in memory."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook


def csv_file(*lines: str) -> bytes:
    """Return a CSV file of these lines."""
    return ("\n".join(lines) + "\n").encode()


def xlsx_file(*rows: Sequence[Any]) -> bytes:
    """Return a workbook with one sheet of these rows."""
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sent(raw: bytes, name: str = "list.csv") -> SimpleUploadedFile:
    """Return the file as a browser sends it."""
    return SimpleUploadedFile(name, raw)
