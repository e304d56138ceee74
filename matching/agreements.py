"""An approved pair becomes a tracked partnership: capacity held under lock, introduced after the undo window, ended with a reason."""

from __future__ import annotations

import re
import secrets
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import IntegerField, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.lifecycle import NotAStep, StaleState, transition
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.outbox import Recipient, cancel_mails, queue_mails
from kommunesamarbeid.core.roles import SYSTEM, Actor, May, require
from matching.choices import AgreementKind, DecisionKind, MilestoneKind, Origin, Precision, Side, Verdict
from matching.milestones import (
    AgreementOver,
    ConsentInForce,
    InFuture,
    give_consent,
    record_milestone,
    withdraw_consent,
)
from matching.models import Agreement, AgreementParty, Decision, Milestone, Proposal
from matching.pairing import lock_sides, queue_next_best
from matching.states import AgreementState, EndReason, ProposalState
from municipalities.access import issue_links, recipient_of
from municipalities.candidates import Refused
from municipalities.choices import LinkRight, LinkStatus
from municipalities.history import keep
from municipalities.hromada_links import current_contacts
from municipalities.models import (
    Candidate,
    ContactPerson,
    Hromada,
    JointMember,
    KnownPartnership,
    Municipality,
    Response,
    ResponseVersion,
)
from municipalities.references import ALPHABET
from municipalities.states import ResponseState

__all__ = [
    "AgreementOver", "AlreadyPartners", "ConsentInForce", "InFuture", "NoCapacity",
    "NotYet", "ReasonMissing", "SignatureMissing", "UndoClosed", "capacity_left", "close_agreement", "end_agreement", "enter_existing",
    "give_consent", "introduce_due", "mail_plan", "move_agreement", "open_agreement", "record_milestone", "record_reported", "send_introductions",
    "undo_agreement", "withdraw_consent",
]  # fmt: skip

ENTERED_STATES = (
    AgreementState.MUTUAL, AgreementState.IN_PROCESS, AgreementState.SIGNED, AgreementState.ACTIVE, AgreementState.SUSPENDED,
)  # fmt: skip
# A completed partnership leaves the answer as it is: it is old, and the municipality answers anew when it wants another.
KEEPS_RESPONSE = frozenset({EndReason.COMPLETED})
# After these both sides are free again, and their next best partners are put in line for KS to decide.
INTRODUCTION_LINK_VALID = timedelta(days=14)
NOT_COME_ABOUT = frozenset({EndReason.UNDONE, EndReason.DECLINED_NO, EndReason.DECLINED_UA, EndReason.NO_ANSWER})


class NoCapacity(Refused):
    """One side has no place left; `side` says which."""

    def __init__(self, side: Side) -> None:
        super().__init__(side.value)
        self.side = side

    def __str__(self) -> str:
        if self.side == Side.NORWEGIAN:
            return _("The Norwegian municipality has no place left: it has as many partnerships as it wished for.")
        return _("The Ukrainian municipality has no place left: it has as many partnerships as it wished for.")


class AlreadyPartners(Refused):
    """The pair has an agreement that has not ended."""

    message = gettext_lazy("These two are partners already.")


class UndoClosed(Refused):
    """The undo window has closed, or the agreement has moved on."""

    message = gettext_lazy("The time for undoing is over. Withdraw the proposal with a reason instead.")


class NotYet(Refused):
    """An agreement is introduced when its undo window has closed, not before."""

    message = gettext_lazy("The pair is introduced when the time for undoing is over.")


class ReasonMissing(Refused):
    """The step needs a reason in words."""

    field = "reason"
    message = gettext_lazy("Give a reason in words.")


class SignatureMissing(Refused):
    """A signed agreement has a dated signature."""

    message = gettext_lazy("Record the date of the signature first.")


class ClearanceMissing(Refused):
    """Ukrainian law asks for clearance of the draft before it is signed; without it a reason is needed."""

    message = gettext_lazy("The Ukrainian ministry's clearance is not recorded. Record it, or say why it is not needed.")


# --- opening ------------------------------------------------------------------------------------------


@transaction.atomic(savepoint=False)
def open_agreement(*, proposal: Proposal, by: Actor, at: datetime, undo_minutes: int) -> Agreement:
    """Open the agreement of an approved proposal; both sides hear of it when the undo window closes.

    Called by the last required approval, in its transaction. Raises NoCapacity or AlreadyPartners.
    """
    municipality, hromada = proposal.response.municipality, proposal.candidate.hromada
    members = _lock_members(proposal.response)
    wished = _lock_and_read(municipality.pk, hromada.pk, proposal.response_id)
    places = _places_taken(municipality.pk, hromada.pk)
    if places.is_pair:
        raise AlreadyPartners
    left = min([wished - places.norwegian, *_members_left(members, hromada, wished)])
    if left < 1:
        raise NoCapacity(Side.NORWEGIAN)
    if proposal.candidate.capacity - places.ukrainian < 1:
        raise NoCapacity(Side.UKRAINIAN)
    agreement = _create(
        [municipality, *members], hromada, by=by, at=at, origin=Origin.MATCHED, proposal=proposal,
        undo_until=at + timedelta(minutes=undo_minutes), is_fictional=proposal.candidate.is_fictional,
    )  # fmt: skip
    if left == 1 and proposal.response.state == ResponseState.READY:
        transition(proposal.response, ResponseState.MATCHED, by=by, at=at)  # no place left; else it stays in the next run
    record("agreement.open", agreement, by=by, at=at, data={"proposal": proposal.pk, "reference": agreement.reference})
    send_introductions(agreement, mail_plan(proposal), at=at, send_after=agreement.undo_until or at)
    return agreement


def send_introductions(agreement: Agreement, letters: list[tuple[str, Recipient]], *, at: datetime, send_after: datetime) -> None:
    """Queue letters of an introduction: a contact gets a link of its own to answer by, staff the way to the desk."""
    expires = send_after + INTRODUCTION_LINK_VALID
    contacts = [to.id for _template, to in letters if to.kind == "contact"]
    tokens = issue_links([each for each in contacts if each is not None], at=at, expires_at=expires)
    for template, to in letters:
        if to.kind == "contact" and to.id is not None:
            context = {"agreement": agreement.pk, "token": tokens[to.id]}
            queue_mails([(template, to)], case_reference=agreement.reference, at=at, send_after=send_after, context=context)
    to_staff = [(template, to) for template, to in letters if to.kind != "contact"]
    if to_staff:
        context = {"agreement": agreement.pk}
        queue_mails(to_staff, case_reference=agreement.reference, at=at, send_after=send_after, context=context)


def mail_plan(proposal: Proposal) -> list[tuple[str, Recipient]]:
    """Return who gets which mail when the pair is introduced: both sides' contacts, and AUC's editors."""
    # Each letter carries a link: whoever has no access any more, or is not accepted yet, gets none.
    plan = [("introduction", recipient_of(person)) for person in _readers(proposal.response)]
    joined = (
        JointMember.objects.in_force()
        .others()
        .filter(response=proposal.response_id, confirmed_by__erased_at__isnull=True, confirmed_by__access_ended_at__isnull=True)
    )
    others = [member.confirmed_by for member in joined.select_related("confirmed_by__municipality")]
    plan += [("introduction", recipient_of(person)) for person in others if person is not None and person.email]
    people = current_contacts(proposal.candidate.hromada_id).exclude(email="")
    plan += [("introduction_hromada", recipient_of(person)) for person in people.select_related("municipality").order_by("pk")]
    editors = User.objects.filter(groups__name="auc_editor", is_active=True).order_by("pk")
    return plan + [("introduction_auc", Recipient("user", user.pk, user.email, user.language)) for user in editors]


def _readers(response: Response) -> list[ContactPerson]:
    """Return who reads for the municipality: its contact person, else whoever came in by a link and may answer for it."""
    contact = response.contact
    if contact is not None and contact.email and contact.erased_at is None and contact.access_ended_at is None:
        return [contact]
    holders = ContactPerson.objects.filter(
        municipality=response.municipality_id, erased_at__isnull=True, access_ended_at__isnull=True, right=LinkRight.SUBMIT,
        links__status=LinkStatus.ACCEPTED, links__used_at__isnull=False, links__revoked_at__isnull=True,
    )  # fmt: skip
    return list(holders.exclude(email="").select_related("municipality").distinct().order_by("pk"))


def capacity_left(*, municipality: Municipality | None = None, hromada: Hromada | None = None) -> int:
    """Return one side's places left: as stated (1 when not stated) minus its agreements that have not ended.

    A municipality states it in its last submitted answer, AUC states it for the candidate. Never negative.
    """
    if municipality is not None:
        used = AgreementParty.objects.filter(municipality=municipality, is_open=True).count()
        last = municipality.responses.open().exclude(submitted_at__isnull=True).order_by("-id").first()
        stated = _stated(last.pk).first() if last is not None else None
        return max((stated or 1) - used, 0)
    assert hromada is not None, "capacity_left asks for one side"
    capacity = Candidate.objects.filter(hromada=hromada).values_list("capacity", flat=True).first()
    used = Agreement.objects.filter(hromada=hromada).exclude(state=AgreementState.ENDED).count()
    return max((1 if capacity is None else capacity) - used, 0)


def partners_since(moment: datetime) -> set[int]:
    """Return the ids of municipalities with an agreement that has not ended, or ended after `moment`."""
    return set(_parties_since(moment).values_list("municipality_id", flat=True))


def hromadas_since(moment: datetime) -> set[int]:
    """Return the ids of hromadas with an agreement that has not ended, or ended after `moment`."""
    return set(_parties_since(moment).values_list("hromada_id", flat=True))


def _parties_since(moment: datetime) -> QuerySet[AgreementParty]:
    return AgreementParty.objects.filter(Q(agreement__ended_at__isnull=True) | Q(agreement__ended_at__gt=moment))


# --- undoing, introducing ---------------------------------------------------------------------------------


@transaction.atomic
def undo_agreement(*, agreement: Agreement, by: Actor, at: datetime) -> None:
    """Undo an approval within its window: no mail goes out, both places are free, the answer is ready again.

    The proposal ends as withdrawn. Raises NotAllowed, UndoClosed or StaleState.
    """
    require(by, May.KEEP_AGREEMENTS)
    assert by.id is not None, "a decision is a person's"
    if agreement.state != AgreementState.OPENED or agreement.undo_until is None or at >= agreement.undo_until:
        raise UndoClosed
    close_agreement(agreement, EndReason.UNDONE, "", by=by, at=at)
    proposal = agreement.proposal
    if proposal is not None and proposal.state == ProposalState.APPROVED:
        transition(proposal, ProposalState.WITHDRAWN, by=by, at=at, reason=EndReason.UNDONE)
        Decision.objects.create(
            proposal=proposal, kind=DecisionKind.KS_FIRST, verdict=Verdict.WITHDRAW, decided_at=at, decided_by_id=by.id
        )


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

    Suspending needs a reason. Signed needs a dated signature, and the Ukrainian clearance or a reason why not.
    Raises NotAllowed, NotAStep, StaleState, NotYet, ReasonMissing, SignatureMissing or ClearanceMissing.
    """
    require(by, May.KEEP_AGREEMENTS)
    if to == AgreementState.ENDED or to not in agreement.TRANSITIONS.get(agreement.state, frozenset()):
        raise NotAStep(agreement, agreement.state, to)
    changes: dict[str, Any] = {"updated_at": at}
    if to == AgreementState.INTRODUCED:
        if agreement.undo_until is not None and at < agreement.undo_until:
            raise NotYet
        changes["introduced_at"] = at
    if to == AgreementState.SUSPENDED and not reason.strip():
        raise ReasonMissing
    if to == AgreementState.SIGNED:
        _refuse_unsigned(agreement, reason)
    transition(agreement, to, by=by, at=at, reason=reason.strip(), changes=changes)


@transaction.atomic
def end_agreement(*, agreement: Agreement, reason: str, text: str, by: Actor, at: datetime) -> None:
    """End an agreement with a reason code and words; both places are free, mails not sent yet are taken back.

    Raises NotAllowed, NotAStep, StaleState or ReasonMissing; `undone` belongs to `undo_agreement`.
    """
    require(by, May.KEEP_AGREEMENTS)
    if reason not in EndReason.values or reason == EndReason.UNDONE or not text.strip():
        raise ReasonMissing
    close_agreement(agreement, reason, text.strip(), by=by, at=at)


def close_agreement(agreement: Agreement, reason: str, text: str, *, by: Actor, at: datetime) -> None:
    """End an agreement for a caller that has checked who may: places free, unsent mails taken back, the next best in line."""
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


# --- what existed before ----------------------------------------------------------------------------------------


@transaction.atomic
def enter_existing(
    *,
    municipality: Municipality,
    hromada: Hromada,
    state: str,
    source: str,
    by: Actor,
    at: datetime,
    kind: str = AgreementKind.COOPERATION,
    is_fictional: bool = False,
) -> Agreement:
    """Enter a co-operation that exists already. It uses a place on both sides, but is a fact and never refused for lack of one.

    A reported agreement of the same pair ends, and its milestones are carried over.
    Raises NotAllowed, ReasonMissing (no source, or not a state of a living co-operation) or AlreadyPartners.
    """
    require(by, May.KEEP_AGREEMENTS)
    if state not in ENTERED_STATES or not source.strip():
        raise ReasonMissing
    lock_sides(municipality.pk, hromada.pk)
    reported = _reported_pair(municipality, hromada)
    if reported is not None:
        close_agreement(reported, EndReason.OTHER, "confirmed by KS as an existing co-operation", by=by, at=at)
    _refuse_open_pair(municipality, hromada)
    agreement = _create(
        [municipality], hromada, by=by, at=at, origin=Origin.EXISTING, state=state, kind=kind, source=source.strip(),
        is_fictional=is_fictional,
    )  # fmt: skip
    for milestone in reported.milestones.all() if reported is not None else ():
        milestone.pk, milestone.agreement = None, agreement
        keep(milestone, by=by, at=at)
    record("agreement.enter_existing", agreement, by=by, at=at, data={"reference": agreement.reference, "state": state})
    return agreement


@transaction.atomic
def record_reported(*, report: object = None, by: Actor, at: datetime) -> int:
    """Make an agreement of origin `reported` of each Norwegian partnership known from a public page; return how many are new.

    The handler of `registers_loaded`: a pair that has, or had, an agreement is left alone, so loading again changes
    nothing. No source shows that a partnership is alive, so none starts as active unless the source says so.
    """
    known = KnownPartnership.objects.filter(partner_country="NO", municipality__isnull=False, hromada__isnull=False)
    pairs = set(AgreementParty.objects.values_list("municipality_id", "hromada_id"))
    made = 0
    for row in known.exclude(active=False).select_related("municipality", "hromada").order_by("key"):
        municipality, hromada = row.municipality, row.hromada
        # What somebody told KS or AUC in a letter is not public: it would be named to everybody.
        if municipality is None or hromada is None or not row.is_page or (municipality.pk, hromada.pk) in pairs:
            continue
        pairs.add((municipality.pk, hromada.pk))
        _report(row, municipality, hromada, by=by, at=at)
        made += 1
    return made


def _report(row: KnownPartnership, municipality: Municipality, hromada: Hromada, *, by: Actor, at: datetime) -> None:
    signed = row.kind == "signed"
    state = AgreementState.IN_PROCESS if not signed else AgreementState.ACTIVE if row.active else AgreementState.SIGNED
    kind = {"intent": AgreementKind.INTENT, "planned": AgreementKind.OTHER, "project": AgreementKind.OTHER}.get(
        row.kind, AgreementKind.COOPERATION
    )
    agreement = _create([municipality], hromada, by=by, at=at, origin=Origin.REPORTED, state=state, kind=kind, source=row.source)
    when = reported_date(row.reported_on, row.year)
    if signed and when is not None:
        signature = Milestone(
            agreement=agreement, kind=MilestoneKind.SIGNATURE, on=when[0], precision=when[1], source=row.source, recorded_at=at
        )
        keep(signature, by=by, at=at)
    record("agreement.report", agreement, by=by, at=at, data={"reference": agreement.reference, "known": row.pk})


def reported_date(text: str, year: int | None) -> tuple[date, Precision] | None:
    """Read `2025`, `2025-07` or `2025-07-11` with its precision; else the year alone; None when neither is known."""
    found = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text.strip())
    if found and (year is None or int(found[1]) == year):
        precision = Precision.DAY if found[3] else Precision.MONTH if found[2] else Precision.YEAR
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1)), precision
    return None if year is None else (date(year, 1, 1), Precision.YEAR)


# --- the pieces -----------------------------------------------------------------------------------------------------


def _lock_and_read(municipality: int, hromada: int, response: int) -> int:
    """Lock as `lock_sides`, and return how many partnerships the municipality wishes for by the response's last version."""
    stated = Subquery(_stated(response))
    wished = Municipality.objects.select_for_update().filter(pk=municipality).values_list(stated, flat=True).get()
    list(Hromada.objects.select_for_update().filter(pk=hromada).values_list("pk"))
    return wished or 1


def _lock_members(response: Response) -> list[Municipality]:
    """Lock the members of a joint application and the lead in one order, and return the members; one query without any."""
    members = JointMember.objects.in_force().others().filter(response=response)
    ids = sorted(members.values_list("municipality_id", flat=True))
    if not ids:
        return []
    locked = Municipality.objects.select_for_update().filter(pk__in=[*ids, response.municipality_id]).order_by("pk")
    return [municipality for municipality in locked if municipality.pk != response.municipality_id]


def _members_left(members: list[Municipality], hromada: Hromada, lead_wished: int) -> list[int]:
    """Return each member's places left; one that has stated none takes part with the lead's. Raises AlreadyPartners."""
    left = []
    for member in members:
        places = _places_taken(member.pk, hromada.pk)
        if places.is_pair:
            raise AlreadyPartners
        last = member.responses.open().exclude(submitted_at__isnull=True).order_by("-submitted_at", "-id").first()
        stated = _stated(last.pk).first() if last is not None else None
        left.append((stated or lead_wished) - places.norwegian)
    return left


def _create(municipalities: list[Municipality], hromada: Hromada, *, by: Actor, at: datetime, **values: Any) -> Agreement:
    """Write an agreement and its parties; the first municipality leads."""
    agreement = Agreement(reference=_new_reference(), hromada=hromada, opened_at=at, updated_at=at, **values)
    keep(agreement, by=by, at=at)
    AgreementParty.objects.bulk_create(
        AgreementParty(agreement=agreement, municipality=municipality, hromada=hromada, is_lead=place == 0)
        for place, municipality in enumerate(municipalities)
    )
    return agreement


def _new_reference() -> str:
    """Return a reference number such as PA-7K4M-2XQ9: speakable and not countable.

    Of 31 to the power of 8, so that two alike are not to be expected; the unique constraint holds if chance does not.
    """
    signs = "".join(secrets.choice(ALPHABET) for _place in range(8))
    return f"PA-{signs[:4]}-{signs[4:]}"


class _Taken(NamedTuple):
    """Places taken on both sides by agreements that have not ended, and whether the two are partners already."""

    norwegian: int
    ukrainian: int
    is_pair: bool


def _places_taken(municipality: int, hromada: int) -> _Taken:
    """Count both sides in one statement; an agreement with several Norwegian parties takes one place of the hromada."""
    rows = AgreementParty.objects.filter(Q(municipality=municipality) | Q(hromada=hromada), is_open=True)
    found = set(rows.values_list("agreement_id", "municipality_id", "hromada_id"))
    return _Taken(
        norwegian=sum(party == municipality for _agreement, party, _place in found),
        ukrainian=len({agreement for agreement, _party, place in found if place == hromada}),
        is_pair=any((party, place) == (municipality, hromada) for _agreement, party, place in found),
    )


def _stated(response: int) -> QuerySet[ResponseVersion, int | None]:
    """Return the query for how many partnerships a response's last submitted version wishes for; null when it does not say."""
    capacity = Cast(KT("answers__capacity"), IntegerField())
    versions = ResponseVersion.objects.filter(response=response).order_by("-number")
    return versions.annotate(capacity=capacity).values_list("capacity", flat=True)[:1]


def _open_pair(municipality: Municipality, hromada: Hromada) -> Agreement | None:
    party = AgreementParty.objects.select_related("agreement").filter(municipality=municipality, hromada=hromada, is_open=True)
    found = party.first()
    return found.agreement if found is not None else None


def _reported_pair(municipality: Municipality, hromada: Hromada) -> Agreement | None:
    found = _open_pair(municipality, hromada)
    return found if found is not None and found.origin == Origin.REPORTED else None


def _refuse_open_pair(municipality: Municipality, hromada: Hromada) -> None:
    if _open_pair(municipality, hromada) is not None:
        raise AlreadyPartners
