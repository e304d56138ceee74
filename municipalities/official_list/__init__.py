"""TODO"""

from __future__ import annotations

from municipalities.official_list.list_reviews import open_reviews

__all__ = [
    "open_reviews",
]
