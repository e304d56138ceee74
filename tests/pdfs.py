"""A PDF read back by poppler: what it says of itself, its words, and its structure as a screen reader meets it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Pdf:
    """A PDF: `info` as pdfinfo tells it, `text` as pdftotext reads it, `tags` as pdfinfo shows the structure."""

    info: dict[str, str]
    text: str
    tags: str
    raw: bytes

    @property
    def words(self) -> str:
        """Return the text with every run of white space as one space."""
        return " ".join(self.text.split())


def open_pdf(raw: bytes) -> Pdf:
    """Read a PDF back; fails where poppler-utils is missing (deploy/packages.sh tests)."""
    told = run("pdfinfo", "-", data=raw)
    info = {key: value.strip() for key, _mark, value in (line.partition(":") for line in told.splitlines())}
    return Pdf(
        info,
        run("pdftotext", "-layout", "-", "-", data=raw),
        run("pdfinfo", "-struct-text", "-", data=raw),
        raw,
    )


def run(*command: str, data: bytes) -> str:
    """Return what a program writes when it reads `data`."""
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=30).stdout.decode(
        errors="replace"
    )
