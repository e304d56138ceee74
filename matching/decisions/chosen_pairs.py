"""KS chooses another pair than the run did: an alternative, or one made by hand.

What it displaces gives way, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.lifecycle import transition
from kommunesamarbeid.core.refusals import ReasonMissing, Refused
from kommunesamarbeid.core.roles import Actor, May, require
from matching.choices import DecisionKind, PairRuleKind, ProposalOrigin, Verdict
from matching.features import encode
from matching.models import Alternative, MatchRun, PairRule, PriceQuestion, Proposal
from matching.pairs import Pair, examine, latest_published, lock_sides, write_decision, write_proposal
from matching.states import UNDECIDED, ProposalState
from matching.wording import rule_text
from municipalities.models import Candidate, Response

Sides = tuple[int, int]
"""A pair by the keys of its municipality and its hromada."""


class NoRunUnderReview(Refused):
    """Pairs are made within the run that is under review."""

    message = _("Pairs are chosen within the newest run that is published for review. This run is not.")


class AlreadyProposed(Refused):
    """The pair is proposed already."""

    message = _("This pair is proposed already, or approved.")


class Locked(Refused):
    """A pair that KS has locked stands in the way; it gives way only when somebody lifts the lock."""

    message = _("A pair that KS has locked would have to give way. Lift the lock first, with a reason.")


class Forbidden(Refused):
    """A rule forbids the pair today; its code is `args[0]`."""

    def __str__(self) -> str:
        return rule_text(*self.args)


@dataclass(frozen=True)
class Choice:
    """What choosing a pair means before it is done: its points or the rule against it, its price,
    and what gives way.

    `locked` holds what would have to give way besides, but is locked by KS: while it holds anything, the pair
    is refused.
    """

    run: MatchRun
    response: Response
    candidate: Candidate
    pair: Pair
    price: int | None
    displaced: list[Proposal] = field(default_factory=list)
    locked: list[Proposal] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether neither a rule forbids it nor a locked pair stands in its way."""
        return not self.pair.rule and not self.locked


def weigh_choice(
    *, response: Response, candidate: Candidate, at: datetime, instead_of: Proposal | None = None
) -> Choice:
    """Return what choosing this pair now would mean. Writes nothing.

    Raises NoRunUnderReview or AlreadyProposed.
    """
    run = latest_published()
    if run is None or (instead_of is not None and instead_of.run_id != run.pk):
        raise NoRunUnderReview
    living = run.proposals.filter(
        response=response, candidate=candidate, state__in=[*UNDECIDED, ProposalState.APPROVED]
    )
    if living.exists():
        raise AlreadyProposed
    pair = examine(
        encode(as_of=localdate(at), scheme=run.scheme), response, candidate, threshold=run.scheme.threshold
    )
    locked_pairs = _locked_pairs(localdate(at))
    giving = [] if pair.rule else _displaced(run, response, candidate, pair, instead_of, locked_pairs)
    locked = [proposal for proposal in giving if _sides(proposal) in locked_pairs]
    displaced = [proposal for proposal in giving if proposal not in locked]
    return Choice(run, response, candidate, pair, known_price(run, response, candidate), displaced, locked)


@transaction.atomic
def choose_pair(
    *,
    response: Response,
    candidate: Candidate,
    by: Actor,
    at: datetime,
    reason: str,
    instead_of: Proposal | None = None,
) -> Proposal:
    """Propose a pair that the run did not: points as of today, the same approvals as any other.

    Undecided proposals that want the same places give way: `instead_of` first, then the weakest; each is
    withdrawn with the reason and points at the new one. Capacities and rules hold as in a run; agreements
    that stand are never displaced. Raises NotAllowed, ReasonMissing, NoRunUnderReview, AlreadyProposed,
    Forbidden, Locked, StaleState or NotAStep.
    """
    require(by, May.APPROVE_FIRST)
    if not reason.strip():
        raise ReasonMissing(message=_("Explain in words why this pair is better."))
    lock_sides(response.municipality_id, candidate.hromada_id)
    choice = weigh_choice(response=response, candidate=candidate, at=at, instead_of=instead_of)
    if choice.pair.rule:
        raise Forbidden(choice.pair.rule, choice.pair.side)
    if choice.locked:
        raise Locked
    is_alternative = _alternatives(choice.run, response, candidate).exists()
    made = write_proposal(
        choice.run,
        response,
        candidate,
        choice.pair,
        by=by,
        at=at,
        origin=ProposalOrigin.ALTERNATIVE if is_alternative else ProposalOrigin.BY_HAND,
        origin_reason=reason.strip(),
        forced_price=choice.price,
        assigned_to_id=by.id,
    )
    for proposal in choice.displaced:
        _displace(proposal, made, by=by, at=at, reason=reason.strip())
    return made


def known_price(run: MatchRun, response: Response, candidate: Candidate) -> int | None:
    """Return what making the pair costs the run's plan: as answered to a question, else as stored;
    None when nobody asked.
    """
    asked = PriceQuestion.objects.answered(run, response, candidate).first()
    if asked is not None and "price" in asked.answer:
        return int(asked.answer["price"])
    return _alternatives(run, response, candidate).values_list("price", flat=True).first()


def _alternatives(run: MatchRun, response: Response, candidate: Candidate) -> QuerySet[Alternative]:
    return Alternative.objects.filter(proposal__run=run, response=response, candidate=candidate)


def _displaced(
    run: MatchRun,
    response: Response,
    candidate: Candidate,
    pair: Pair,
    instead_of: Proposal | None,
    locked_pairs: frozenset[Sides],
) -> list[Proposal]:
    """Return the undecided proposals that must give way on either side: `instead_of` first, then the weakest.

    A locked one comes last: it is among them only when nothing else can give way.
    """
    undecided = run.proposals.filter(state__in=UNDECIDED).select_related(
        "response__municipality__county", "candidate__hromada__oblast"
    )
    giving = [] if instead_of is None or instead_of.state not in UNDECIDED else [instead_of]
    for of_side, capacity in (
        (undecided.filter(response=response), pair.capacity_no),
        (undecided.filter(candidate=candidate), pair.capacity_ua),
    ):
        others = [proposal for proposal in of_side.order_by("points", "-id") if proposal not in giving]
        others.sort(
            key=lambda proposal: _sides(proposal) in locked_pairs
        )  # stable: the weakest first among those that may give way
        too_many = len(others) - (capacity - 1)
        giving += others[: max(too_many, 0)]
    return giving


def _locked_pairs(on: date) -> frozenset[Sides]:
    """Return the pairs that KS has locked and that hold on `on`,
    by municipality and hromada. 1 query.
    """
    locks = PairRule.objects.in_force(on).filter(kind=PairRuleKind.LOCK)
    return frozenset(locks.values_list("municipality_id", "hromada_id"))


def _sides(proposal: Proposal) -> Sides:
    return proposal.response.municipality_id, proposal.candidate.hromada_id


def _displace(proposal: Proposal, made: Proposal, *, by: Actor, at: datetime, reason: str) -> None:
    changes = {"decided_at": at, "superseded_by_id": made.pk}
    transition(proposal, ProposalState.WITHDRAWN, by=by, at=at, reason=reason, changes=changes)
    write_decision(proposal, DecisionKind.KS_FIRST, Verdict.WITHDRAW, by=by, at=at, reason=reason)
