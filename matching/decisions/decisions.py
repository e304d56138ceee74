"""A proposal is decided once: by the people its kinds ask for, each a different person;
the last approval opens the agreement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from django.db import transaction
from django.db.models import Subquery
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.lifecycle import NotAStep, StaleState, transition
from kommunesamarbeid.core.refusals import ReasonMissing, Refused, SamePerson
from kommunesamarbeid.core.roles import Actor, May, require
from matching.agreements import close_agreement, end_agreement, open_agreement
from matching.choices import DecisionKind, RejectReason, Verdict
from matching.models import Agreement, MatchRun, Proposal
from matching.pairs import write_decision
from matching.states import UNDECIDED, AgreementState, EndReason, ProposalState, RunState
from municipalities.models import CategoryAssessment, Response
from municipalities.states import CandidateState, ResponseState


class Today(TypedDict):
    """What `_lock_as_seen` adds to the proposal: the candidate's category in force,
    None when there is none.
    """

    category_now: str | None


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    Locked = WithAnnotations[Proposal, Today]
else:
    Locked = Proposal

POWERS = {
    DecisionKind.KS_FIRST: May.APPROVE_FIRST,
    DecisionKind.KS_SECOND: May.APPROVE_SECOND,
    DecisionKind.AUC: May.APPROVE_AUC,
}
# After an introduction both sides have met: the partnership is ended on its own page, with the side that said
# no.
WITHDRAWABLE = (AgreementState.OPENED, AgreementState.INTRODUCED)


REASON_IN_WORDS = _("Choose a reason and explain it in words.")
APPROVED_BY_YOU = _(
    "You have approved this proposal already. The other approval must come from another person."
)


class RunNotPublished(Refused):
    """Only proposals of a published run are decided."""

    message = _("This proposal belongs to a run that is not published for review.")


class NotAskedFor(Refused):
    """This kind of approval is not among those required."""

    message = _("This approval is not asked for.")


class FirstApprovalMissing(Refused):
    """The second approval follows the first."""

    message = _("The first approval is missing.")


class AlreadyGiven(Refused):
    """An approval of this kind is there already."""

    message = _("This approval has been given already.")


class ConflictNotExcluded(Refused):
    """An approver declares that there is no conflict of interest."""

    message = _("Confirm that you have no conflict of interest in this case.")
    field = "no_conflict"


class PartyChanged(Refused):
    """What the proposal rests on no longer holds: the answer, the candidate or its category."""


class PartnershipUnderWay(Refused):
    """The parties have got further; the agreement is ended instead."""

    message = _("The partnership is under way. End it on its own page instead.")


@dataclass(frozen=True)
class ApprovalRules:
    """What the portal asks for: the kinds of approval, and for how many minutes the last can be undone."""

    required: Iterable[str]
    undo_minutes: int


@transaction.atomic
def approve_proposal(
    *,
    proposal: Proposal,
    kind: str,
    by: Actor,
    at: datetime,
    no_conflict: bool,
    rules: ApprovalRules,
    reason: str = "",
) -> Agreement | None:
    """Give one of the approvals that the rules require; the last one opens the agreement, which is returned, else None.

    Raises NotAllowed, StaleState, NotAStep, or a Refused: of this file, or NoCapacity and AlreadyPartners of
    the agreement.
    """
    kinds = list(rules.required)
    require(by, POWERS[DecisionKind(kind)])
    locked = _lock_as_seen(proposal, at)
    approvals = {row.kind: row.decided_by_id for row in locked.decisions.filter(verdict=Verdict.APPROVE)}
    _refuse_approval(locked, kind, kinds, approvals, by)
    if not no_conflict:
        raise ConflictNotExcluded
    if changed := what_changed(locked, locked.category_now):
        raise PartyChanged(message=changed)
    write_decision(locked, kind, Verdict.APPROVE, by=by, at=at, reason=reason, no_conflict=True)
    if missing := set(kinds) - approvals.keys() - {kind}:
        record(
            "proposal.approval",
            locked,
            by=by,
            at=at,
            reason=reason,
            data={"kind": kind, "missing": sorted(missing)},
        )
        return None
    transition(locked, ProposalState.APPROVED, by=by, at=at, reason=reason, changes={"decided_at": at})
    agreement = open_agreement(proposal=locked, by=by, at=at, undo_minutes=rules.undo_minutes)
    proposal.state, proposal.decided_at = locked.state, locked.decided_at
    return agreement


@transaction.atomic
def reject_proposal(*, proposal: Proposal, by: Actor, at: datetime, reason_code: str, reason: str) -> None:
    """Reject a proposal with a reason code and words; the next run takes both into account.

    KS's power goes before AUC's. Raises NotAllowed, StaleState, NotAStep, RunNotPublished or ReasonMissing.
    """
    kind = DecisionKind.KS_FIRST if by.may(May.APPROVE_FIRST) else DecisionKind.AUC
    require(by, POWERS[kind])
    if reason_code not in RejectReason.values or not reason.strip():
        raise ReasonMissing(message=REASON_IN_WORDS)
    _refuse_unpublished(proposal)
    transition(
        proposal, ProposalState.REJECTED, by=by, at=at, reason=reason.strip(), changes={"decided_at": at}
    )
    write_decision(proposal, kind, Verdict.REJECT, by=by, at=at, reason=reason, reason_code=reason_code)


@transaction.atomic
def hold_proposal(*, proposal: Proposal, by: Actor, at: datetime, reason: str) -> None:
    """Put a proposal on hold, saying what is waited for.

    Raises NotAllowed, StaleState, NotAStep or ReasonMissing.
    """
    require(by, May.APPROVE_FIRST)
    if not reason.strip():
        raise ReasonMissing(message=REASON_IN_WORDS)
    _refuse_unpublished(proposal)
    transition(proposal, ProposalState.HELD, by=by, at=at, reason=reason.strip())
    write_decision(proposal, DecisionKind.KS_FIRST, Verdict.HOLD, by=by, at=at, reason=reason)


@transaction.atomic
def resume_proposal(*, proposal: Proposal, by: Actor, at: datetime, reason: str = "") -> None:
    """Take a held proposal up again. Raises NotAllowed, StaleState or NotAStep."""
    require(by, May.APPROVE_FIRST)
    _refuse_unpublished(proposal)
    transition(proposal, ProposalState.PROPOSED, by=by, at=at, reason=reason.strip())
    write_decision(proposal, DecisionKind.KS_FIRST, Verdict.RESUME, by=by, at=at, reason=reason)


@transaction.atomic
def withdraw_proposal(*, proposal: Proposal, by: Actor, at: datetime, reason: str) -> None:
    """Withdraw a proposal, also an approved one after its undo window;
    its agreement ends and both places are free.

    Raises NotAllowed, StaleState, NotAStep, ReasonMissing or PartnershipUnderWay.
    """
    require(by, May.APPROVE_FIRST)
    if not reason.strip():
        raise ReasonMissing(message=REASON_IN_WORDS)
    agreement = Agreement.objects.filter(proposal=proposal).exclude(state=AgreementState.ENDED).first()
    if agreement is not None and agreement.state not in WITHDRAWABLE:
        raise PartnershipUnderWay
    transition(
        proposal, ProposalState.WITHDRAWN, by=by, at=at, reason=reason.strip(), changes={"decided_at": at}
    )
    write_decision(proposal, DecisionKind.KS_FIRST, Verdict.WITHDRAW, by=by, at=at, reason=reason)
    if agreement is not None:
        end_agreement(agreement=agreement, reason=EndReason.OTHER, text=reason, by=by, at=at)


@transaction.atomic
def expire_proposals(*, before: MatchRun, by: Actor, at: datetime) -> int:
    """Let the undecided proposals of other published runs expire when a run is published; return how many."""
    others = Proposal.objects.filter(run__state=RunState.PUBLISHED, state__in=UNDECIDED).exclude(run=before)
    old = others.select_for_update(of=("self",)).order_by("pk")
    for proposal in old:
        transition(
            proposal,
            ProposalState.EXPIRED,
            by=by,
            at=at,
            reason=f"run {before.pk}",
            changes={"decided_at": at},
        )
    return len(old)


@transaction.atomic
def withdraw_undecided(*, run: MatchRun, by: Actor, at: datetime, reason: str) -> int:
    """Withdraw what nobody has decided of a run that is taken back; return how many."""
    open_ones = (
        Proposal.objects.select_for_update(of=("self",)).filter(run=run, state__in=UNDECIDED).order_by("pk")
    )
    for proposal in open_ones:
        transition(proposal, ProposalState.WITHDRAWN, by=by, at=at, reason=reason, changes={"decided_at": at})
    return len(open_ones)


@transaction.atomic
def withdraw_with_response(*, response: Response, by: Actor, at: datetime) -> int:
    """Withdraw the undecided proposals of a municipality that withdrew;
    return how many (handler of `response_withdrawn`).
    """
    open_ones = (
        Proposal.objects.select_for_update().filter(response=response, state__in=UNDECIDED).order_by("pk")
    )
    for proposal in open_ones:
        transition(
            proposal,
            ProposalState.WITHDRAWN,
            by=by,
            at=at,
            reason="response withdrawn",
            changes={"decided_at": at},
        )
    return len(open_ones)


@transaction.atomic
def end_with_response(*, response: Response, by: Actor, at: datetime) -> int:
    """End the partnerships that a municipality which withdrew has not said yes to;
    return how many (handler of `response_withdrawn`).

    Within the undo window no letter goes out any more; after the introduction the withdrawal is its no. Both
    sides' places are free, those of the members of a joint application too. What both sides have agreed to is
    ended on its own page.
    """
    unmet = Agreement.objects.select_for_update(of=("self",)).filter(
        proposal__response=response, state__in=WITHDRAWABLE
    )
    agreements = list(unmet.select_related("proposal").order_by("pk"))
    for agreement in agreements:
        close_agreement(agreement, EndReason.DECLINED_NO, "", by=by, at=at)
    return len(agreements)


def open_kinds(proposal: Proposal, *, actor: Actor, required: Iterable[str]) -> list[DecisionKind]:
    """Return the approvals that this person may give now. Uses prefetched decisions."""
    if proposal.state not in UNDECIDED:
        return []
    approvals = {
        row.kind: row.decided_by_id for row in proposal.decisions.all() if row.verdict == Verdict.APPROVE
    }
    if actor.id in approvals.values():
        return []
    return [
        kind
        for kind in map(DecisionKind, required)
        if kind not in approvals
        and actor.may(POWERS[kind])
        and (kind != DecisionKind.KS_SECOND or DecisionKind.KS_FIRST in approvals)
    ]


def what_changed(proposal: Proposal, category: str | None) -> str:
    """Say what no longer holds of a proposal, given the candidate's category today; blank when all does.

    Reads the proposal's own response and candidate: load them anew.
    """
    if proposal.response.state not in {ResponseState.READY, ResponseState.MATCHED}:
        return gettext("The municipality's answer is no longer ready: it was changed, deferred or withdrawn.")
    if proposal.candidate.state != CandidateState.READY:
        return gettext("The candidate is no longer ready for matching.")
    if category != proposal.assessment.category:
        return gettext("The candidate's category has changed since the run. Compute a new run.")
    return ""


def _lock_as_seen(proposal: Proposal, at: datetime) -> Locked:
    """Return the proposal under lock, with all an approval reads;
    refuse when it is not in the state the caller saw.

    Two different approvals given at the same time would otherwise each miss the other, and neither open the
    agreement; and an answer that is withdrawn in the same second would still be matched.
    """
    category = CategoryAssessment.objects.category_of("candidate", localdate(at))
    now = (
        Proposal.objects.select_for_update(of=("self", "response", "candidate"))
        .select_related(
            "run",
            "assessment",
            "response__municipality",
            "response__contact__municipality",
            "candidate__hromada__oblast",
        )
        .annotate(category_now=Subquery(category))
        .get(pk=proposal.pk)
    )
    if now.state != proposal.state:
        raise StaleState(proposal, proposal.state, ProposalState.APPROVED)
    if ProposalState.APPROVED not in proposal.TRANSITIONS[proposal.state]:
        raise NotAStep(proposal, proposal.state, ProposalState.APPROVED)
    return now


def _refuse_approval(
    proposal: Proposal, kind: str, required: list[str], approvals: dict[str, int], by: Actor
) -> None:
    _refuse_unpublished(proposal)
    if kind not in required:
        raise NotAskedFor
    if kind in approvals:
        raise AlreadyGiven
    if by.id in approvals.values():
        raise SamePerson(message=APPROVED_BY_YOU)
    if kind == DecisionKind.KS_SECOND and DecisionKind.KS_FIRST not in approvals:
        raise FirstApprovalMissing


def _refuse_unpublished(proposal: Proposal) -> None:
    if proposal.run.state != RunState.PUBLISHED:
        raise RunNotPublished
