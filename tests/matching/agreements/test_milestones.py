"""Dated facts: precise as far as known, with a source, never ahead of time; consents by side."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kommunesamarbeid.core.refusals import InFuture, SourceMissing
from kommunesamarbeid.core.roles import NotAllowed
from matching.agreements import milestones
from matching.agreements.agreements import end_agreement
from matching.agreements.milestone_rules import MILESTONES
from matching.agreements.milestones import give_consent, record_milestone, withdraw_consent
from matching.choices import MilestoneKind, Precision, Side
from matching.models import Milestone, PublicationConsent
from matching.states import EndReason
from tests.matching.partners import consent_both, dated, existing_agreement
from tests.people import NOW, TODAY, actor

pytestmark = pytest.mark.django_db
K = MilestoneKind


def test_milestones_come_in_any_order() -> None:
    agreement = existing_agreement()
    for kind in reversed(K):
        dated(agreement, kind)
    assert agreement.milestones.count() == len(K)


def test_correction_replaces_and_the_history_keeps_both() -> None:
    agreement = existing_agreement()
    dated(agreement, K.SIGNATURE, date(2026, 6, 12))
    dated(agreement, K.SIGNATURE, date(2026, 6, 1), precision=Precision.MONTH)
    assert (Milestone.objects.get().precision, Milestone.history.count()) == (Precision.MONTH, 2)


def test_coarse_date_is_kept_as_its_first_day() -> None:
    agreement = existing_agreement()
    dated(agreement, K.NO_MANDATE, date(2025, 8, 17), precision=Precision.YEAR)
    assert agreement.milestones.get().on == date(2025, 1, 1)


def test_this_year_is_not_in_the_future() -> None:
    agreement = existing_agreement()
    dated(agreement, K.NO_DECISION, TODAY.replace(month=12, day=31), precision=Precision.YEAR)
    assert agreement.milestones.get().on == date(2026, 1, 1)


def test_future_date_is_refused() -> None:
    with pytest.raises(InFuture):
        dated(existing_agreement(), K.SIGNATURE, TODAY + timedelta(days=1))


def test_milestone_without_source_is_refused() -> None:
    with pytest.raises(SourceMissing):
        dated(existing_agreement(), K.SIGNATURE, source="  ")


def test_registration_before_the_signature_is_refused() -> None:
    agreement = existing_agreement()
    dated(agreement, K.SIGNATURE, date(2026, 6, 12))
    with pytest.raises(milestones.OutOfOrder):
        dated(agreement, K.UA_REGISTRATION, date(2026, 5, 1), precision=Precision.MONTH)


def test_coarse_date_that_may_be_right_is_accepted() -> None:
    agreement = existing_agreement()
    dated(agreement, K.SIGNATURE, date(2026, 6, 12))
    dated(agreement, K.UA_REGISTRATION, date(2026, 1, 1), precision=Precision.YEAR)
    assert agreement.milestones.count() == 2


def test_each_kind_has_its_rule_in_the_usual_order() -> None:
    assert list(MILESTONES) == list(K)
    assert all(set(rule.waits_for) | set(rule.never_before) <= set(K) for rule in MILESTONES.values())


def test_auc_records_ukrainian_steps_only() -> None:
    agreement = existing_agreement()
    dated(agreement, K.UA_DECISION, by=actor("andrij"))
    for kind in (K.NO_MANDATE, K.NO_DECISION, K.SIGNATURE):
        with pytest.raises(NotAllowed):
            dated(agreement, kind, by=actor("andrij"))


def test_facts_of_an_ended_agreement_stand() -> None:
    agreement = existing_agreement()
    end_agreement(agreement=agreement, reason=EndReason.COMPLETED, text="Done.", by=actor("kari"), at=NOW)
    with pytest.raises(milestones.AgreementOver):
        dated(agreement, K.SIGNATURE)


def test_consent_is_given_once_per_side_and_withdrawn_not_deleted() -> None:
    agreement = existing_agreement()
    consent_both(agreement)
    with pytest.raises(milestones.ConsentInForce):
        consent_both(agreement)
    first = agreement.consents.get(side=Side.NORWEGIAN)
    withdraw_consent(consent=first, by=actor("kari"), at=NOW)
    with pytest.raises(milestones.ConsentWithdrawn):
        withdraw_consent(consent=first, by=actor("kari"), at=NOW)
    assert PublicationConsent.objects.count() == 2


def test_auc_records_the_ukrainian_consent_only() -> None:
    agreement = existing_agreement()
    given = {"agreement": agreement, "given_on": TODAY, "given_by": "mayor", "by": actor("andrij"), "at": NOW}
    give_consent(side=Side.UKRAINIAN, **given)  # type: ignore[arg-type]  # one dict for two calls
    with pytest.raises(NotAllowed):
        give_consent(side=Side.NORWEGIAN, **given)  # type: ignore[arg-type]  # one dict for two calls


@pytest.mark.parametrize("office", ["", "mona@bodo.example", "mayor 755 55 000"])
def test_consent_names_an_office_never_a_person(office: str) -> None:
    agreement = existing_agreement()
    with pytest.raises(milestones.OfficeMissing):
        give_consent(
            agreement=agreement,
            side=Side.NORWEGIAN,
            given_on=TODAY,
            given_by=office,
            by=actor("kari"),
            at=NOW,
        )


def test_consent_ahead_of_time_is_refused() -> None:
    agreement, tomorrow = existing_agreement(), TODAY + timedelta(days=1)
    with pytest.raises(InFuture):
        give_consent(
            agreement=agreement,
            side=Side.UKRAINIAN,
            given_on=tomorrow,
            given_by="mayor",
            by=actor("kari"),
            at=NOW,
        )


def test_unknown_kind_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="fancy"):
        record_milestone(
            agreement=existing_agreement(), kind="fancy", on=TODAY, source="x", by=actor("kari"), at=NOW
        )
