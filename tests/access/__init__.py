"""One table: every address of the portal × person × expected outcome; `tests/core/test_access.py` walks it."""

from __future__ import annotations

from tests.access import (
    agreements,
    candidates,
    foundation,
    front,
    hromadas,
    own_side,
    questionnaire,
    registers,
    runs,
)
from tests.access.table import Row

ROWS: tuple[Row, ...] = (
    *foundation.ROWS, *front.ROWS, *questionnaire.ROWS, *own_side.ROWS, *hromadas.ROWS, *registers.ROWS, *candidates.ROWS,
    *runs.ROWS, *agreements.ROWS,
)  # fmt: skip
