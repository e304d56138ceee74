"""The desk's front page: each count is what its link shows, nobody sees another's work, and it costs the same at any size."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from matching.agreements.follow_up import set_due
from matching.choices import MilestoneKind
from matching.decisions import workload
from matching.models import MatchRun
from matching.runs.schemes import ensure_default_scheme
from municipalities.models import Need, Response
from tests.desk import browser
from tests.matching.builders import matchable, published_run, two_pairs
from tests.matching.partners import agreement_in, approve
from tests.municipalities.answers import submitted_response
from tests.municipalities.pool import LVIV, POLTAVA, TESTIVSKA, ready_candidate
from tests.people import NOW, TODAY, actor

pytestmark = pytest.mark.django_db
ONE = ("ks_first",)


def counts(who: str = "kari", required: tuple[str, ...] = ONE) -> dict[str, int]:
    return {row.code: row.number for row in workload.my_work(actor(who), at=NOW, required=required)}


def test_each_count_is_what_waits() -> None:
    two_pairs()
    run = published_run()
    submitted_response("4621")
    Need.objects.update(confirmed_on=TODAY - timedelta(days=91))
    Response.objects.filter(state="ready").update(ready_at=NOW - timedelta(days=61))
    run.proposals.filter(pk=run.proposals.all()[0].pk).update(assigned_to=actor("kari").id)
    found = counts()
    assert {code: number for code, number in found.items() if number} == {
        "answers": 1,
        "to_approve": 2,
        "mine": 1,
        "old_needs": 2,
        "waited": 2,
    }


def test_overdue_step_is_counted_until_it_is_reached() -> None:
    agreement = agreement_in("in_process")
    set_due(
        agreement=agreement,
        kind=MilestoneKind.NO_DECISION,
        due_on=TODAY - timedelta(days=1),
        by=actor("kari"),
        at=NOW,
    )
    assert counts()["overdue"] == 1
    agreement.milestones.create(kind=MilestoneKind.NO_DECISION, on=TODAY, source="Minutes", recorded_at=NOW)
    assert counts()["overdue"] == 0


def test_approval_given_moves_the_case_from_ones_own_pile_to_the_others() -> None:
    both = ("ks_first", "auc")
    two_pairs()
    found = published_run().proposals.all()[0]
    assert (counts("kari", both)["to_approve"], counts("andrij", both)["to_approve"]) == (2, 2)
    approve(found, required=both)
    assert (counts("kari", both)["to_approve"], counts("andrij", both)["to_approve"]) == (1, 2)
    assert counts("andrij", both)["second"] == 1


def test_second_approval_never_waits_for_who_gave_the_first() -> None:
    both = ("ks_first", "ks_second")
    two_pairs()
    found = published_run().proposals.all()[0]
    approve(found, "guro", required=both)
    assert [row.pk for row in workload.waiting_for(actor("guro"), both)] == [
        row.pk for row in workload.under_review().exclude(pk=found.pk)
    ]


def test_b01_funnel_counts_every_party_that_ever_came_so_far() -> None:
    two_pairs()
    agreement_in("signed")
    submitted_response("4621")
    found = {row.code: row.number for row in workload.funnel()}
    assert found == {
        "interested": 3,
        "ready": 2,
        "proposed": 2,
        "approved": 1,
        "mutual": 1,
        "no_decision": 0,
        "ua_clearance": 0,
        "ua_decision": 0,
        "signed": 1,
        "registered": 0,
        "active": 0,
    }


def test_b05_gap_is_need_minus_offer_the_widest_first() -> None:
    matchable("1804", POLTAVA)
    needs = (("education", "long", 1), ("municipal-finance", "long", 2))
    ready_candidate(LVIV, needs=needs)
    ready_candidate(TESTIVSKA, needs=needs)
    gaps = [(gap.theme, gap.needed, gap.urgent, gap.offered) for gap in workload.theme_gaps(TODAY)]
    assert gaps == [("Barnehage og skole", 3, 2, 1), ("Kommuneøkonomi og budsjett", 2, 0, 0)]


def test_b06_oblast_with_a_partnership_is_not_waiting() -> None:
    ready_candidate(LVIV)
    agreement_in("introduced")
    assert workload.oblasts_without_partner() == [("Lviv oblast", 1)]


def test_empty_portal_says_what_to_do_first() -> None:
    ensure_default_scheme(at=NOW)
    text = browser("kari").get(reverse("admin:index")).content.decode()
    assert reverse("admin:municipalities_round_changelist") in text
    assert MatchRun.objects.count() == 0


def test_administrator_sees_no_cases() -> None:
    two_pairs()
    published_run()
    assert browser("astrid").get(reverse("admin:index")).context["blocks"] == []


@pytest.mark.parametrize("pairs", [1, 2])
def test_front_page_takes_the_same_few_statements_at_any_size(
    pairs: int, django_assert_num_queries: Any
) -> None:
    if pairs == 2:
        matchable("5501", LVIV)
    matchable()
    published_run()
    client = browser("kari")
    with django_assert_num_queries(16):
        assert client.get(reverse("admin:index")).status_code == 200
