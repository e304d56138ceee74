"""Both sides of an introduced pair answer: both yes makes it mutual, one no ends it,
silence ends it after reminders.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.accounts import staff
from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.lifecycle import NotAStep, StaleState, transition
from kommunesamarbeid.core.mail.outbox import Recipient, queue_mails
from kommunesamarbeid.core.models import MailRecord, User
from kommunesamarbeid.core.refusals import ReasonMissing, Refused
from kommunesamarbeid.core.roles import SYSTEM, Actor, May, NotAllowed, require
from matching.agreements.agreements import close_agreement, send_introductions
from matching.agreements.milestone_rules import powers_over
from matching.agreements.reachability import SURELY_TRIED, UNREACHED, is_silent, unreached_sides, ways_to
from matching.choices import DecisionKind, Reply, Side, Verdict
from matching.models import Agreement, IntroductionReply, Proposal
from matching.states import AgreementState, EndReason
from municipalities.choices import LinkRight
from municipalities.models import ContactPerson

DECLINED = {Side.NORWEGIAN: EndReason.DECLINED_NO, Side.UKRAINIAN: EndReason.DECLINED_UA}


class NotAsked(Refused):
    """Only an introduced pair is asked, and only until it is settled."""

    message = _("This introduction is settled already, or has not been made yet.")


class UnknownReply(Refused):
    """Nothing was chosen."""

    message = _("Choose an answer.")
    field = "reply"


@transaction.atomic
def record_reply(
    *, agreement: Agreement, side: str, reply: str, reason: str, by: Actor, at: datetime
) -> AgreementState:
    """Record one side's reply and return the state the agreement comes to.

    A contact answers for its own party; KS records either side's answer, AUC the Ukrainian one's. Both yes:
    `mutual`. A no ends the agreement, frees both places and puts the next best in line. An answer can be
    changed until then. Raises NotAllowed, NotAsked, UnknownReply or ReasonMissing.
    """
    _require_side(agreement, side, by)
    if reply not in Reply.values:
        raise UnknownReply
    if reply == Reply.NO and not reason.strip():
        raise ReasonMissing(message=_("Say why in a few words."))
    locked = Agreement.objects.select_for_update(of=("self",)).select_related("proposal").get(pk=agreement.pk)
    if locked.state != AgreementState.INTRODUCED:
        raise NotAsked
    IntroductionReply.objects.create(
        agreement=locked,
        side=side,
        reply=reply,
        reason=reason.strip(),
        replied_at=at,
        contact_id=by.id if by.kind in {"contact", "hromada"} else None,
        recorded_by_id=by.id if by.kind == "user" else None,
    )
    record("agreement.reply", locked, by=by, at=at, data={"side": side, "reply": reply})
    replies = replies_of(locked)
    if reply == Reply.NO:
        # The words stay in the answer's own row, which only KS reads.
        close_agreement(locked, DECLINED[Side(side)], "", by=by, at=at)
    elif replies.get(Side.NORWEGIAN) == replies.get(Side.UKRAINIAN) == Reply.YES:
        transition(locked, AgreementState.MUTUAL, by=by, at=at, changes={"updated_at": at})
    agreement.state = locked.state
    return AgreementState(locked.state)


def replies_of(agreement: Agreement) -> dict[str, str]:
    """Return each side's last answer. Uses prefetched replies."""
    return {row.side: row.reply for row in sorted(agreement.replies.all(), key=lambda row: row.pk)}


@transaction.atomic
def remind_due(*, at: datetime, after_days: Sequence[int]) -> int:
    """Remind the sides that have not answered, once for each of `after_days`;
    return how many mails are queued.

    Safe to repeat.

    The days run for each recipient from the first mail that came out. Whoever could not be reached gets the
    introduction again.
    """
    sent = 0
    # Under lock: of two workers at once the second sees what the first has sent.
    for agreement in _waiting().select_for_update(of=("self",)):
        letters = [
            (letter, way.to)
            for way in ways_to(agreement, silent_sides(agreement))
            if (letter := way.next_letter(at=at, after_days=after_days))
        ]
        if letters:
            send_introductions(agreement, letters, at=at, send_after=at)
            record("agreement.reminded", agreement, by=SYSTEM, at=at, data={"mails": len(letters)})
            sent += len(letters)
    return sent


@transaction.atomic
def tell_unreached(*, at: datetime) -> int:
    """Tell the case owner, once for each silent side, that nobody there can be reached;
    return how many sides.

    Safe to repeat.
    """
    sides_told = 0
    for agreement in _waiting().filter(introduced_at__lte=at - SURELY_TRIED).select_for_update(of=("self",)):
        for side in unreached(agreement):
            if not MailRecord.objects.filter(
                case_reference=agreement.reference, template=UNREACHED[side]
            ).exists():
                sides_told += _tell_owner(UNREACHED[side], agreement, at=at)
    return sides_told


def unreached(agreement: Agreement) -> list[Side]:
    """Return the sides of an introduced pair that have not answered and where nobody can be reached."""
    if agreement.state != AgreementState.INTRODUCED or agreement.proposal is None:
        return []
    silent = silent_sides(agreement)
    return unreached_sides(silent, ways_to(agreement, silent))


def silent_sides(agreement: Agreement) -> list[Side]:
    """Return the sides without an answer. Uses prefetched replies."""
    answered = replies_of(agreement)
    return [side for side in Side if side not in answered]


def expire_due(*, at: datetime, days: int) -> int:
    """End the introductions that one side has left unanswered for so long, and tell the case owner;
    return how many.

    Safe to repeat.

    A side that wishes to talk first has answered: KS follows it up, and time does not end it. Time runs for a
    side from when somebody there was reached, and nobody's offer lapses before they have been reminded in
    good time; a side where nobody can be reached is not silent, and KS is told of it (`tell_unreached`).
    """
    ended = 0
    for agreement in (
        _waiting().filter(introduced_at__lte=at - timedelta(days=days)).prefetch_related("replies")
    ):
        ways = [(side, ways_to(agreement, [side])) for side in silent_sides(agreement)]
        if not any(is_silent(to_side, at=at, days=days) for _side, to_side in ways):
            continue
        try:
            with transaction.atomic():
                # An answer takes this lock too: one that came in the same second is seen here, and the pair
                # lives on.
                Agreement.objects.select_for_update().get(pk=agreement.pk)
                answered = set(
                    IntroductionReply.objects.filter(agreement=agreement).values_list("side", flat=True)
                )
                if not any(
                    is_silent(to_side, at=at, days=days) for side, to_side in ways if side not in answered
                ):
                    continue
                close_agreement(agreement, EndReason.NO_ANSWER, "", by=SYSTEM, at=at)
                _tell_owner("introduction_lapsed", agreement, at=at)
        except (StaleState, NotAStep):
            continue  # answered in the same second
        ended += 1
    return ended


def _waiting() -> QuerySet[Agreement]:
    """Return the introduced pairs, with what tells whom to write to."""
    introduced = Agreement.objects.filter(
        state=AgreementState.INTRODUCED, proposal__isnull=False, introduced_at__isnull=False
    )
    related = ("proposal__response__contact__municipality", "proposal__candidate", "proposal__assigned_to")
    return introduced.select_related(*related).order_by("pk")


def _tell_owner(template: str, agreement: Agreement, *, at: datetime) -> bool:
    """Tell whoever has the case a link and the reference, else everybody of KS who could have it;
    whether there is anybody.
    """
    assert agreement.proposal is not None
    owner = case_owner(agreement.proposal)
    people = [owner] if owner is not None else list(staff.holders(May.APPROVE_FIRST))
    letters = [(template, Recipient.of(person)) for person in people]
    queue_mails(letters, case_reference=agreement.reference, at=at, context={"agreement": agreement.pk})
    return bool(letters)


def case_owner(proposal: Proposal) -> User | None:
    """Return who of KS follows the case and can still log in."""
    approved = proposal.decisions.filter(kind=DecisionKind.KS_FIRST, verdict=Verdict.APPROVE).select_related(
        "decided_by"
    )
    people = [proposal.assigned_to, *(row.decided_by for row in approved.order_by("-id"))]
    return next((person for person in people if person is not None and person.is_active), None)


def _require_side(agreement: Agreement, side: str, by: Actor) -> None:
    """Refuse whoever may not answer for this side of this agreement. Raises NotAllowed."""
    if by.kind == "contact" or by.kind == "hromada":
        living = ContactPerson.objects.filter(
            pk=by.id or 0, erased_at__isnull=True, access_ended_at__isnull=True
        )
        # Whoever may only fill in does not answer on the party's behalf (F-13).
        person = living.exclude(right=LinkRight.EDIT).first()
        parties = (
            {agreement.hromada_id}
            if side == Side.UKRAINIAN
            else set(agreement.parties.values_list("municipality_id", flat=True))
        )
        party = (
            None
            if person is None
            else person.hromada_id
            if side == Side.UKRAINIAN
            else person.municipality_id
        )
        if party not in parties:
            raise NotAllowed(May.KEEP_AGREEMENTS)
        return
    require(by, *powers_over(side))
