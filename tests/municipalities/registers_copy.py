"""A copy of the register files that a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

from municipalities.registers.register_files import DATA


def copy_registers(folder: Path) -> Path:
    """Copy the packaged register files into `folder` and return it."""
    for file in DATA.glob("*.csv"):
        shutil.copy(file, folder)
    return folder


def change(file: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text that must be there."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
