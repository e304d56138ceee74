"""Each Ukrainian candidate has its facts, its consents and a review state; what holds on a date is
read here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.history import save_with_history
from kommunesamarbeid.core.lifecycle import NotAStep, transition
from kommunesamarbeid.core.refusals import GiverMissing, InFuture, ReasonMissing, Refused
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import plain
from municipalities.choices import (
    Authority,
    Category,
    ConsentScope,
    Language,
    OfficialStatus,
    Priority,
)
from municipalities.models import (
    Candidate,
    CategoryAssessment,
    Consent,
    Hromada,
    HromadaStatus,
    KnownPartnership,
    OfficialListEdition,
)
from municipalities.states import CandidateState

DESCRIBABLE = (
    "authority", "capacity", "priority", "languages", "interpreter", "agriculture", "industry_energy",
    "university", "coastal", "mountain",
)  # fmt: skip
DECIDED = frozenset({Category.WAR_ZONE, Category.OUTSIDE})
CLOSED_STATES = frozenset({CandidateState.ON_HOLD, CandidateState.NOT_NOW})


class AlreadyCandidate(Refused):
    """The hromada has its place in the pool; `candidate` is it."""

    message = _("This hromada is a candidate already.")
    field = "hromada"

    def __init__(self, candidate: Candidate) -> None:
        super().__init__(candidate.pk)
        self.candidate = candidate


class DatesOutOfOrder(Refused):
    """The period ends before it starts."""

    message = _("The last day must not be before the first.")
    field = "valid_to"


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
    """A public source or KS names a Norwegian partner; whoever goes on must say so.

    `partners` are the names.
    """

    message = _(
        "The hromada has a Norwegian partner already: {partners}. Tick that you have seen it, or stop here."
    )
    field = "despite_partner"

    def __init__(self, partners: list[str]) -> None:
        super().__init__(len(partners))
        self.partners = partners

    def __str__(self) -> str:
        return str(self.message).format(partners=", ".join(self.partners))


@transaction.atomic
def add_candidate(
    *, hromada: Hromada, by: Actor, at: datetime, capacity: int = 1, is_fictional: bool = False, **facts: Any
) -> Candidate:
    """Add a hromada to the pool, with whatever of `DESCRIBABLE` is known.

    Raises NotAllowed, AlreadyCandidate, CapacityTooSmall, UnknownPriority, UnknownLanguage.
    """
    require(by, May.REVIEW_CANDIDATES)
    locked = Hromada.objects.select_for_update(of=("self",)).get(pk=hromada.pk)
    existing = Candidate.objects.filter(hromada=locked).first()
    if existing is not None:
        raise AlreadyCandidate(existing)
    values = _checked({"capacity": capacity, **facts})
    candidate = Candidate(hromada=locked, is_fictional=is_fictional, added_at=at, updated_at=at, **values)
    save_with_history(candidate, by=by, at=at)
    record("candidate.added", candidate, by=by, at=at, data={"katottg": locked.katottg})
    return candidate


@transaction.atomic
def describe_candidate(
    *,
    candidate: Candidate,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    seen_at: datetime | None = None,
) -> Candidate:
    """Write what is known of the candidate; `changes` holds fields of `DESCRIBABLE`.

    `seen_at` is the `updated_at` the writer saw. Raises NotAllowed, StaleCandidate, CapacityTooSmall,
    UnknownPriority, UnknownLanguage.
    """
    require(by, May.REVIEW_CANDIDATES)
    current = (
        Candidate.objects.select_for_update(of=("self",))
        .select_related("hromada__oblast")
        .get(pk=candidate.pk)
    )
    if seen_at is not None and current.updated_at != seen_at:
        raise StaleCandidate(current)
    for field, value in _checked(changes).items():
        setattr(current, field, value)
    current.updated_at = at
    save_with_history(current, by=by, at=at)
    record("candidate.described", current, by=by, at=at, data={"fields": sorted(changes)})
    return current


def _checked(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts when they are sound.

    A name outside `DESCRIBABLE` is a programming error (KeyError).
    """
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
    """Move the candidate's review state (S-02).

    Raises NotAllowed, NotAStep, StaleState, ReasonMissing (on hold, not now), and for ready
    CategoryUnconfirmed, ConsentMissing, OccupiedWithoutAuthority, or NorwegianPartnerKnown unless
    `despite_partner` says it was seen.
    """
    require(by, May.REVIEW_CANDIDATES)
    if to not in candidate.TRANSITIONS[candidate.state]:
        raise NotAStep(candidate, candidate.state, to)
    reason = plain(reason)
    if to in CLOSED_STATES and not reason:
        raise ReasonMissing
    changes: dict[str, Any] = {"state_reason": reason, "updated_at": at}
    if to == CandidateState.READY:
        refusal = missing_before_ready(
            [candidate], timezone.localdate(at), despite_partner=despite_partner
        ).get(candidate.pk)
        if refusal is not None:
            raise refusal
        changes["ready_at"] = candidate.ready_at or at
    elif to == CandidateState.NOT_NOW:
        changes["ready_at"] = None  # whoever comes back later has not been waiting in between
    transition(candidate, to, by=by, at=at, reason=reason, changes=changes)
    return candidate


def missing_before_ready(
    candidates: Collection[Candidate], on: date, *, despite_partner: bool = False
) -> dict[int, Refused]:
    """Return why candidates cannot be ready on the date, by id; who is not in it can. Four queries at any
    number.
    """
    ids = [candidate.pk for candidate in candidates]
    assessments, consents, occupied = (
        assessments_on(on, among=ids),
        consents_on(on, among=ids),
        occupied_on(on),
    )
    partners = (
        {} if despite_partner else norwegian_partners([candidate.hromada_id for candidate in candidates])
    )
    missing: dict[int, Refused] = {}
    for candidate in candidates:
        assessment = assessments.get(candidate.pk)
        if assessment is None or assessment.category not in DECIDED:
            missing[candidate.pk] = CategoryUnconfirmed()
        elif consents.get(candidate.pk, ConsentScope.NONE) == ConsentScope.NONE:
            missing[candidate.pk] = ConsentMissing()
        elif candidate.authority == Authority.UNKNOWN and candidate.hromada_id in occupied:
            missing[candidate.pk] = OccupiedWithoutAuthority()
        elif candidate.hromada_id in partners:
            missing[candidate.pk] = NorwegianPartnerKnown(partners[candidate.hromada_id])
    return missing


def norwegian_partners(hromada_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the names of known Norwegian partners that are not ended, by hromada id. One query."""
    partnerships = KnownPartnership.objects.filter(partner_country="NO", hromada__in=hromada_ids).exclude(
        active=False
    )
    names: dict[int, list[str]] = defaultdict(list)
    for hromada, name in partnerships.order_by("partner_name").values_list("hromada_id", "partner_name"):
        names[hromada or 0].append(name)
    return dict(names)


def occupied_on(on: date) -> set[int]:
    """Return the hromadas that the edition which held on the date has as occupied as a whole. One query."""
    edition = OfficialListEdition.objects.filter(edition_on__lte=on).order_by("-edition_on").values("pk")[:1]
    listed = HromadaStatus.objects.filter(edition__in=edition, whole=OfficialStatus.OCCUPIED)
    return set(listed.values_list("hromada_id", flat=True))


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

    Raises NotAllowed, GiverMissing, InFuture, DatesOutOfOrder.
    """
    require(by, May.REVIEW_CANDIDATES)
    given_by = plain(given_by)
    if not given_by:
        raise GiverMissing
    if given_on > timezone.localdate(at):
        raise InFuture(field="given_on")
    if valid_to is not None and valid_to < given_on:
        raise DatesOutOfOrder
    consent = Consent.objects.create(
        candidate=candidate,
        scope=ConsentScope(scope),
        given_on=given_on,
        given_by=given_by,
        valid_to=valid_to,
        recorded_at=at,
        recorded_by_id=by.id,
    )
    record(
        "consent.recorded", consent, by=by, at=at, data={"candidate": candidate.pk, "scope": consent.scope}
    )
    return consent


def assessment_on(candidate: Candidate, on: date) -> CategoryAssessment | None:
    """Return the assessment that holds on the date: of those in force, the one confirmed last; None:
    undetermined.
    """
    return candidate.assessment_on(on)


def assessments_on(on: date, *, among: Collection[int] | None = None) -> dict[int, CategoryAssessment]:
    """Return `assessment_on` for every candidate (or those `among` these ids) that has one, by candidate id.
    One query.
    """
    assessments = CategoryAssessment.objects.in_force(on).order_by("confirmed_at", "id")
    if among is not None:
        assessments = assessments.filter(candidate__in=among)
    return {assessment.candidate_id: assessment for assessment in assessments}


def categories_on(on: date) -> dict[int, tuple[int, Category]]:
    """Return each candidate's category on the date and the id of the assessment that gives it, by candidate
    id. One query.
    """
    rows = (
        CategoryAssessment.objects.in_force(on)
        .order_by("confirmed_at", "id")
        .values_list("candidate_id", "id", "category")
    )
    return {
        candidate_id: (assessment_id, Category(category)) for candidate_id, assessment_id, category in rows
    }


def category_on(candidate: Candidate, on: date) -> Category:
    """Return the candidate's category on the date; undetermined unless both organisations stand behind
    another.
    """
    return candidate.category_on(on)


def consents_on(on: date, *, among: Collection[int] | None = None) -> dict[int, ConsentScope]:
    """Return each candidate's consent on the date (or of those `among` these ids), by candidate id. One
    query.

    The last word counts, also when it has run out: an older and wider consent does not come back to life.
    """
    consents = Consent.objects.filter(given_on__lte=on).order_by("given_on", "id")
    if among is not None:
        consents = consents.filter(candidate__in=among)
    last = {row[0]: row for row in consents.values_list("candidate_id", "scope", "valid_to")}
    return {
        candidate_id: ConsentScope(scope)
        for candidate_id, scope, valid_to in last.values()
        if valid_to is None or valid_to >= on
    }
