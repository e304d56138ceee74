"""One pair: its points or the rule that forbids it, the capacity of both sides under lock,
and standing rules.
"""

from __future__ import annotations

from matching.pairs.capacity import (
    AlreadyPartners,
    NoCapacity,
    capacity_taken,
    lock_and_read,
    lock_members,
    members_left,
    open_pair,
    refuse_open_pair,
)
from matching.pairs.explanations import explained_all, positions
from matching.pairs.single_pair import (
    Pair,
    examine,
    latest_published,
    lock_sides,
    queue_next_best,
    write_decision,
    write_proposal,
)

__all__ = [
    "AlreadyPartners",
    "NoCapacity",
    "Pair",
    "capacity_taken",
    "examine",
    "explained_all",
    "latest_published",
    "lock_and_read",
    "lock_members",
    "lock_sides",
    "members_left",
    "open_pair",
    "positions",
    "queue_next_best",
    "refuse_open_pair",
    "write_decision",
    "write_proposal",
]
