"""A municipality's wishes are recorded in a round, dated, and unchangeable once submitted.

KS makes them ready.
"""

from __future__ import annotations

from municipalities.responses import rounds
from municipalities.responses.drafts import (
    COLUMN_WIDTHS,
    NotYourResponse,
    ResponseRefused,
    require_own,
    save_people,
)
from municipalities.responses.references import ALPHABET
from municipalities.responses.responses import reached_by
from municipalities.responses.rounds import accepts_changes, open_round

__all__ = [
    "ALPHABET",
    "COLUMN_WIDTHS",
    "NotYourResponse",
    "ResponseRefused",
    "accepts_changes",
    "open_round",
    "reached_by",
    "require_own",
    "rounds",
    "save_people",
]
