"""Both sides of an introduced pair answer: both yes makes it mutual, one no ends it, silence ends it after reminders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.lifecycle import NotAStep, StaleState, transition
from kommunesamarbeid.core.models import MailRecord, User
from kommunesamarbeid.core.outbox import Recipient, queue_mails
from kommunesamarbeid.core.roles import SYSTEM, Actor, May, NotAllowed, require
from matching.agreements import close_agreement, mail_plan, send_introductions
from matching.choices import DecisionKind, Reply, Side, Verdict
from matching.models import Agreement, IntroductionReply, Proposal
from matching.states import AgreementState, EndReason
from municipalities.candidates import Refused
from municipalities.choices import LinkRight
from municipalities.models import ContactPerson

SIDE_OF_TEMPLATE = {"introduction": Side.NORWEGIAN, "introduction_hromada": Side.UKRAINIAN, "introduction_auc": Side.UKRAINIAN}
REMINDERS = {
    "introduction": "introduction_reminder", "introduction_hromada": "introduction_hromada_reminder",
    "introduction_auc": "introduction_auc_reminder",
}  # fmt: skip
BETWEEN_REMINDERS = timedelta(days=2)
DECLINED = {Side.NORWEGIAN: EndReason.DECLINED_NO, Side.UKRAINIAN: EndReason.DECLINED_UA}


class NotAsked(Refused):
    """Only an introduced pair is asked, and only until it is settled."""

    message = _("This introduction is settled already, or has not been made yet.")


class UnknownReply(Refused):
    """Nothing was chosen."""

    message = _("Choose an answer.")
    field = "reply"


class ReasonMissing(Refused):
    """A no has a reason."""

    message = _("Say why in a few words.")
    field = "reason"


@transaction.atomic
def reply(*, agreement: Agreement, side: str, answer: str, reason: str, by: Actor, at: datetime) -> AgreementState:
    """Record one side's answer and return the state the agreement comes to.

    A contact answers for its own party; KS records either side's answer, AUC the Ukrainian one's. Both yes: `mutual`.
    A no ends the agreement, frees both places and puts the next best in line. An answer can be changed until then.
    Raises NotAllowed, NotAsked, UnknownReply or ReasonMissing.
    """
    _require_side(agreement, side, by)
    if answer not in Reply.values:
        raise UnknownReply
    if answer == Reply.NO and not reason.strip():
        raise ReasonMissing
    locked = Agreement.objects.select_for_update(of=("self",)).select_related("proposal").get(pk=agreement.pk)
    if locked.state != AgreementState.INTRODUCED:
        raise NotAsked
    IntroductionReply.objects.create(
        agreement=locked, side=side, reply=answer, reason=reason.strip(), replied_at=at,
        contact_id=by.id if by.kind in {"contact", "hromada"} else None, recorded_by_id=by.id if by.kind == "user" else None,
    )  # fmt: skip
    record("agreement.reply", locked, by=by, at=at, data={"side": side, "reply": answer})
    given = replies_of(locked)
    if answer == Reply.NO:
        # The words stay in the answer's own row, which only KS reads.
        close_agreement(locked, DECLINED[Side(side)], "", by=by, at=at)
    elif given.get(Side.NORWEGIAN) == given.get(Side.UKRAINIAN) == Reply.YES:
        transition(locked, AgreementState.MUTUAL, by=by, at=at, changes={"updated_at": at})
    agreement.state = locked.state
    return AgreementState(locked.state)


def replies_of(agreement: Agreement) -> dict[str, str]:
    """Return each side's last answer. Uses prefetched replies."""
    return {row.side: row.reply for row in sorted(agreement.replies.all(), key=lambda row: row.pk)}


@transaction.atomic
def remind_due(*, at: datetime, after_days: Sequence[int]) -> int:
    """Remind the sides that have not answered, once for each of `after_days`; return how many mails are queued. Safe to repeat.

    Two reminders are days apart also where the first one came late.
    """
    sent = 0
    waiting = Agreement.objects.filter(state=AgreementState.INTRODUCED, proposal__isnull=False, introduced_at__isnull=False)
    # Under lock: of two workers at once the second sees what the first has sent.
    locked = waiting.select_for_update(of=("self",))
    for agreement in locked.select_related("proposal__response__contact__municipality", "proposal__candidate").order_by("pk"):
        assert agreement.introduced_at is not None
        assert agreement.proposal is not None
        passed = sum(at >= agreement.introduced_at + timedelta(days=days) for days in after_days)
        letters = [letter for letter in _reminders(agreement) if _is_due(agreement, letter, passed, at=at)]
        if letters:
            send_introductions(agreement, letters, at=at, send_after=at)
            record("agreement.reminded", agreement, by=SYSTEM, at=at, data={"mails": len(letters)})
            sent += len(letters)
    return sent


def expire_due(*, at: datetime, days: int) -> int:
    """End the introductions that one side has left unanswered for so long, and tell the case owner; return how many. Safe to repeat.

    A side that wishes to talk first has answered: KS follows it up, and time does not end it. Nobody's offer lapses before
    they have been reminded in good time, so that pairs introduced before there were reminders get theirs first.
    """
    due = Agreement.objects.filter(state=AgreementState.INTRODUCED, introduced_at__lte=at - timedelta(days=days))
    ended = 0
    for agreement in (
        due.filter(proposal__isnull=False)
        .select_related("proposal__response__contact__municipality", "proposal__candidate", "proposal__assigned_to")
        .prefetch_related("replies")
        .order_by("pk")
    ):
        if len(replies_of(agreement)) == len(Side) or not _is_warned(agreement, at=at):
            continue
        try:
            with transaction.atomic():
                # An answer takes this lock too: one that came in the same second is seen here, and the pair lives on.
                Agreement.objects.select_for_update().get(pk=agreement.pk)
                if set(IntroductionReply.objects.filter(agreement=agreement).values_list("side", flat=True)) == set(Side):
                    continue
                close_agreement(agreement, EndReason.NO_ANSWER, "", by=SYSTEM, at=at)
                _tell_owner(agreement, at=at)
        except (StaleState, NotAStep):
            continue  # answered in the same second
        ended += 1
    return ended


def _tell_owner(agreement: Agreement, *, at: datetime) -> None:
    """Tell whoever has the case, else whoever of KS approved the pair, that the introduction lapsed: a link and the reference."""
    assert agreement.proposal is not None
    owner = case_owner(agreement.proposal)
    if owner is not None:
        letter = ("introduction_lapsed", Recipient("user", owner.pk, owner.email, owner.language))
        queue_mails([letter], case_reference=agreement.reference, at=at, context={"agreement": agreement.pk})


def case_owner(proposal: Proposal) -> User | None:
    """Return who of KS follows the case and can still log in."""
    approved = proposal.decisions.filter(kind=DecisionKind.KS_FIRST, verdict=Verdict.APPROVE).select_related("decided_by")
    people = [proposal.assigned_to, *(row.decided_by for row in approved.order_by("-id"))]
    return next((person for person in people if person is not None and person.is_active), None)


def _reminders(agreement: Agreement) -> list[tuple[str, Recipient]]:
    assert agreement.proposal is not None
    silent = set(Side) - {Side(side) for side in replies_of(agreement)}
    return [(REMINDERS[template], to) for template, to in mail_plan(agreement.proposal) if SIDE_OF_TEMPLATE[template] in silent]


def _is_due(agreement: Agreement, letter: tuple[str, Recipient], passed: int, *, at: datetime) -> bool:
    """Whether fewer reminders than due have gone to this recipient, and none of them a moment ago."""
    sent = _reminded_at(agreement, letter)
    return len(sent) < passed and (not sent or max(sent) <= at - BETWEEN_REMINDERS)


def _is_warned(agreement: Agreement, *, at: datetime) -> bool:
    """Whether everybody of the silent sides who can be reached was reminded in good time."""
    sent = [_reminded_at(agreement, letter) for letter in _reminders(agreement)]
    return all(times and max(times) <= at - BETWEEN_REMINDERS for times in sent)


def _reminded_at(agreement: Agreement, letter: tuple[str, Recipient]) -> list[datetime]:
    template, to = letter
    mails = MailRecord.objects.filter(case_reference=agreement.reference, template=template, cancelled_at__isnull=True)
    return list(mails.filter(recipient_kind=to.kind, recipient_id=to.id).values_list("queued_at", flat=True))


def _require_side(agreement: Agreement, side: str, by: Actor) -> None:
    """Refuse whoever may not answer for this side of this agreement. Raises NotAllowed."""
    if by.kind == "contact" or by.kind == "hromada":
        living = ContactPerson.objects.filter(pk=by.id or 0, erased_at__isnull=True, access_ended_at__isnull=True)
        # Whoever may only fill in does not answer on the party's behalf (F-13).
        person = living.exclude(right=LinkRight.EDIT).first()
        mine = (
            {agreement.hromada_id} if side == Side.UKRAINIAN else set(agreement.parties.values_list("municipality_id", flat=True))
        )
        party = None if person is None else person.hromada_id if side == Side.UKRAINIAN else person.municipality_id
        if party not in mine:
            raise NotAllowed(May.KEEP_AGREEMENTS)
        return
    powers = (May.KEEP_AGREEMENTS, May.KEEP_UKRAINIAN_STEPS) if side == Side.UKRAINIAN else (May.KEEP_AGREEMENTS,)
    require(by, *powers)
