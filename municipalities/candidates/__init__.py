"""Each Ukrainian candidate has its facts, consents and review state, and a category that two organisations
decided.
"""

from __future__ import annotations

from municipalities.candidates.candidates import (
    assessment_on,
    categories_on,
    category_on,
    consents_on,
    record_consent,
)

__all__ = [
    "assessment_on",
    "categories_on",
    "category_on",
    "consents_on",
    "record_consent",
]
