"""A run goes to review, and each of its proposals is decided once; the last approval opens the agreement."""

from __future__ import annotations

from matching.decisions import decisions

__all__ = [
    "decisions",
]
