"""Around a decision: who has the case, what colleagues note for each other,
and what KS asks AUC while the case waits.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.accounts.staff import holders
from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.history import save_with_history
from kommunesamarbeid.core.lifecycle import transition
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.refusals import Refused, TextMissing
from kommunesamarbeid.core.roles import Actor, May, require
from matching.choices import DecisionKind, Verdict
from matching.decisions.decisions import RunNotPublished
from matching.models import CaseNote, Inquiry, Proposal
from matching.pairs import write_decision
from matching.states import ProposalState, RunState

WRITERS = (May.APPROVE_FIRST, May.APPROVE_SECOND, May.APPROVE_AUC)


class NotACaseOwner(Refused):
    """A case is somebody's of KS who may decide."""

    message = _("Only somebody of KS who decides on proposals can have the case.")
    field = "owner"


class AskedAlready(Refused):
    """One question at a time."""

    message = _("AUC has been asked already and has not answered yet.")


class AnsweredAlready(Refused):
    """The question has its answer."""

    message = _("This question has been answered already.")


@transaction.atomic
def add_note(*, proposal: Proposal, text: str, by: Actor, at: datetime) -> CaseNote:
    """Write an internal note; it stays within the writer's organisation. Raises NotAllowed or TextMissing."""
    require(by, *WRITERS)
    if not text.strip():
        raise TextMissing
    assert by.id is not None, "a note is a person's"
    note = CaseNote.objects.create(
        proposal=proposal, text=text.strip(), written_at=at, written_by_id=by.id, organisation=by.organisation
    )
    record("proposal.noted", proposal, by=by, at=at)
    return note


@transaction.atomic
def assign(*, proposal: Proposal, owner: User | None, by: Actor, at: datetime) -> None:
    """Give the case to somebody of KS who may decide, or to nobody. Raises NotAllowed or NotACaseOwner."""
    require(by, May.APPROVE_FIRST)
    if owner is not None and (not owner.is_active or not Actor.of(owner).may(May.APPROVE_FIRST)):
        raise NotACaseOwner
    proposal.assigned_to = owner
    save_with_history(proposal, by=by, at=at, fields=["assigned_to"])
    record("proposal.assigned", proposal, by=by, at=at, data={"owner": owner.pk if owner else None})


def case_owners() -> list[User]:
    """Return who can have a case: KS's coordinators and approvers."""
    return list(holders(May.APPROVE_FIRST).order_by("name"))


@transaction.atomic
def ask_auc(*, proposal: Proposal, text: str, by: Actor, at: datetime) -> Inquiry:
    """Ask AUC about a proposal; it is on hold until AUC has answered.

    Raises NotAllowed, TextMissing, AskedAlready, RunNotPublished, StaleState or NotAStep.
    """
    require(by, May.APPROVE_FIRST)
    if not text.strip():
        raise TextMissing
    if proposal.run.state != RunState.PUBLISHED:
        raise RunNotPublished
    assert by.id is not None, "a question is a person's"
    Proposal.objects.select_for_update().get(pk=proposal.pk)
    if proposal.inquiries.filter(answered_at__isnull=True).exists():
        raise AskedAlready
    if proposal.state != ProposalState.HELD:
        transition(proposal, ProposalState.HELD, by=by, at=at, reason="asked AUC")
        write_decision(proposal, DecisionKind.KS_FIRST, Verdict.HOLD, by=by, at=at)
    inquiry = Inquiry.objects.create(proposal=proposal, question=text.strip(), asked_at=at, asked_by_id=by.id)
    record("proposal.asked_auc", proposal, by=by, at=at)
    return inquiry


@transaction.atomic
def answer_ks(*, inquiry: Inquiry, text: str, by: Actor, at: datetime) -> None:
    """Answer KS's question; the proposal stays on hold until KS takes it up.

    Raises NotAllowed, TextMissing, AnsweredAlready.
    """
    require(by, May.APPROVE_AUC)
    if not text.strip():
        raise TextMissing
    open_ones = Inquiry.objects.filter(pk=inquiry.pk, answered_at__isnull=True)
    if open_ones.update(answer=text.strip(), answered_at=at, answered_by_id=by.id) != 1:
        raise AnsweredAlready
    inquiry.refresh_from_db()
    record("proposal.auc_answered", inquiry.proposal, by=by, at=at)
