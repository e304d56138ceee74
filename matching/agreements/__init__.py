"""An approved pair is a tracked partnership: introduced, answered, followed by dated milestones,
and ended with a reason.
"""

from __future__ import annotations

from matching.agreements.agreements import close_agreement, end_agreement, open_agreement
from matching.agreements.introductions import replies_of
from matching.agreements.reachability import REMINDERS, SIDE_OF_TEMPLATE, UNREACHED, asked_since, ways_to
from matching.agreements.steps import Step, steps_of

__all__ = [
    "REMINDERS",
    "SIDE_OF_TEMPLATE",
    "UNREACHED",
    "Step",
    "asked_since",
    "close_agreement",
    "end_agreement",
    "open_agreement",
    "replies_of",
    "steps_of",
    "ways_to",
]
