"""Room 2: each Ukrainian candidate has a dated, sourced category that both organisations stand behind, and a review state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.events import emit
from kommunesamarbeid.core.lifecycle import NotAStep, transition
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.roles import Actor, May, require
from municipalities.answers import without_identity_numbers
from municipalities.choices import (
    Authority,
    Category,
    ConsentScope,
    DamageBand,
    Language,
    NeedVisibility,
    OfficialStatus,
    Priority,
)
from municipalities.history import keep
from municipalities.models import (
    Candidate,
    CategoryAssessment,
    Consent,
    Hromada,
    HromadaStatus,
    KnownPartnership,
    ListReview,
    Need,
    OfficialListEdition,
)
from municipalities.models.candidate import in_force as confirmed_and_valid
from municipalities.states import CandidateState

DESCRIBABLE = (
    "authority", "capacity", "priority", "languages", "interpreter", "agriculture", "industry_energy", "university", "coastal", "mountain",
)  # fmt: skip
DECIDED = frozenset({Category.WAR_ZONE, Category.OUTSIDE})
CLOSED_STATES = frozenset({CandidateState.ON_HOLD, CandidateState.NOT_NOW})


class Refused(Exception):
    """A rule said no: `message` says why in words, `field` names the answer it concerns (blank: all of them)."""

    message: ClassVar[str | Promise] = ""
    field: ClassVar[str] = ""
    current: Any = None  # the row as it is now, when the writer saw an older one

    def __str__(self) -> str:
        return str(self.message)


class AlreadyCandidate(Refused):
    """The hromada has its place in the pool; `candidate` is it."""

    message = _("This hromada is a candidate already.")
    field = "hromada"

    def __init__(self, candidate: Candidate) -> None:
        super().__init__(candidate.pk)
        self.candidate = candidate


class ReasonMissing(Refused):
    """An act that needs its reason came without one."""

    message = _("Write the reason.")
    field = "reason"


class SourceMissing(Refused):
    """A category rests on a source."""

    message = _("Write the source.")
    field = "source"


class DamageSourceMissing(Refused):
    """A damage band rests on a named source."""

    message = _("Write where the damage band comes from.")
    field = "damage_source"


class DatesOutOfOrder(Refused):
    """The period ends before it starts."""

    message = _("The last day must not be before the first.")
    field = "valid_to"


class NotYet(Refused):
    """A consent cannot be dated ahead."""

    message = _("The date is in the future.")
    field = "given_on"


class GiverMissing(Refused):
    """A consent is somebody's."""

    message = _("Write which office gave the consent.")
    field = "given_by"


class CapacityTooSmall(Refused):
    """A candidate wishes at least one partner."""

    message = _("Write a number from 1 to 20.")
    field = "capacity"


class UnknownLanguage(Refused):
    """The language is not on the list."""

    message = _("Choose languages from the list.")
    field = "languages"


class UnknownPriority(Refused):
    """The priority is not on the list."""

    message = _("Choose a priority from the list.")
    field = "priority"


class StaleCandidate(Refused):
    """Somebody else described the candidate in between; `current` is as it is now."""

    message = _("Somebody else has changed this in the meantime. Check both versions and save again.")

    def __init__(self, current: Candidate) -> None:
        super().__init__(current.pk)
        self.current = current


class SameOrganisation(Refused):
    """A category counts when the other organisation has confirmed it."""

    message = _("The other organisation must confirm this category.")


class AlreadyConfirmed(Refused):
    """Somebody else confirmed it first."""

    message = _("This category is confirmed already.")


class OtherOrganisation(Refused):
    """Only the organisation that proposed takes its proposal back."""

    message = _("Only the organisation that proposed this category can take it back.")


class AlreadyRetracted(Refused):
    """The proposal was taken back."""

    message = _("This proposal has been taken back.")


class Superseded(Refused):
    """A later proposal covers the same time."""

    message = _("A later proposal covers the same period. Confirm that one, or propose anew.")


class CategoryUnconfirmed(Refused):
    """Ready for matching needs a category that both organisations stand behind today."""

    message = _("The category is not confirmed by both organisations.")
    field = "to"


class ConsentMissing(Refused):
    """Ready for matching needs the candidate's consent to be listed."""

    message = _("The candidate has not agreed to be listed to Norwegian municipalities.")
    field = "to"


class OccupiedWithoutAuthority(Refused):
    """An occupied hromada without a working authority is kept, and never proposed."""

    message = _("The hromada is temporarily occupied and has no known working authority.")
    field = "to"


class NorwegianPartnerKnown(Refused):
    """A public source or KS names a Norwegian partner; whoever goes on must say so. `partners` are the names."""

    message = _("The hromada has a Norwegian partner already: {partners}. Tick that you have seen it, or stop here.")
    field = "despite_partner"

    def __init__(self, partners: list[str]) -> None:
        super().__init__(len(partners))
        self.partners = partners

    def __str__(self) -> str:
        return str(self.message).format(partners=", ".join(self.partners))


def plain(text: str) -> str:
    """Return a free text as it may be kept: trimmed, and without national identity numbers (contracts 1)."""
    kept, _found = without_identity_numbers(text.strip())
    return kept


@transaction.atomic
def add_candidate(
    *, hromada: Hromada, by: Actor, at: datetime, capacity: int = 1, is_fictional: bool = False, **facts: Any
) -> Candidate:
    """Add a hromada to the pool, with whatever of `DESCRIBABLE` is known.

    Raises NotAllowed, AlreadyCandidate, CapacityTooSmall, UnknownPriority, UnknownLanguage.
    """
    require(by, May.REVIEW_CANDIDATES)
    locked = Hromada.objects.select_for_update(of=("self",)).get(pk=hromada.pk)
    known = Candidate.objects.filter(hromada=locked).first()
    if known is not None:
        raise AlreadyCandidate(known)
    values = _checked({"capacity": capacity, **facts})
    candidate = Candidate(hromada=locked, is_fictional=is_fictional, added_at=at, updated_at=at, **values)
    keep(candidate, by=by, at=at)
    record("candidate.added", candidate, by=by, at=at, data={"katottg": locked.katottg})
    emit("candidate_changed", by=by, at=at, candidate=candidate)
    return candidate


@transaction.atomic
def describe_candidate(
    *, candidate: Candidate, changes: Mapping[str, Any], by: Actor, at: datetime, seen_at: datetime | None = None
) -> Candidate:
    """Write what is known of the candidate; `changes` holds fields of `DESCRIBABLE`.

    `seen_at` is the `updated_at` the writer saw. Raises NotAllowed, StaleCandidate, CapacityTooSmall, UnknownPriority, UnknownLanguage.
    """
    require(by, May.REVIEW_CANDIDATES)
    current = Candidate.objects.select_for_update(of=("self",)).select_related("hromada__oblast").get(pk=candidate.pk)
    if seen_at is not None and current.updated_at != seen_at:
        raise StaleCandidate(current)
    for field, value in _checked(changes).items():
        setattr(current, field, value)
    current.updated_at = at
    keep(current, by=by, at=at)
    record("candidate.described", current, by=by, at=at, data={"fields": sorted(changes)})
    emit("candidate_changed", by=by, at=at, candidate=current)
    return current


def _checked(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts when they are sound; a name outside `DESCRIBABLE` is a programming error (KeyError)."""
    if unknown := sorted(facts.keys() - set(DESCRIBABLE)):
        raise KeyError(unknown[0])
    if not 1 <= int(facts.get("capacity", 1)) <= 20:
        raise CapacityTooSmall
    if facts.get("priority") is not None and facts["priority"] not in Priority.values:
        raise UnknownPriority
    if set(facts.get("languages") or ()) - set(Language.values):
        raise UnknownLanguage
    return dict(facts)


@transaction.atomic
def move_candidate(
    *, candidate: Candidate, to: str, by: Actor, at: datetime, reason: str = "", despite_partner: bool = False
) -> Candidate:
    """Move the candidate's review state (contracts 2).

    Raises NotAllowed, NotAStep, StaleState, ReasonMissing (on hold, not now), and for ready CategoryUnconfirmed,
    ConsentMissing, OccupiedWithoutAuthority, or NorwegianPartnerKnown unless `despite_partner` says it was seen.
    """
    require(by, May.REVIEW_CANDIDATES)
    if to not in candidate.TRANSITIONS[candidate.state]:
        raise NotAStep(candidate, candidate.state, to)
    reason = plain(reason)
    if to in CLOSED_STATES and not reason:
        raise ReasonMissing
    changes: dict[str, Any] = {"state_reason": reason, "updated_at": at}
    if to == CandidateState.READY:
        refusal = unreadiness([candidate], timezone.localdate(at), despite_partner=despite_partner).get(candidate.pk)
        if refusal is not None:
            raise refusal
        changes["ready_at"] = candidate.ready_at or at
    elif to == CandidateState.NOT_NOW:
        changes["ready_at"] = None  # whoever comes back later has not been waiting in between
    transition(candidate, to, by=by, at=at, reason=reason, changes=changes)
    emit("candidate_changed", by=by, at=at, candidate=candidate)
    return candidate


def unreadiness(candidates: Collection[Candidate], on: date, *, despite_partner: bool = False) -> dict[int, Refused]:
    """Return why candidates cannot be ready on the date, by id; who is not in it can. Four queries at any number."""
    ids = [candidate.pk for candidate in candidates]
    assessments, consents, occupied = assessments_on(on, among=ids), consents_on(on, among=ids), occupied_on(on)
    partners = {} if despite_partner else norwegian_partners([candidate.hromada_id for candidate in candidates])
    found: dict[int, Refused] = {}
    for candidate in candidates:
        held = assessments.get(candidate.pk)
        if held is None or held.category not in DECIDED:
            found[candidate.pk] = CategoryUnconfirmed()
        elif consents.get(candidate.pk, ConsentScope.NONE) == ConsentScope.NONE:
            found[candidate.pk] = ConsentMissing()
        elif candidate.authority == Authority.UNKNOWN and candidate.hromada_id in occupied:
            found[candidate.pk] = OccupiedWithoutAuthority()
        elif candidate.hromada_id in partners:
            found[candidate.pk] = NorwegianPartnerKnown(partners[candidate.hromada_id])
    return found


def norwegian_partners(hromada_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the names of known Norwegian partners that are not ended, by hromada id. One query."""
    known = KnownPartnership.objects.filter(partner_country="NO", hromada__in=hromada_ids).exclude(active=False)
    found: dict[int, list[str]] = defaultdict(list)
    for hromada, name in known.order_by("partner_name").values_list("hromada_id", "partner_name"):
        found[hromada or 0].append(name)
    return dict(found)


def occupied_on(on: date) -> set[int]:
    """Return the hromadas that the edition which held on the date has as occupied as a whole. One query."""
    edition = OfficialListEdition.objects.filter(edition_on__lte=on).order_by("-edition_on").values("pk")[:1]
    listed = HromadaStatus.objects.filter(edition__in=edition, whole=OfficialStatus.OCCUPIED)
    return set(listed.values_list("hromada_id", flat=True))


@transaction.atomic
def propose_category(
    *,
    candidate: Candidate,
    category: str,
    valid_from: date,
    source: str,
    reason: str,
    by: Actor,
    at: datetime,
    edition: OfficialListEdition | None = None,
    official_status: str = "",
    damage: str = DamageBand.UNKNOWN,
    damage_source: str = "",
    rule_version: str = "",
    review_due: date | None = None,
    valid_to: date | None = None,
) -> CategoryAssessment:
    """Add a proposed assessment to the ledger; it counts when the other organisation has confirmed it.

    When a confirmed assessment covers some of the same time, the new one names it as what it supersedes; that one stays
    as it is and goes on counting for the days the new one leaves out. Raises NotAllowed, SourceMissing, ReasonMissing, DatesOutOfOrder, DamageSourceMissing.
    """
    require(by, May.PROPOSE_CATEGORY)
    source, reason, damage_source = plain(source), plain(reason), plain(damage_source)
    if not source:
        raise SourceMissing
    if not reason:
        raise ReasonMissing
    if valid_to is not None and valid_to < valid_from:
        raise DatesOutOfOrder
    if damage != DamageBand.UNKNOWN and not damage_source:
        raise DamageSourceMissing
    assessment = CategoryAssessment.objects.create(
        candidate=candidate, category=Category(category), valid_from=valid_from, valid_to=valid_to, source=source, reason=reason,
        edition=edition, official_status=official_status, damage=DamageBand(damage), damage_source=damage_source,
        rule_version=rule_version or (edition.rule_version if edition else ""), review_due=review_due,
        supersedes=_corrected(candidate, valid_from, valid_to),
        proposed_at=at, proposed_by=User(pk=by.id), proposed_for=by.organisation,
    )  # fmt: skip
    record("category.proposed", assessment, by=by, at=at, reason=reason, data=_facts(assessment))
    emit("candidate_changed", by=by, at=at, candidate=candidate)
    return assessment


@transaction.atomic
def confirm_category(*, assessment: CategoryAssessment, by: Actor, at: datetime) -> CategoryAssessment:
    """Stand behind what the other organisation proposed; from now it is the candidate's category for its period.

    Needs that were public become the partner's only when the category no longer allows it. Raises NotAllowed,
    SameOrganisation, AlreadyConfirmed, AlreadyRetracted, Superseded.
    """
    require(by, May.PROPOSE_CATEGORY)
    candidate = (
        Candidate.objects.select_for_update(of=("self",)).select_related("hromada__oblast").get(pk=assessment.candidate_id)
    )
    if by.organisation == assessment.proposed_for:
        raise SameOrganisation
    if _later_proposals(assessment).exists():
        raise Superseded
    if CategoryAssessment.objects.filter(pk=assessment.pk, retracted_at__isnull=False).exists():
        raise AlreadyRetracted
    values = {"confirmed_at": at, "confirmed_by_id": by.id, "confirmed_for": by.organisation}
    # Compare-and-swap: of two who confirm at once, one row changes (and the trigger closes it for good).
    if CategoryAssessment.objects.pending().filter(pk=assessment.pk).update(**values) != 1:
        raise AlreadyConfirmed
    for field, value in values.items():
        setattr(assessment, field, value)
    _close_public_needs(candidate, by=by, at=at)
    record("category.confirmed", assessment, by=by, at=at, data=_facts(assessment))
    emit("candidate_changed", by=by, at=at, candidate=candidate)
    return assessment


@transaction.atomic
def retract_category(*, assessment: CategoryAssessment, by: Actor, at: datetime, reason: str) -> CategoryAssessment:
    """Take back what one's own organisation proposed and the other has not confirmed; the row stays, closed for good.

    Raises NotAllowed, OtherOrganisation, ReasonMissing, AlreadyConfirmed, AlreadyRetracted.
    """
    require(by, May.PROPOSE_CATEGORY)
    if by.organisation != assessment.proposed_for:
        raise OtherOrganisation
    reason = plain(reason)
    if not reason:
        raise ReasonMissing
    values = {"retracted_at": at, "retracted_by_id": by.id, "retract_reason": reason}
    if CategoryAssessment.objects.pending().filter(pk=assessment.pk).update(**values) != 1:
        gone = CategoryAssessment.objects.filter(pk=assessment.pk, retracted_at__isnull=False).exists()
        raise AlreadyRetracted if gone else AlreadyConfirmed
    for field, value in values.items():
        setattr(assessment, field, value)
    record("category.retracted", assessment, by=by, at=at, reason=reason, data=_facts(assessment))
    _reopen_reviews(assessment, at)
    emit("candidate_changed", by=by, at=at, candidate=assessment.candidate)
    return assessment


def _reopen_reviews(assessment: CategoryAssessment, at: datetime) -> None:
    """Ask anew what the proposal had answered, unless the same question is open already."""
    for task in ListReview.objects.filter(assessment=assessment).order_by("id"):
        if not ListReview.objects.open().filter(candidate=task.candidate_id, edition=task.edition_id).exists():
            ListReview.objects.create(
                candidate_id=task.candidate_id, edition_id=task.edition_id, before_edition_id=task.before_edition_id,
                kind=task.kind, before_status=task.before_status, after_status=task.after_status, before=task.before,
                after=task.after, opened_at=at,
            )  # fmt: skip


def _corrected(candidate: Candidate, valid_from: date, valid_to: date | None) -> CategoryAssessment | None:
    """Return the confirmed assessment that counts last of those that cover some of the period."""
    overlapping = _overlapping(candidate.pk, valid_from, valid_to).filter(confirmed_at__isnull=False)
    return overlapping.order_by("confirmed_at", "id").last()


def _later_proposals(assessment: CategoryAssessment) -> QuerySet[CategoryAssessment]:
    """Return later rows of the ledger whose period overlaps; a correction supersedes what it corrects."""
    found = _overlapping(assessment.candidate_id, assessment.valid_from, assessment.valid_to)
    return found.filter(pk__gt=assessment.pk, retracted_at__isnull=True)


def _overlapping(candidate_id: int, valid_from: date, valid_to: date | None) -> QuerySet[CategoryAssessment]:
    found = CategoryAssessment.objects.filter(candidate=candidate_id).filter(Q(valid_to=None) | Q(valid_to__gte=valid_from))
    return found if valid_to is None else found.filter(valid_from__lte=valid_to)


def _close_public_needs(candidate: Candidate, *, by: Actor, at: datetime) -> None:
    assessment = assessment_on(candidate, timezone.localdate(at))
    if assessment is not None and assessment.category == Category.OUTSIDE:
        return
    for need in Need.objects.select_for_update().filter(candidate=candidate, visibility=NeedVisibility.PUBLIC):
        need.visibility = NeedVisibility.PARTNERS
        need.updated_at = at
        need.edition += 1
        keep(need, by=by, at=at)
        record("need.closed_to_public", need, by=by, at=at)
        emit("need_changed", by=by, at=at, need=need)


def _facts(assessment: CategoryAssessment) -> dict[str, Any]:
    until = assessment.valid_to.isoformat() if assessment.valid_to else None
    return {
        "candidate": assessment.candidate_id, "category": assessment.category, "from": assessment.valid_from.isoformat(),
        "to": until,
    }  # fmt: skip


@transaction.atomic
def record_consent(
    *,
    candidate: Candidate,
    scope: str,
    given_on: date,
    given_by: str,
    by: Actor,
    at: datetime,
    valid_to: date | None = None,
) -> Consent:
    """Record what the candidate has agreed to; `given_by` is an office, never a person's name.

    Raises NotAllowed, GiverMissing, NotYet, DatesOutOfOrder.
    """
    require(by, May.REVIEW_CANDIDATES)
    given_by = plain(given_by)
    if not given_by:
        raise GiverMissing
    if given_on > timezone.localdate(at):
        raise NotYet
    if valid_to is not None and valid_to < given_on:
        raise DatesOutOfOrder
    consent = Consent.objects.create(
        candidate=candidate, scope=ConsentScope(scope), given_on=given_on, given_by=given_by, valid_to=valid_to,
        recorded_at=at, recorded_by_id=by.id,
    )  # fmt: skip
    record("consent.recorded", consent, by=by, at=at, data={"candidate": candidate.pk, "scope": consent.scope})
    emit("candidate_changed", by=by, at=at, candidate=candidate)
    return consent


def in_force(on: date) -> Q:
    """Return the condition on assessments: confirmed by both organisations and valid on the date."""
    return confirmed_and_valid(on)


def assessment_on(candidate: Candidate, on: date) -> CategoryAssessment | None:
    """Return the assessment that holds on the date: of those in force, the one confirmed last; None: undetermined."""
    return candidate.assessment_on(on)


def assessments_on(on: date, *, among: Collection[int] | None = None) -> dict[int, CategoryAssessment]:
    """Return `assessment_on` for every candidate (or those `among` these ids) that has one, by candidate id. One query."""
    held = CategoryAssessment.objects.in_force(on).order_by("confirmed_at", "id")
    held = held if among is None else held.filter(candidate__in=among)
    return {assessment.candidate_id: assessment for assessment in held}


def categories_on(on: date) -> dict[int, tuple[int, Category]]:
    """Return each candidate's category on the date and the id of the assessment that gives it, by candidate id. One query."""
    held = CategoryAssessment.objects.in_force(on).order_by("confirmed_at", "id").values_list("candidate_id", "id", "category")
    return {candidate_id: (assessment_id, Category(category)) for candidate_id, assessment_id, category in held}


def category_on(candidate: Candidate, on: date) -> Category:
    """Return the candidate's category on the date; undetermined unless both organisations stand behind another."""
    return candidate.category_on(on)


def consents_on(on: date, *, among: Collection[int] | None = None) -> dict[int, ConsentScope]:
    """Return each candidate's consent on the date (or of those `among` these ids), by candidate id. One query.

    The last word counts, also when it has run out: an older and wider consent does not come back to life.
    """
    said = Consent.objects.filter(given_on__lte=on).order_by("given_on", "id")
    said = said if among is None else said.filter(candidate__in=among)
    last = {row[0]: row for row in said.values_list("candidate_id", "scope", "valid_to")}
    return {
        candidate_id: ConsentScope(scope) for candidate_id, scope, valid_to in last.values() if valid_to is None or valid_to >= on
    }
