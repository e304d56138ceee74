"""Access rows: the public pages, open to everybody."""

from __future__ import annotations

from tests.access.table import Row, public

ROWS: tuple[Row, ...] = tuple(
    public(name) for name in ("start", "about", "privacy", "accessibility", "cookies", "security_txt")
)
