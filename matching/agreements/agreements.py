"""An approved pair becomes a tracked partnership: capacity held on both sides,
introduced after the undo window, ended with a reason.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from kommunesamarbeid.core.accounts import staff
from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.history import save_with_history
from kommunesamarbeid.core.lifecycle import NotAStep, StaleState, transition
from kommunesamarbeid.core.mail.outbox import Recipient, cancel_mails, queue_mails
from kommunesamarbeid.core.refusals import ReasonMissing, Refused
from kommunesamarbeid.core.roles import SYSTEM, Actor, May, require
from matching.choices import DecisionKind, MilestoneKind, Origin, Side, Verdict
from matching.models import Agreement, AgreementParty, Proposal
from matching.pairs import (
    AlreadyPartners,
    NoCapacity,
    capacity_taken,
    lock_and_read,
    lock_members,
    members_left,
    queue_next_best,
    write_decision,
)
from matching.states import AgreementState, EndReason, ProposalState
from municipalities.access import issue_links, recipient_of
from municipalities.choices import LinkRight, LinkStatus
from municipalities.models import (
    ContactPerson,
    Hromada,
    JointMember,
    Municipality,
    Response,
)
from municipalities.people import current_contacts
from municipalities.responses import ALPHABET
from municipalities.states import ResponseState

# A completed partnership leaves the answer as it is: it is old, and the municipality answers anew when it
# wants another.
KEEPS_RESPONSE = frozenset({EndReason.COMPLETED})
INTRODUCTION_LINK_VALID = timedelta(days=14)
# After these both sides are free again, and their next best partners are put in line for KS to decide.
NOT_COME_ABOUT = frozenset(
    {EndReason.UNDONE, EndReason.DECLINED_NO, EndReason.DECLINED_UA, EndReason.NO_ANSWER}
)


REASON_IN_WORDS = gettext_lazy("Give a reason in words.")


class UndoClosed(Refused):
    """The undo window has closed, or the agreement has moved on."""

    message = gettext_lazy("The time for undoing is over. Withdraw the proposal with a reason instead.")


class UndoStillOpen(Refused):
    """An agreement is introduced when its undo window has closed, not before."""

    message = gettext_lazy("The pair is introduced when the time for undoing is over.")


class SignatureMissing(Refused):
    """A signed agreement has a dated signature."""

    message = gettext_lazy("Record the date of the signature first.")


class ClearanceMissing(Refused):
    """Ukrainian law asks for clearance of the draft before it is signed; without it a reason is needed."""

    message = gettext_lazy(
        "The Ukrainian ministry's clearance is not recorded. Record it, or say why it is not needed."
    )


# --- opening ------------------------------------------------------------------------------------------


@transaction.atomic(savepoint=False)
def open_agreement(*, proposal: Proposal, by: Actor, at: datetime, undo_minutes: int) -> Agreement:
    """Open the agreement of an approved proposal; both sides hear of it when the undo window closes.

    Called by the last required approval, in its transaction. Raises NoCapacity or AlreadyPartners.
    """
    municipality, hromada = proposal.response.municipality, proposal.candidate.hromada
    members = lock_members(proposal.response)
    wished = lock_and_read(municipality.pk, hromada.pk, proposal.response_id)
    taken = capacity_taken(municipality.pk, hromada.pk)
    if taken.is_pair:
        raise AlreadyPartners
    left = min([wished - taken.norwegian, *members_left(members, hromada, wished)])
    if left < 1:
        raise NoCapacity(Side.NORWEGIAN)
    if proposal.candidate.capacity - taken.ukrainian < 1:
        raise NoCapacity(Side.UKRAINIAN)
    agreement = create_agreement(
        [municipality, *members],
        hromada,
        by=by,
        at=at,
        origin=Origin.MATCHED,
        proposal=proposal,
        undo_until=at + timedelta(minutes=undo_minutes),
        is_fictional=proposal.candidate.is_fictional,
    )
    if left == 1 and proposal.response.state == ResponseState.READY:
        transition(
            proposal.response, ResponseState.MATCHED, by=by, at=at
        )  # no capacity left; else it stays in the next run
    record(
        "agreement.open",
        agreement,
        by=by,
        at=at,
        data={"proposal": proposal.pk, "reference": agreement.reference},
    )
    send_introductions(agreement, mail_plan(proposal), at=at, send_after=agreement.undo_until or at)
    return agreement


def send_introductions(
    agreement: Agreement, letters: list[tuple[str, Recipient]], *, at: datetime, send_after: datetime
) -> None:
    """Queue letters of an introduction: a contact gets a link of its own to answer by,
    staff the way to the desk.
    """
    contacts = [to.id for _template, to in letters if to.kind == "contact" and to.id is not None]
    tokens = issue_links(contacts, at=at, expires_at=send_after + INTRODUCTION_LINK_VALID)
    contexts = [
        {"token": tokens[to.id]} if to.kind == "contact" and to.id is not None else {}
        for _template, to in letters
    ]
    queue_mails(
        letters,
        case_reference=agreement.reference,
        at=at,
        send_after=send_after,
        context={"agreement": agreement.pk},
        own_contexts=contexts,
    )


def mail_plan(proposal: Proposal) -> list[tuple[str, Recipient]]:
    """Return who gets which mail when the pair is introduced: both sides' contacts, and AUC's editors."""
    # Each letter carries a link: whoever has no access any more, or is not accepted yet, gets none.
    plan = [("introduction", recipient_of(person)) for person in _readers(proposal.response)]
    joined = (
        JointMember.objects.in_force()
        .others()
        .filter(
            response=proposal.response_id,
            confirmed_by__erased_at__isnull=True,
            confirmed_by__access_ended_at__isnull=True,
        )
    )
    others = [member.confirmed_by for member in joined.select_related("confirmed_by__municipality")]
    plan += [
        ("introduction", recipient_of(person)) for person in others if person is not None and person.email
    ]
    people = current_contacts(proposal.candidate.hromada_id).exclude(email="")
    plan += [
        ("introduction_hromada", recipient_of(person))
        for person in people.select_related("municipality").order_by("pk")
    ]
    editors = staff.holders(May.KEEP_UKRAINIAN_STEPS)
    return plan + [("introduction_auc", Recipient.of(user)) for user in editors]


def _readers(response: Response) -> list[ContactPerson]:
    """Return who reads for the municipality: its contact person,
    else whoever came in by a link and may answer for it.
    """
    contact = response.contact
    if (
        contact is not None
        and contact.email
        and contact.erased_at is None
        and contact.access_ended_at is None
    ):
        return [contact]
    holders = ContactPerson.objects.filter(
        municipality=response.municipality_id,
        erased_at__isnull=True,
        access_ended_at__isnull=True,
        right=LinkRight.SUBMIT,
        links__status=LinkStatus.ACCEPTED,
        links__used_at__isnull=False,
        links__revoked_at__isnull=True,
    )
    return list(holders.exclude(email="").select_related("municipality").distinct().order_by("pk"))


def partners_since(moment: datetime) -> set[int]:
    """Return the ids of municipalities with an agreement that has not ended, or ended after `moment`."""
    return set(_parties_since(moment).values_list("municipality_id", flat=True))


def hromadas_since(moment: datetime) -> set[int]:
    """Return the ids of hromadas with an agreement that has not ended, or ended after `moment`."""
    return set(_parties_since(moment).values_list("hromada_id", flat=True))


def _parties_since(moment: datetime) -> QuerySet[AgreementParty]:
    return AgreementParty.objects.filter(
        Q(agreement__ended_at__isnull=True) | Q(agreement__ended_at__gt=moment)
    )


# --- undoing, introducing ---------------------------------------------------------------------------------


@transaction.atomic
def undo_agreement(*, agreement: Agreement, by: Actor, at: datetime) -> None:
    """Undo an approval within its window: no mail goes out, both sides have their capacity back,
    the answer is ready again.

    The proposal ends as withdrawn. Raises NotAllowed, UndoClosed or StaleState.
    """
    require(by, May.KEEP_AGREEMENTS)
    if not can_be_undone(agreement, at):
        raise UndoClosed
    close_agreement(agreement, EndReason.UNDONE, "", by=by, at=at)
    proposal = agreement.proposal
    if proposal is not None and proposal.state == ProposalState.APPROVED:
        transition(proposal, ProposalState.WITHDRAWN, by=by, at=at, reason=EndReason.UNDONE)
        write_decision(proposal, DecisionKind.KS_FIRST, Verdict.WITHDRAW, by=by, at=at)


def can_be_undone(agreement: Agreement, at: datetime) -> bool:
    """Whether the pair waits for its introduction and its undo window is open."""
    return agreement.state == AgreementState.OPENED and _is_undo_open(agreement, at)


def _is_undo_open(agreement: Agreement, at: datetime) -> bool:
    return agreement.undo_until is not None and at < agreement.undo_until


def introduce_due(*, at: datetime) -> int:
    """Introduce every opened agreement whose undo window has closed; return how many. Safe to repeat."""
    due = Agreement.objects.filter(state=AgreementState.OPENED, undo_until__lte=at).order_by("pk")
    return sum(_introduce(agreement, at) for agreement in due)


def _introduce(agreement: Agreement, at: datetime) -> bool:
    try:
        with transaction.atomic():
            changes = {"introduced_at": at, "updated_at": at}
            transition(agreement, AgreementState.INTRODUCED, by=SYSTEM, at=at, changes=changes)
    except StaleState:
        return False  # undone or introduced by another worker in the same second
    return True


# --- moving, ending -----------------------------------------------------------------------------------------


@transaction.atomic
def move_agreement(*, agreement: Agreement, to: str, by: Actor, at: datetime, reason: str = "") -> None:
    """Move an agreement a step on, or put it on pause and back; ending is `end_agreement`.

    Suspending needs a reason. Signed needs a dated signature, and the Ukrainian clearance or a reason why
    not. Raises NotAllowed, NotAStep, StaleState, UndoStillOpen, ReasonMissing, SignatureMissing or
    ClearanceMissing.
    """
    require(by, May.KEEP_AGREEMENTS)
    if to not in _steps_on(agreement):
        raise NotAStep(agreement, agreement.state, to)
    if to not in open_steps(agreement, at):
        raise UndoStillOpen
    changes: dict[str, Any] = {"updated_at": at}
    if to == AgreementState.INTRODUCED:
        changes["introduced_at"] = at
    if to == AgreementState.SUSPENDED and not reason.strip():
        raise ReasonMissing(message=REASON_IN_WORDS)
    if to == AgreementState.SIGNED:
        _refuse_unsigned(agreement, reason)
    transition(agreement, to, by=by, at=at, reason=reason.strip(), changes=changes)


def open_steps(agreement: Agreement, at: datetime) -> list[str]:
    """Return the states the agreement can be moved to now, in their order; ending is another act."""
    steps = _steps_on(agreement)
    if _is_undo_open(agreement, at):
        steps -= {AgreementState.INTRODUCED}
    return [state.value for state in AgreementState if state in steps]


def _steps_on(agreement: Agreement) -> frozenset[str]:
    return agreement.TRANSITIONS.get(agreement.state, frozenset()) - {AgreementState.ENDED}


@transaction.atomic
def end_agreement(*, agreement: Agreement, reason: str, text: str, by: Actor, at: datetime) -> None:
    """End an agreement with a reason code and words; both sides have their capacity back,
    mails not sent yet are taken back.

    Raises NotAllowed, NotAStep, StaleState or ReasonMissing; `undone` belongs to `undo_agreement`.
    """
    require(by, May.KEEP_AGREEMENTS)
    if reason not in EndReason.values or reason == EndReason.UNDONE or not text.strip():
        raise ReasonMissing(message=REASON_IN_WORDS)
    close_agreement(agreement, reason, text.strip(), by=by, at=at)


def close_agreement(agreement: Agreement, reason: str, text: str, *, by: Actor, at: datetime) -> None:
    """End an agreement for a caller that has checked who may: capacity free, unsent mails taken back,
    the next best in line.
    """
    changes = {"ended_at": at, "end_reason": reason, "end_text": text, "updated_at": at}
    transition(agreement, AgreementState.ENDED, by=by, at=at, reason=reason, changes=changes)
    agreement.parties.update(is_open=False)
    cancel_mails(agreement.reference, at=at)
    if agreement.proposal is not None and reason not in KEEPS_RESPONSE:
        response = Response.objects.select_for_update().get(pk=agreement.proposal.response_id)
        if response.state == ResponseState.MATCHED:
            transition(response, ResponseState.READY, by=by, at=at, reason=reason)
    if agreement.proposal is not None and reason in NOT_COME_ABOUT:
        queue_next_best(ended=agreement.proposal, why=reason, by=by, at=at)


def _refuse_unsigned(agreement: Agreement, reason: str) -> None:
    kinds = set(agreement.milestones.values_list("kind", flat=True))
    if MilestoneKind.SIGNATURE not in kinds:
        raise SignatureMissing
    if MilestoneKind.UA_CLEARANCE_GIVEN not in kinds and not reason.strip():
        raise ClearanceMissing


# --- the pieces ---------------------------------------------------------------------------------------------


def create_agreement(
    municipalities: list[Municipality], hromada: Hromada, *, by: Actor, at: datetime, **values: Any
) -> Agreement:
    """Write an agreement and its parties; the first municipality leads."""
    agreement = Agreement(reference=_new_reference(), hromada=hromada, opened_at=at, updated_at=at, **values)
    save_with_history(agreement, by=by, at=at)
    AgreementParty.objects.bulk_create(
        AgreementParty(agreement=agreement, municipality=municipality, hromada=hromada, is_lead=number == 0)
        for number, municipality in enumerate(municipalities)
    )
    return agreement


def _new_reference() -> str:
    """Return a reference number such as PA-7K4M-2XQ9: speakable and not countable.

    Of 31 to the power of 8, so that two alike are not to be expected; the unique constraint holds if chance
    does not.
    """
    signs = "".join(secrets.choice(ALPHABET) for _sign in range(8))
    return f"PA-{signs[:4]}-{signs[4:]}"
