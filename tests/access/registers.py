"""Access rows: registers."""

from __future__ import annotations

from tests.access.table import Row

ROWS: tuple[Row, ...] = ()
