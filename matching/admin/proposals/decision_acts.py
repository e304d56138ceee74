"""The decisions on one proposal at the desk: approved, rejected, put on hold, taken up again, withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.acts import Act, Visit, in_states
from kommunesamarbeid.core.roles import Actor, May
from matching.admin.proposals.decision_forms import ApproveForm, RejectForm, SeenForm, SeenReasonForm
from matching.admin.proposals.decision_page import told
from matching.choices import DecisionKind, Verdict
from matching.decisions import decisions
from matching.models import Agreement, Proposal
from matching.pairs.capacity import AlreadyPartners, NoCapacity
from matching.states import UNDECIDED
from matching.states import ProposalState as P

KS = (May.APPROVE_FIRST,)
DECIDERS = (May.APPROVE_FIRST, May.APPROVE_SECOND, May.APPROVE_AUC)


def open_kinds(proposal: Proposal, reader: Actor) -> list[DecisionKind]:
    """Return the approvals that the reader may give now."""
    return decisions.open_kinds(proposal, actor=reader, required=settings.APPROVALS_REQUIRED)


def approve(
    *, proposal: Proposal, kind: str, by: Actor, at: datetime, no_conflict: bool, reason: str
) -> Agreement | None:
    """Give one approval by the portal's settings."""
    return decisions.approve_proposal(
        proposal=proposal,
        kind=kind,
        by=by,
        at=at,
        no_conflict=no_conflict,
        rules=decisions.ApprovalRules(settings.APPROVALS_REQUIRED, settings.UNDO_MINUTES),
        reason=reason,
    )


def _something_to_approve(visit: Visit) -> HttpResponse | None:
    if visit.is_post or open_kinds(visit.row, visit.by):
        return None
    messages.warning(visit.request, _("There is no approval for you to give here."))
    return HttpResponseRedirect(visit.back)


def _is_second(visit: Visit) -> bool:
    kind = visit.request.POST.get("kind") if visit.is_post else open_kinds(visit.row, visit.by)[0]
    return kind == DecisionKind.KS_SECOND


def _consequences(visit: Visit) -> dict[str, Any]:
    proposal = visit.row
    return {
        "proposal": proposal,
        "mails": SimpleLazyObject(lambda: told(proposal)),
        "is_last": SimpleLazyObject(lambda: _is_last(proposal)),
        "undo_minutes": settings.UNDO_MINUTES,
    }


def _is_last(proposal: Proposal) -> bool:
    """Whether one approval is missing, not more."""
    approved = {row.kind for row in proposal.decisions.all() if row.verdict == Verdict.APPROVE}
    return len(set(settings.APPROVALS_REQUIRED) - approved) <= 1


def _approved(_visit: Visit, agreement: Agreement | None) -> Any:
    if agreement is None:
        return _("Your approval is recorded. The other approval is still missing.")
    return _("The proposal is approved, and the partnership is opened.")


APPROVE = Act(
    "approve", DECIDERS, approve, form=ApproveForm,
    is_open=lambda proposal, reader, _at: bool(open_kinds(proposal, reader)), is_main=True,
    powers_suffice=True, gate=_something_to_approve, fresh_factor=_is_second,
    initial=lambda visit: {"kind": open_kinds(visit.row, visit.by)[0]},
    title=_("Approve %(pair)s"), button=_("Approve the proposal"), done=_approved,
    template="admin/matching/proposal/approve.html", context=_consequences,
    conflicts=(NoCapacity, AlreadyPartners),
    records="proposal.approval", entry=_("Approval given"),
)  # fmt: skip
RESUME = Act(
    "resume", KS, decisions.resume_proposal, form=SeenForm,
    is_open=in_states(P.HELD), powers_suffice=True,
    title=_("Take %(pair)s up again"), button=_("Take up again"),
    done=_("The proposal is up for decision again."),
    records="proposal.proposed",
)  # fmt: skip
HOLD = Act(
    "hold", KS, decisions.hold_proposal, form=SeenReasonForm,
    is_open=in_states(P.PROPOSED), powers_suffice=True,
    title=_("Put %(pair)s on hold"), button=_("Put on hold"), done=_("The proposal is on hold."),
    records="proposal.held",
)  # fmt: skip
REJECT = Act(
    "reject", DECIDERS, decisions.reject_proposal, form=RejectForm,
    is_open=in_states(*UNDECIDED), powers_suffice=True,
    title=_("Reject %(pair)s"), button=_("Reject the proposal"),
    intro=_("The next run takes the reason into account. Nobody outside KS and AUC is told."),
    done=_("The proposal is rejected."),
    records="proposal.rejected",
)  # fmt: skip
WITHDRAW = Act(
    "withdraw", KS, decisions.withdraw_proposal, form=SeenReasonForm,
    is_open=in_states(*UNDECIDED, P.APPROVED), powers_suffice=True,
    title=_("Withdraw %(pair)s"), button=_("Withdraw the proposal"),
    intro=_("If it was approved, the partnership ends and both places are free. Mails not sent yet are taken back."),
    done=_("The proposal is withdrawn."),
    records="proposal.withdrawn",
)  # fmt: skip
