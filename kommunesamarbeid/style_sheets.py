"""A style sheet is written as one small file per component and reaches the browser as one file.

A sheet in `static/css` lists its parts by `@import`, as CSS has it. Wherever Django looks for a static file
(a server in debug mode, `collectstatic`, a test), the parts stand in the place of their import; nothing has
to be built first.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder
from django.core.files.storage import FileSystemStorage, Storage

FOLDER = PurePosixPath("css")  # sheets stand in it, their parts in folders below it
IMPORT = re.compile(r'@import url\("([^"]+)"\)(?: layer\((\w+)\))?;')
COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)


class StyleSheetFinder(FileSystemFinder):
    """Finds what stands in `static/`, and each sheet of ours whole."""

    def find_location(self, root: str | os.PathLike[str], path: str, prefix: str | None = None) -> str | None:
        """Return where a file is; for a sheet, where the whole sheet has been written."""
        location = super().find_location(str(root), path, prefix)
        if location is None or not is_sheet(path):
            return location
        return str(written(Path(location), settings.STYLE_SHEETS_ROOT / path))

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """List the files to gather: the sheets whole, their parts not at all."""
        whole = FileSystemStorage(location=settings.STYLE_SHEETS_ROOT)
        for path, storage in super().list(ignore_patterns):
            if is_sheet(path):
                written(Path(storage.path(path)), Path(whole.path(path)))
                yield path, whole
            elif FOLDER not in PurePosixPath(path).parents:
                yield path, storage


def is_sheet(path: str) -> bool:
    """Tell whether a static file's path is that of a sheet, not of a part of one."""
    return PurePosixPath(path).parent == FOLDER


def whole_sheet(sheet: Path) -> str:
    """Return a sheet with its parts in the place of their imports, each in the layer its import names.

    No comments.
    """

    def part(match: re.Match[str]) -> str:
        text = (sheet.parent / match[1]).read_text(encoding="utf-8")
        return f"@layer {match[2]} {{\n{text}}}" if match[2] else text

    return COMMENT.sub("", IMPORT.sub(part, COMMENT.sub("", sheet.read_text(encoding="utf-8"))))


def written(sheet: Path, target: Path) -> Path:
    """Write the whole sheet unless it is there already: its time of change tells `collectstatic` what to
    gather anew.
    """
    text = whole_sheet(sheet)
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Several processes may find the sheet at once: each replaces it in one step.
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=target.parent, suffix=".tmp", delete=False
        ) as file:
            file.write(text)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(target)
    return target
