"""Access rows: candidates."""

from __future__ import annotations

from tests.access.table import Row

ROWS: tuple[Row, ...] = ()
