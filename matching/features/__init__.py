"""The encoder: answers, candidates and needs on a date become the engine's records,
or are out with a named rule.

Nothing else reads the lower floor for scoring. What no source gives is handed on as unknown, never guessed.
"""

from __future__ import annotations

from matching.features.axes import Exclusion
from matching.features.encoding import ColumnIds, Encoded, RowIds, encode

__all__ = ["ColumnIds", "Encoded", "Exclusion", "RowIds", "encode"]
