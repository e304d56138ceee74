"""A category is a dated, sourced decision of two organisations in a ledger nobody can rewrite."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from kommunesamarbeid.core import refusals
from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.refusals import SourceMissing
from kommunesamarbeid.core.roles import NotAllowed
from municipalities.candidates import candidates, categories
from municipalities.choices import Category, ConsentScope, NeedVisibility
from municipalities.models import Candidate, CategoryAssessment, OfficialListEdition
from tests.municipalities.pool import LVIV, add_need, categorised, pooled_candidate
from tests.people import NOW, TODAY, actor

pytestmark = pytest.mark.django_db


def propose(candidate: Candidate, who: str = "andrij", **changes: Any) -> CategoryAssessment:
    values = {
        "category": Category.OUTSIDE,
        "valid_from": date(2026, 1, 1),
        "source": "Order 376",
        "reason": "Not listed",
        **changes,
    }
    return categories.propose_category(
        candidate=candidate, facts=categories.CategoryFacts(**values), by=actor(who), at=NOW
    )


def confirm(assessment: CategoryAssessment, who: str = "kari", days: int = 0) -> CategoryAssessment:
    return categories.confirm_category(assessment=assessment, by=actor(who), at=NOW + timedelta(days=days))


@pytest.mark.parametrize(
    ("proposer", "confirmer"),
    [("andrij", "kari"), ("andrij", "guro"), ("kari", "andrij"), ("guro", "andrij")],
)
def test_a_category_counts_when_the_other_organisation_has_confirmed(proposer: str, confirmer: str) -> None:
    candidate = pooled_candidate()
    assessment = propose(candidate, proposer)
    assert candidates.category_on(candidate, TODAY) == Category.UNDETERMINED
    confirm(assessment, confirmer)
    assert candidates.category_on(candidate, TODAY) == Category.OUTSIDE
    assert list(
        AuditEvent.objects.filter(object_type="municipalities.categoryassessment").values_list(
            "action", flat=True
        )
    ) == [
        "category.confirmed",
        "category.proposed",
    ]


@pytest.mark.parametrize(
    ("proposer", "confirmer"), [("andrij", "andrij"), ("kari", "kari"), ("kari", "guro")]
)
def test_an_organisation_cannot_confirm_its_own_category(proposer: str, confirmer: str) -> None:
    assessment = propose(pooled_candidate(), proposer)
    with pytest.raises(categories.SameOrganisation):
        confirm(assessment, confirmer)
    assert CategoryAssessment.objects.get().confirmed_at is None


@pytest.mark.parametrize("who", ["lars", "olena", "astrid"])
def test_readers_neither_propose_nor_confirm(who: str) -> None:
    candidate = pooled_candidate()
    with pytest.raises(NotAllowed):
        propose(candidate, who)
    with pytest.raises(NotAllowed):
        confirm(propose(candidate), who)


def test_a_confirmation_counts_once() -> None:
    assessment = propose(pooled_candidate())
    confirm(CategoryAssessment.objects.get())
    with pytest.raises(categories.AlreadyConfirmed):
        confirm(assessment, "guro")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"source": " "}, SourceMissing),
        ({"reason": ""}, refusals.ReasonMissing),
        ({"valid_to": date(2025, 12, 31)}, candidates.DatesOutOfOrder),
        ({"damage": "severe"}, categories.DamageSourceMissing),
    ],
)
def test_a_proposal_without_what_it_rests_on_is_refused(
    changes: dict[str, Any], refusal: type[Exception]
) -> None:
    candidate = pooled_candidate()
    with pytest.raises(refusal):
        propose(candidate, **changes)
    assert not candidate.assessments.exists()


def test_a_proposal_takes_the_rule_version_of_its_edition() -> None:
    edition = OfficialListEdition.objects.create(
        order_number="376",
        edition_on=date(2026, 5, 7),
        rule_version="120 of 28.01.2026",
        source="Order",
        loaded_at=NOW,
    )
    assert propose(pooled_candidate(), edition=edition).rule_version == "120 of 28.01.2026"


def test_the_category_is_asked_for_by_date() -> None:
    candidate, other = pooled_candidate(), pooled_candidate(LVIV)
    confirm(
        propose(
            candidate, category=Category.WAR_ZONE, valid_from=date(2026, 1, 1), valid_to=date(2026, 3, 31)
        )
    )
    confirm(propose(candidate, category=Category.OUTSIDE, valid_from=date(2026, 5, 1)), days=1)
    categorised(other, Category.OUTSIDE, valid_from=date(2026, 4, 1))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 15), date(2026, 5, 1)]
    assert [candidates.category_on(candidate, day).value for day in days] == [
        "undetermined",
        "war_zone",
        "war_zone",
        "undetermined",
        "outside",
    ]
    assert {key: row.category for key, row in candidates.assessments_on(date(2026, 4, 15)).items()} == {
        other.pk: "outside"
    }


def test_a_correction_supersedes_and_the_corrected_row_stays() -> None:
    candidate = pooled_candidate()
    confirm(propose(candidate, category=Category.OUTSIDE))
    confirm(propose(candidate, category=Category.WAR_ZONE, reason="Corrected"), days=1)
    held = candidates.assessment_on(candidate, TODAY)
    assert held is not None
    assert held.reason == "Corrected"
    assert candidates.assessments_on(TODAY) == {candidate.pk: held}
    assert candidate.assessments.count() == 2


def test_a_proposal_is_superseded_by_a_later_one_for_the_same_time_only() -> None:
    candidate = pooled_candidate()
    first = propose(candidate, valid_to=date(2026, 6, 30))
    propose(candidate, "kari", valid_from=date(2026, 7, 1), category=Category.WAR_ZONE)
    second = propose(candidate, valid_from=date(2026, 9, 1))
    propose(candidate, valid_from=date(2026, 9, 1), category=Category.WAR_ZONE)
    confirm(first)
    with pytest.raises(categories.Superseded):
        confirm(second)


def test_needs_that_were_public_are_the_partners_again_when_the_category_forbids_it() -> None:
    candidate = pooled_candidate()
    categorised(candidate, Category.OUTSIDE)
    need = add_need(candidate, visibility=NeedVisibility.PUBLIC)
    confirm(propose(candidate, category=Category.WAR_ZONE), days=1)
    need.refresh_from_db()
    assert (need.visibility, need.edition) == (NeedVisibility.PARTNERS, 2)
    assert AuditEvent.objects.filter(action="need.closed_to_public", object_id=str(need.pk)).count() == 1


def test_every_act_on_a_candidate_leaves_its_row_in_the_trail() -> None:
    candidate = pooled_candidate()
    confirm(propose(candidate))
    candidates.record_consent(
        candidate=candidate,
        scope=ConsentScope.PUBLIC,
        given_on=TODAY,
        given_by="Council",
        by=actor("andrij"),
        at=NOW,
    )
    rows = AuditEvent.objects.exclude(object_type="matching.scheme").order_by("id")
    assert list(rows.values_list("action", flat=True)) == [
        "candidate.added",
        "category.proposed",
        "category.confirmed",
        "consent.recorded",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE municipalities_categoryassessment SET category = 'war_zone'",
        "UPDATE municipalities_categoryassessment SET confirmed_at = NULL, confirmed_by_id = NULL",
        "DELETE FROM municipalities_categoryassessment",
    ],
)
def test_the_database_itself_refuses_to_rewrite_the_ledger(statement: str) -> None:
    confirm(propose(pooled_candidate()))
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert CategoryAssessment.objects.get().category == Category.OUTSIDE


def test_the_database_itself_refuses_a_confirmation_by_the_same_organisation() -> None:
    assessment = propose(pooled_candidate())
    with pytest.raises(DatabaseError, match="assessment_other_organisation"), transaction.atomic():
        CategoryAssessment.objects.filter(pk=assessment.pk).update(
            confirmed_at=NOW, confirmed_by=actor("andrij").id, confirmed_for="auc"
        )


# --- corrections and proposals taken back ---------------------------------------------------------------------------------


def retract(
    assessment: CategoryAssessment, who: str = "andrij", reason: str = "Wrong hromada"
) -> CategoryAssessment:
    return categories.retract_category(assessment=assessment, reason=reason, by=actor(who), at=NOW)


def test_a_correction_names_what_it_supersedes_and_an_earlier_period_is_nobodys_correction() -> None:
    candidate = pooled_candidate()
    first = confirm(propose(candidate, valid_to=date(2026, 6, 30)))
    later = propose(candidate, valid_from=date(2026, 7, 1))
    corrected = propose(candidate, "kari", valid_from=date(2026, 3, 1), category=Category.WAR_ZONE)
    assert (first.supersedes, later.supersedes, corrected.supersedes) == (None, None, first)
    confirm(corrected, "andrij", days=1)
    assert candidate.category_on(date(2026, 2, 1)) == Category.OUTSIDE
    assert candidate.category_on(date(2026, 4, 1)) == Category.WAR_ZONE
    assert list(first.superseded_by.all()) == [corrected]


def test_candidates_are_asked_for_their_category_by_date_in_one_query(django_assert_num_queries: Any) -> None:
    candidate, other = pooled_candidate(), pooled_candidate(LVIV)
    confirm(propose(candidate, category=Category.WAR_ZONE, valid_to=date(2026, 3, 31)))
    categorised(other, Category.OUTSIDE, valid_from=date(2026, 4, 1))
    found = {}
    for day in (date(2026, 3, 1), date(2026, 4, 15)):
        asked: Any = Candidate.objects.with_category(day)
        with django_assert_num_queries(1):
            found[day] = dict(asked.values_list("pk", "category_now"))
    assert found == {
        date(2026, 3, 1): {candidate.pk: "war_zone", other.pk: "undetermined"},
        date(2026, 4, 15): {candidate.pk: "undetermined", other.pk: "outside"},
    }


def test_a_pending_proposal_is_taken_back_by_its_own_organisation_once_and_stays_readable() -> None:
    candidate = pooled_candidate()
    assessment = propose(candidate)
    retract(assessment)
    assert not CategoryAssessment.objects.pending().exists()
    kept = candidate.assessments.get()
    assert (kept.category, kept.retract_reason, kept.retracted_at) == (Category.OUTSIDE, "Wrong hromada", NOW)
    with pytest.raises(categories.AlreadyRetracted):
        retract(assessment)
    with pytest.raises(categories.AlreadyRetracted):
        confirm(assessment)


def test_only_its_own_organisation_takes_a_proposal_back_with_a_reason_and_before_it_counts() -> None:
    assessment = propose(pooled_candidate())
    with pytest.raises(categories.OtherOrganisation):
        retract(assessment, "kari")
    with pytest.raises(refusals.ReasonMissing):
        retract(assessment, reason=" ")
    with pytest.raises(NotAllowed):
        retract(assessment, "olena")
    confirm(assessment)
    with pytest.raises(categories.AlreadyConfirmed):
        retract(assessment)


def test_an_earlier_proposal_can_be_confirmed_when_the_later_one_is_taken_back() -> None:
    candidate = pooled_candidate()
    first, second = propose(candidate), propose(candidate, category=Category.WAR_ZONE)
    with pytest.raises(categories.Superseded):
        confirm(first)
    retract(second)
    assert confirm(first).confirmed_at is not None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE municipalities_categoryassessment SET category = 'war_zone'",
        "UPDATE municipalities_categoryassessment SET retract_reason = 'another'",
        "UPDATE municipalities_categoryassessment SET retracted_at = NULL, retracted_by_id = NULL",
        "DELETE FROM municipalities_categoryassessment",
        "UPDATE municipalities_consent SET scope = 'public'",
        "DELETE FROM municipalities_consent",
    ],
)
def test_the_database_itself_refuses_to_rewrite_what_was_taken_back_and_any_consent(statement: str) -> None:
    candidate = pooled_candidate()
    retract(propose(candidate))
    candidates.record_consent(
        candidate=candidate,
        scope=ConsentScope.NONE,
        given_on=TODAY,
        given_by="Council",
        by=actor("andrij"),
        at=NOW,
    )
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_database_itself_refuses_a_row_both_confirmed_and_taken_back() -> None:
    assessment = propose(pooled_candidate())
    values = {
        "confirmed_at": NOW,
        "confirmed_by": actor("kari").id,
        "confirmed_for": "ks",
        "retracted_at": NOW,
        "retracted_by": actor("andrij").id,
    }
    with pytest.raises(DatabaseError, match="assessment_confirmed_or_retracted"), transaction.atomic():
        CategoryAssessment.objects.filter(pk=assessment.pk).update(**values)


def test_a_consent_counts_until_its_last_day_and_a_wider_older_one_does_not_come_back() -> None:
    candidate = pooled_candidate()
    for scope, days, until in (
        (ConsentScope.PUBLIC, 20, None),
        (ConsentScope.NORWEGIAN, 10, TODAY - timedelta(days=1)),
    ):
        candidates.record_consent(
            candidate=candidate,
            scope=scope,
            given_on=TODAY - timedelta(days=days),
            valid_to=until,
            given_by="Council",
            by=actor("andrij"),
            at=NOW,
        )
    said = {
        days: candidates.consents_on(TODAY - timedelta(days=days)).get(candidate.pk)
        for days in (21, 15, 5, 1, 0)
    }
    assert said == {21: None, 15: "public", 5: "norwegian", 1: "norwegian", 0: None}
