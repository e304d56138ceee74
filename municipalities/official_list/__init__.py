"""The ministry's list: a new edition is tried and loaded once, and what it changes for a candidate becomes a
review.
"""

from __future__ import annotations

from municipalities.official_list.list_reviews import open_reviews

__all__ = [
    "open_reviews",
]
