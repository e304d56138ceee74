"""TODO"""

from __future__ import annotations

from matching.decisions import decisions

__all__ = [
    "decisions",
]
