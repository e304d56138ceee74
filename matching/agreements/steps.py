"""The steps of a partnership: done, now or later, who takes each, by when, and how late it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils.functional import Promise

from matching.agreements.milestone_rules import MILESTONES
from matching.choices import MilestoneKind, Side
from matching.models import Agreement, Milestone
from matching.states import AgreementState

CLEARANCE_DAYS: Final = 30
"""Ukrainian law 3668-IX: the ministry answers within 30 days of getting the draft."""
QUIET: Final = timedelta(days=180)
RENEWED_AFTER: Final = timedelta(days=2 * 365)
RENEWAL_AHEAD: Final = timedelta(days=90)
A = AgreementState


@dataclass(frozen=True)
class Step:
    """One step; `state` is done, now or later."""

    kind: MilestoneKind
    state: str
    milestone: Milestone | None
    due_on: date | None
    is_late: bool

    @property
    def side(self) -> Side:
        """Whose page says that it is time."""
        return MILESTONES[self.kind].side

    @property
    def label(self) -> str | Promise:
        """What the step is called."""
        return MILESTONES[self.kind].label

    @property
    def responsible(self) -> str | Promise:
        """Who takes it."""
        return MILESTONES[self.kind].responsible


def steps_of(agreement: Agreement, *, today: date) -> Iterator[Step]:
    """Yield the steps in their usual order; the first that is missing on each side is `now`.

    Uses prefetched rows.
    """
    reached = {row.kind: row for row in agreement.milestones.all()}
    due = {row.kind: row.due_on for row in agreement.due_dates.all()}
    if MilestoneKind.UA_CLEARANCE_SENT in reached:
        sent = reached[MilestoneKind.UA_CLEARANCE_SENT].on
        due.setdefault(MilestoneKind.UA_CLEARANCE_GIVEN, sent + timedelta(days=CLEARANCE_DAYS))
    open_sides = set(Side) if agreement.state not in {A.OPENED, A.INTRODUCED, A.ENDED, A.SUSPENDED} else set()
    for rule in MILESTONES.values():
        milestone = reached.get(rule.kind)
        due_on = due.get(rule.kind)
        if milestone is not None:
            yield Step(rule.kind, "done", milestone, due_on, is_late=False)
            continue
        is_now = rule.side in open_sides and not rule.is_optional and rule.waits_for <= reached.keys()
        if is_now:
            open_sides.discard(rule.side)
        late = due_on is not None and due_on < today and agreement.state != A.ENDED
        yield Step(rule.kind, "now" if is_now else "later", None, due_on, is_late=late)


def is_dormant(agreement: Agreement, today: date) -> bool:
    """Whether a signed or active partnership has had no dated fact
    for 180 days. Uses prefetched milestones.
    """
    if agreement.state not in {A.SIGNED, A.ACTIVE}:
        return False
    last = max((row.on for row in agreement.milestones.all()), default=agreement.opened_at.date())
    return last < today - QUIET


def renewal_due(agreement: Agreement, today: date) -> date | None:
    """Return when a signed partnership should be renewed, when that is less than 90 days away or past;
    else None.
    """
    signed = next((row.on for row in agreement.milestones.all() if row.kind == MilestoneKind.SIGNATURE), None)
    if signed is None or agreement.state not in {A.SIGNED, A.ACTIVE, A.SUSPENDED}:
        return None
    due = signed + RENEWED_AFTER
    return due if today >= due - RENEWAL_AHEAD else None
