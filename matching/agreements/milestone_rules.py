"""What holds for each kind of milestone: whose it is, what it waits for, what it cannot precede,
what it is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.roles import Actor, May
from matching.choices import MilestoneKind, Side

K = MilestoneKind


@dataclass(frozen=True, kw_only=True)
class MilestoneRule:
    """One kind of milestone.

    `side` takes the step and is reminded of it. `waits_for` are the kinds that come first in the usual
    course, and `never_before` those whose date cannot be later; all else may come in any order, which differs
    from pair to pair.
    """

    kind: MilestoneKind
    side: Side
    is_joint: bool = False
    is_optional: bool = False
    waits_for: frozenset[str] = frozenset()
    never_before: tuple[MilestoneKind, ...] = ()
    waited_for: str | Promise = ""
    """What a partnership in process is said to wait for; blank for what no partnership in process waits for.
    """

    @property
    def label(self) -> str | Promise:
        """What the milestone is called."""
        return self.kind.label

    @property
    def responsible(self) -> str | Promise:
        """Who takes the step."""
        if self.is_joint:
            return _("Both sides")
        if self.side == Side.NORWEGIAN:
            return _("The Norwegian municipality")
        return _("The Ukrainian municipality, with AUC")


_USUAL_COURSE = (
    MilestoneRule(kind=K.NO_MANDATE, side=Side.NORWEGIAN, is_optional=True),
    MilestoneRule(
        kind=K.NO_DECISION, side=Side.NORWEGIAN, waited_for=_("The decision of the Norwegian council")
    ),
    MilestoneRule(
        kind=K.UA_CLEARANCE_SENT,
        side=Side.UKRAINIAN,
        waited_for=_("The draft goes to the Ukrainian ministry for clearance"),
    ),
    MilestoneRule(
        kind=K.UA_CLEARANCE_GIVEN,
        side=Side.UKRAINIAN,
        never_before=(K.UA_CLEARANCE_SENT,),
        waited_for=_("Clearance by the Ukrainian ministry, ordinarily within 30 days"),
    ),
    MilestoneRule(
        kind=K.UA_DECISION, side=Side.UKRAINIAN, waited_for=_("The decision of the Ukrainian council")
    ),
    MilestoneRule(
        kind=K.SIGNATURE,
        side=Side.NORWEGIAN,
        is_joint=True,
        waits_for=frozenset({K.NO_DECISION, K.UA_CLEARANCE_GIVEN}),
        waited_for=_("The signature"),
    ),
    MilestoneRule(
        kind=K.UA_REGISTRATION,
        side=Side.UKRAINIAN,
        waits_for=frozenset({K.SIGNATURE}),
        never_before=(K.UA_CLEARANCE_SENT, K.SIGNATURE),
    ),
)
MILESTONES: Final[dict[str, MilestoneRule]] = {rule.kind: rule for rule in _USUAL_COURSE}
"""The rule of each kind, in the usual order."""


def powers_over(side: str) -> tuple[May, ...]:
    """Return the powers of which one is needed to record what a side does: KS both sides',
    AUC the Ukrainian one's.
    """
    if side == Side.UKRAINIAN:
        return May.KEEP_AGREEMENTS, May.KEEP_UKRAINIAN_STEPS
    return (May.KEEP_AGREEMENTS,)


def may_record(actor: Actor, side: str) -> bool:
    """Say whether somebody may record what a side does."""
    return any(actor.may(power) for power in powers_over(side))
