"""The category ledger is written here: one organisation proposes, the other confirms, and nothing is edited
or deleted.

What holds on a date is read in `candidates`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.history import save_with_history
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.refusals import ReasonMissing, Refused, SourceMissing
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import plain
from municipalities.candidates.candidates import DatesOutOfOrder, assessment_on
from municipalities.choices import Category, DamageBand, NeedVisibility
from municipalities.models import Candidate, CategoryAssessment, ListReview, Need, OfficialListEdition


class DamageSourceMissing(Refused):
    """A damage band rests on a named source."""

    message = _("Write where the damage band comes from.")
    field = "damage_source"


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


@dataclass(frozen=True, kw_only=True)
class CategoryFacts:
    """What is said of a candidate's category, for which days, and what it rests on."""

    category: str
    valid_from: date
    source: str
    reason: str
    valid_to: date | None = None
    edition: OfficialListEdition | None = None
    official_status: str = ""
    damage: str = DamageBand.UNKNOWN
    damage_source: str = ""
    rule_version: str = ""
    review_due: date | None = None


@transaction.atomic
def propose_category(
    *, candidate: Candidate, facts: CategoryFacts, by: Actor, at: datetime
) -> CategoryAssessment:
    """Add a proposed assessment to the ledger; it counts when the other organisation has confirmed it.

    When a confirmed assessment covers some of the same time, the new one names it as what it supersedes; that
    one stays as it is and goes on counting for the days the new one leaves out. Raises NotAllowed,
    SourceMissing, ReasonMissing, DatesOutOfOrder, DamageSourceMissing.
    """
    require(by, May.PROPOSE_CATEGORY)
    source, reason, damage_source = plain(facts.source), plain(facts.reason), plain(facts.damage_source)
    valid_from, valid_to, edition = facts.valid_from, facts.valid_to, facts.edition
    if not source:
        raise SourceMissing
    if not reason:
        raise ReasonMissing
    if valid_to is not None and valid_to < valid_from:
        raise DatesOutOfOrder
    if facts.damage != DamageBand.UNKNOWN and not damage_source:
        raise DamageSourceMissing
    assessment = CategoryAssessment.objects.create(
        candidate=candidate,
        category=Category(facts.category),
        valid_from=valid_from,
        valid_to=valid_to,
        source=source,
        reason=reason,
        edition=edition,
        official_status=facts.official_status,
        damage=DamageBand(facts.damage),
        damage_source=damage_source,
        rule_version=facts.rule_version or (edition.rule_version if edition else ""),
        review_due=facts.review_due,
        supersedes=_corrected(candidate, valid_from, valid_to),
        proposed_at=at,
        proposed_by=User(pk=by.id),
        proposed_for=by.organisation,
    )
    record("category.proposed", assessment, by=by, at=at, reason=reason, data=_facts(assessment))
    return assessment


@transaction.atomic
def confirm_category(*, assessment: CategoryAssessment, by: Actor, at: datetime) -> CategoryAssessment:
    """Stand behind what the other organisation proposed; from now it is the candidate's category for its
    period.

    Needs that were public become the partner's only when the category no longer allows it. Raises NotAllowed,
    SameOrganisation, AlreadyConfirmed, AlreadyRetracted, Superseded.
    """
    require(by, May.PROPOSE_CATEGORY)
    candidate = (
        Candidate.objects.select_for_update(of=("self",))
        .select_related("hromada__oblast")
        .get(pk=assessment.candidate_id)
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
    return assessment


@transaction.atomic
def retract_category(
    *, assessment: CategoryAssessment, by: Actor, at: datetime, reason: str
) -> CategoryAssessment:
    """Take back what one's own organisation proposed and the other has not confirmed; the row stays, closed
    for good.

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
    return assessment


def _reopen_reviews(assessment: CategoryAssessment, at: datetime) -> None:
    """Ask anew what the proposal had answered, unless the same question is open already."""
    for task in ListReview.objects.filter(assessment=assessment).order_by("id"):
        if (
            not ListReview.objects.open()
            .filter(candidate=task.candidate_id, edition=task.edition_id)
            .exists()
        ):
            ListReview.objects.create(
                candidate_id=task.candidate_id,
                edition_id=task.edition_id,
                before_edition_id=task.before_edition_id,
                kind=task.kind,
                before_status=task.before_status,
                after_status=task.after_status,
                before=task.before,
                after=task.after,
                opened_at=at,
            )


def _corrected(candidate: Candidate, valid_from: date, valid_to: date | None) -> CategoryAssessment | None:
    """Return the confirmed assessment that counts last of those that cover some of the period."""
    overlapping = _overlapping(candidate.pk, valid_from, valid_to).filter(confirmed_at__isnull=False)
    return overlapping.order_by("confirmed_at", "id").last()


def _later_proposals(assessment: CategoryAssessment) -> QuerySet[CategoryAssessment]:
    """Return later rows of the ledger whose period overlaps; a correction supersedes what it corrects."""
    overlapping = _overlapping(assessment.candidate_id, assessment.valid_from, assessment.valid_to)
    return overlapping.filter(pk__gt=assessment.pk, retracted_at__isnull=True)


def _overlapping(candidate_id: int, valid_from: date, valid_to: date | None) -> QuerySet[CategoryAssessment]:
    lasting = CategoryAssessment.objects.filter(candidate=candidate_id).filter(
        Q(valid_to=None) | Q(valid_to__gte=valid_from)
    )
    return lasting if valid_to is None else lasting.filter(valid_from__lte=valid_to)


def _close_public_needs(candidate: Candidate, *, by: Actor, at: datetime) -> None:
    assessment = assessment_on(candidate, timezone.localdate(at))
    category = assessment.category if assessment is not None else Category.UNDETERMINED
    most = NeedVisibility.PUBLIC.within(category)
    if most == NeedVisibility.PUBLIC:
        return
    for need in Need.objects.select_for_update().filter(
        candidate=candidate, visibility=NeedVisibility.PUBLIC
    ):
        need.visibility = most
        need.updated_at = at
        need.edition += 1
        save_with_history(need, by=by, at=at)
        record("need.closed_to_public", need, by=by, at=at)


def _facts(assessment: CategoryAssessment) -> dict[str, Any]:
    until = assessment.valid_to.isoformat() if assessment.valid_to else None
    return {
        "candidate": assessment.candidate_id,
        "category": assessment.category,
        "from": assessment.valid_from.isoformat(),
        "to": until,
    }
