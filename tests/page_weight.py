"""What a page of the desk weighs on a poor line."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders

POOR_LINE = 100_000  # bytes


def weight(answer: Any) -> int:
    """Return the bytes of a page and its style sheets as service mode sends them: the sheets compressed beforehand."""
    page = answer.content.decode()
    sheets = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)"', page)
    assert sheets
    scripts = re.findall(r'<script src="/static/([^"]+)"', page)
    assert re.findall(r"<img|@font-face|inter/index.css", page) == []
    files = [str(finders.find(name)) for name in [*sheets, *scripts]]
    return len(answer.content) + sum(len(gzip.compress(Path(name).read_bytes())) for name in files)
