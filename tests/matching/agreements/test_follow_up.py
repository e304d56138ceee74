"""The steps of a partnership say what is done, now and later; due dates are reminded of once; a reported decision counts when KS says so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kommunesamarbeid.core.models import MailRecord
from kommunesamarbeid.core.refusals import InFuture
from kommunesamarbeid.core.roles import Actor, NotAllowed
from matching.agreements import follow_up
from matching.agreements.steps import is_dormant, renewal_due, steps_of
from matching.choices import MilestoneKind
from matching.models import Agreement, ReportedDecision
from matching.states import AgreementState
from tests.matching.partners import agreement_in, dated
from tests.municipalities.answers import contact, submitted_response
from tests.people import NOW, TODAY, actor

pytestmark = pytest.mark.django_db
A, K = AgreementState, MilestoneKind


def mona(number: str = "1804") -> Actor:
    return Actor.contact(contact(number).pk)


def steps(agreement: Agreement, today: date = TODAY) -> dict[str, str]:
    found = Agreement.objects.prefetch_related("milestones", "due_dates").get(pk=agreement.pk)
    return {step.kind.value: step.state for step in steps_of(found, today=today)}


def report(agreement: Agreement, by: Actor | None = None, on: date = date(2026, 10, 1)) -> ReportedDecision:
    return follow_up.report_decision(agreement=agreement, on=on, source="Minutes", by=by or mona(), at=NOW)


def test_first_missing_step_of_each_side_is_now() -> None:
    agreement = agreement_in(A.IN_PROCESS)
    now = {kind for kind, state in steps(agreement).items() if state == "now"}
    assert now == {K.NO_DECISION, K.UA_CLEARANCE_SENT}


def test_signature_waits_for_the_council_and_the_ministry() -> None:
    agreement = agreement_in(A.IN_PROCESS)
    dated(agreement, K.NO_DECISION)
    assert steps(agreement)[K.SIGNATURE] == "later"
    dated(agreement, K.UA_CLEARANCE_SENT)
    dated(agreement, K.UA_CLEARANCE_GIVEN)
    assert {kind for kind, state in steps(agreement).items() if state == "now"} == {
        K.SIGNATURE,
        K.UA_DECISION,
    }


def test_l28_ministry_has_30_days_from_the_day_it_got_the_draft() -> None:
    agreement = agreement_in(A.IN_PROCESS)
    dated(agreement, K.UA_CLEARANCE_SENT, on=date(2026, 10, 1))
    late = {
        today: {step.kind for step in steps_of(agreement, today=today) if step.is_late}
        for today in (date(2026, 10, 31), date(2026, 11, 1))
    }
    assert late == {date(2026, 10, 31): set(), date(2026, 11, 1): {K.UA_CLEARANCE_GIVEN}}


def test_nothing_is_now_while_the_partnership_rests_or_has_ended() -> None:
    assert {state for state in steps(agreement_in(A.SUSPENDED)).values() if state == "now"} == set()


def test_due_date_is_reminded_of_once_14_days_before() -> None:
    agreement = agreement_in(A.IN_PROCESS)
    due = {"agreement": agreement, "kind": K.NO_DECISION, "due_on": TODAY + timedelta(days=15)}
    follow_up.set_due(**due, by=actor("kari"), at=NOW)  # type: ignore[arg-type]  # a mixed dict
    sent = [follow_up.remind_of_due(at=NOW + timedelta(days=days)) for days in (0, 1, 1, 2)]
    assert sent == [0, 1, 0, 0]
    assert sorted(
        MailRecord.objects.filter(template__startswith="step_due").values_list("template", "recipient_kind")
    ) == [("step_due", "contact"), ("step_due_staff", "user")]


def test_reached_step_is_not_reminded_of() -> None:
    agreement = agreement_in(A.IN_PROCESS)
    follow_up.set_due(agreement=agreement, kind=K.NO_DECISION, due_on=TODAY, by=actor("kari"), at=NOW)
    dated(agreement, K.NO_DECISION)
    assert follow_up.remind_of_due(at=NOW) == 0


def test_auc_sets_the_ukrainian_dates_only() -> None:
    agreement = agreement_in(A.IN_PROCESS)
    follow_up.set_due(agreement=agreement, kind=K.UA_DECISION, due_on=TODAY, by=actor("andrij"), at=NOW)
    with pytest.raises(NotAllowed):
        follow_up.set_due(agreement=agreement, kind=K.NO_DECISION, due_on=TODAY, by=actor("andrij"), at=NOW)


def test_reported_decision_counts_when_ks_confirms_it() -> None:
    agreement = agreement_in(A.IN_PROCESS)
    found = report(agreement)
    assert agreement.milestones.count() == 0
    follow_up.settle_report(report=found, confirm=True, by=actor("kari"), at=NOW)
    milestone = agreement.milestones.get()
    assert (milestone.kind, milestone.on, milestone.source) == (K.NO_DECISION, date(2026, 10, 1), "Minutes")
    with pytest.raises(follow_up.SettledAlready):
        follow_up.settle_report(report=found, confirm=False, by=actor("guro"), at=NOW)


def test_report_set_aside_records_nothing_and_another_may_come() -> None:
    agreement = agreement_in(A.IN_PROCESS)
    follow_up.settle_report(report=report(agreement), confirm=False, by=actor("kari"), at=NOW)
    assert (agreement.milestones.count(), report(agreement).is_confirmed) == (0, None)


def test_one_report_waits_at_a_time_and_none_of_the_future() -> None:
    agreement = agreement_in(A.IN_PROCESS)
    with pytest.raises(InFuture):
        report(agreement, on=TODAY + timedelta(days=1))
    report(agreement)
    with pytest.raises(follow_up.ReportedAlready):
        report(agreement)


def test_only_a_contact_of_one_of_the_parties_reports() -> None:
    agreement = agreement_in(A.IN_PROCESS)
    submitted_response("4621")
    for by in (mona("4621"), actor("andrij"), Actor.hromada_contact(contact("1804").pk)):
        with pytest.raises(NotAllowed):
            report(agreement, by)


@pytest.mark.parametrize(
    ("on", "dormant", "renewal"), [(date(2026, 6, 1), False, False), (date(2024, 12, 1), True, True)]
)
def test_quiet_and_renewal_are_computed_from_the_dates(on: date, dormant: bool, renewal: bool) -> None:
    agreement = agreement_in(A.IN_PROCESS)
    dated(agreement, K.SIGNATURE, on=on)
    agreement.state = A.ACTIVE
    assert (is_dormant(agreement, TODAY), renewal_due(agreement, TODAY) is not None) == (dormant, renewal)
