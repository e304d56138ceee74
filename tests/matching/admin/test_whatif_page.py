"""What-ifs, comparisons and rules for pairs at the desk: asked for by form, shown in words, at a fixed number of queries."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from matching.choices import PairRuleKind
from matching.models import MatchRun, PairRule, RunAnalysis, Scenario
from matching.runs import analyses, schemes
from matching.runs.schemes import SchemeValues
from matching.runs.solver import PROJECT
from matching.states import JobState, RunState
from tests.desk import desk, run_page
from tests.matching.builders import (
    computed_run,
    computed_scenario,
    published_run,
    queued_run,
    queued_scenario,
    ruled_pair,
    two_pairs,
)
from tests.municipalities.answers import submitted_response
from tests.municipalities.pool import LVIV, POLTAVA
from tests.people import NOW, actor

pytestmark = pytest.mark.django_db
COMPARE = reverse("admin:matching_matchrun_compare")


def whatif_form(run: MatchRun, **changes: str) -> dict[str, str]:
    """Return what a browser posts when nothing but `changes` was typed."""
    said = {"name": "Without Poltava", "objective": run.objective, "threshold": "0"}
    return said | changes


def ask(run: MatchRun, **changes: str) -> str:
    return (
        desk("kari")
        .post(reverse("admin:matching_matchrun_whatif", args=[run.pk]), whatif_form(run, **changes))
        .content.decode()
    )


def test_the_button_says_what_is_computed() -> None:
    run = computed_run()
    page = desk("kari").get(reverse("admin:matching_matchrun_whatif", args=[run.pk])).content.decode()
    assert "Compute the what-if</button>" in page


def test_a_what_if_is_typed_by_place_or_code_and_started_after_commit(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    two_pairs()
    run = published_run()
    with django_capture_on_commit_callbacks() as started:
        ask(
            run,
            forbid_1_row="Bodø",
            forbid_1_column=f"Poltava {POLTAVA}",
            reason="A wish",
            lock_1_row="5501",
            lock_1_column="lviv",
            place_1_party="Bodø (Nordland)",
            place_1_count="2",
            total_at_most="3",
        )
    scenario = Scenario.objects.get()
    assert (scenario.name, scenario.state, len(started)) == ("Without Poltava", JobState.QUEUED, 1)
    assert scenario.changes == [
        {"code": "lock", "row": "5501", "column": LVIV},
        {"code": "forbid", "row": "1804", "column": POLTAVA, "reason": "A wish"},
        {"code": "row_capacity", "party": "1804", "value": 2},
        {"code": "limit", "name": "total_at_most", "value": 3},
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Change something: as it stands, the what-if is the run itself."),
        ({"lock_1_row": "Bodø"}, "Name both sides of the pair."),
        (
            {"lock_1_row": "Atlantis", "lock_1_column": "Lviv"},
            "No party of the run, or more than one, is called this.",
        ),
        ({"forbid_1_row": "Bodø", "forbid_1_column": "Lviv"}, "Write why these pairs are kept apart."),
        ({"place_1_party": "Bodø"}, "Name the party and its number of places."),
        ({"change_weights": "on"}, "Themes cannot be without importance."),
        (
            {"place_1_party": "Bodø", "place_1_count": "0", "lock_1_row": "Bodø", "lock_1_column": "Lviv"},
            "More pairs are locked",
        ),
    ],
)
def test_what_cannot_be_tried_is_said_and_nothing_typed_is_lost(typed: dict[str, str], said: str) -> None:
    two_pairs()
    run = computed_run()
    text = ask(run, **typed)
    assert said in text
    assert 'value="Without Poltava"' in text
    assert not Scenario.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept", "shown"), [("40", 400, "40 %"), ("33,3", 333, "33.3 %"), ("0.1", 1, "0.1 %")]
)
def test_a_share_is_typed_and_read_per_cent_and_kept_exactly(typed: str, kept: int, shown: str) -> None:
    two_pairs()
    run = computed_run()
    ask(run, war_zone_share_permille=typed)
    scenario = Scenario.objects.get()
    assert scenario.changes == [{"code": "limit", "name": "war_zone_share_permille", "value": kept}]
    text = desk("kari").get(reverse("admin:matching_scenario_change", args=[scenario.pk])).content.decode()
    assert f"Least share of partnerships in the war zone, per cent: {shown}" in text


@pytest.mark.parametrize("typed", ["100.1", "-1", "12.34", "half"])
def test_a_share_that_cannot_be_is_refused_and_stays_as_typed(typed: str) -> None:
    two_pairs()
    text = ask(computed_run(), war_zone_share_permille=typed)
    assert f'value="{typed}"' in text
    assert not Scenario.objects.exists()


def test_the_page_of_a_what_if_says_what_is_changed_and_who_gains() -> None:
    two_pairs()
    run = computed_run()
    scenario = computed_scenario(run, {"code": "limit", "name": "total_at_most", "value": 1})
    text = desk("lars").get(reverse("admin:matching_scenario_change", args=[scenario.pk])).content.decode()
    for words in (
        "Most partnerships in all: 1",
        "Proved: no permitted plan is better",
        "Who gains and who loses",
        "−1</td>",
    ):
        assert words in text


def test_a_going_what_if_and_a_going_run_load_themselves_until_told_to_stop() -> None:
    run = queued_run()
    waiting = queued_scenario(computed_run())
    for address in (run_page(run), reverse("admin:matching_scenario_change", args=[waiting.pk])):
        assert desk("kari").get(address)["Refresh"] == "5"
        assert "Refresh" not in desk("kari").get(f"{address}?still=1")
    assert "Refresh" not in desk("kari").get(run_page(computed_run()))


def test_a_failed_what_if_says_why_and_is_started_again(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    scenario = computed_scenario(computed_run(), {"code": "limit", "name": "war_zone_at_least", "value": 3})
    client = desk("kari")
    text = client.get(reverse("admin:matching_scenario_change", args=[scenario.pk])).content.decode()
    assert "The scheme demands at least 3" in text
    with django_capture_on_commit_callbacks() as started:
        client.post(reverse("admin:matching_scenario_restart", args=[scenario.pk]))
    scenario.refresh_from_db()
    assert (scenario.state, len(started)) == (JobState.QUEUED, 1)


def test_comparing_takes_the_same_queries_for_one_pair_and_two(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = desk("kari")
    two_pairs()
    run = computed_run()
    less = computed_scenario(run, {"code": "limit", "name": "total_at_most", "value": 1})
    none = computed_scenario(run, {"code": "limit", "name": "total_at_most", "value": 0})
    client.get(COMPARE)
    for other in (less, none):
        with django_assert_num_queries(11):
            text = client.get(f"{COMPARE}?first=run-{run.pk}&second=whatif-{other.pk}").content.decode()
        assert "Points per party are measured by the weights of the run in both plans." in text


def test_comparing_with_what_is_not_there_asks_again() -> None:
    answer = desk("kari").get(f"{COMPARE}?first=run-0&second=whatif-x")
    assert (answer.status_code, "What differs" in answer.content.decode()) == (200, False)


def test_list_of_what_ifs_takes_the_same_queries_with_one_and_three(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client, run = desk("kari"), computed_run()
    for count in (1, 2):
        for _scenario in range(count):
            queued_scenario(run)
        with django_assert_num_queries(7):
            client.get(reverse("admin:matching_scenario_changelist"))


def test_list_of_rules_takes_the_same_queries_with_one_and_two(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = desk("kari")
    for number in ("1804", "5501"):
        ruled_pair(number=number)
        with django_assert_num_queries(7):
            client.get(reverse("admin:matching_pairrule_changelist"))


def test_a_rule_is_made_and_lifted_at_the_desk() -> None:
    two_pairs()
    client = desk("kari")
    said = {
        "kind": "lock",
        "municipality": "Bodø",
        "hromada": "Lviv",
        "reason": "Old friends",
        "until": "2030-01-01",
    }
    answer = client.post(reverse("admin:matching_pairrule_new"), said)
    rule = PairRule.objects.get()
    assert (answer.status_code, rule.kind, rule.municipality.number, rule.hromada.katottg) == (
        302,
        "lock",
        "1804",
        LVIV,
    )
    assert (
        "There is a rule for this pair already"
        in client.post(reverse("admin:matching_pairrule_new"), said).content.decode()
    )
    client.post(reverse("admin:matching_pairrule_lift", args=[rule.pk]), {"reason": "Over"})
    rule.refresh_from_db()
    assert rule.lifted_at is not None
    assert (
        client.post(reverse("admin:matching_pairrule_lift", args=[rule.pk]), {"reason": "Over"}).status_code
        == 409
    )


def test_a_draft_is_tried_from_its_own_page(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    two_pairs()
    published_run()
    draft = schemes.draft_scheme(
        values=SchemeValues(total_at_most=1), reason="Fewer", by=actor("kari"), at=NOW
    )
    with django_capture_on_commit_callbacks() as started:
        desk("kari").post(reverse("admin:matching_scheme_preview", args=[draft.pk]))
    assert (Scenario.objects.get().scheme, len(started)) == (draft, 1)
    text = desk("kari").get(reverse("admin:matching_scheme_change", args=[draft.pk])).content.decode()
    assert "Scheme v2</a>" in text


def test_a_draft_without_a_run_to_hold_it_against_says_so() -> None:
    schemes.ensure_default_scheme(at=NOW)
    draft = schemes.draft_scheme(
        values=SchemeValues(total_at_most=1), reason="Fewer", by=actor("kari"), at=NOW
    )
    text = (
        desk("kari")
        .post(reverse("admin:matching_scheme_preview", args=[draft.pk]), follow=True)
        .content.decode()
    )
    assert "There is no computed run to hold the draft against." in text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("county=18", 1),
        ("county=55", 1),
        ("county=99", 2),
        ("oblast=UA53000000000028050", 1),
        ("category=outside", 2),
        ("category=war_zone", 0),
        ("theme=education", 2),
        ("theme=youth", 0),
        ("lowest=9999", 0),
        ("highest=9999", 2),
        ("lowest=abc", 2),
        ("changed=on", 1),
        ("county=18&changed=on", 1),
        ("page=99", 2),
    ],
)
def test_the_result_is_filtered_by_its_address(query: str, shown: int) -> None:
    two_pairs()
    first = computed_run()
    first.proposals.get(response__municipality__number="1804").delete()
    run = computed_run()
    text = desk("kari").get(f"{run_page(run)}?{query}").content.decode()
    assert text.count('class="desk-meter desk-meter--small"') == shown


def test_the_run_page_shows_what_is_worked_out_and_asks_for_the_rest() -> None:
    two_pairs()
    run = computed_run()
    client = desk("kari")
    assert "Work out objectives, stability and prices" in client.get(run_page(run)).content.decode()
    client.post(reverse("admin:matching_matchrun_analyse", args=[run.pk]))
    assert "Some of this is still being computed." in client.get(run_page(run)).content.decode()
    for analysis in RunAnalysis.objects.filter(run=run):
        analyses.compute_analysis(analysis=analysis, at=NOW, clock=lambda: NOW)
    text = client.get(run_page(run)).content.decode()
    assert "Objectives side by side: what fairness costs" in text
    assert "Work out objectives" not in text


def test_missing_answers_are_asked_for_by_name() -> None:
    two_pairs()
    run = computed_run()
    run.summary["missing"] = [{"side": "no", "code": "1804", "parts": ["language", "population"], "pairs": 2}]
    run.save(update_fields=["summary"])
    text = desk("kari").get(run_page(run)).content.decode()
    assert (
        "<strong>Bodø (Nordland)</strong>: Working languages and Inhabitants (2 pairs wait for it)"
        in " ".join(text.split())
    )


def test_a_published_run_is_taken_back_with_a_reason() -> None:
    run = published_run()
    client, address = desk("kari"), reverse("admin:matching_matchrun_withdraw", args=[run.pk])
    assert "1 proposal that nobody has decided is withdrawn." in client.get(address).content.decode()
    client.post(address, {"reason": ""})
    assert MatchRun.objects.get(pk=run.pk).state == RunState.PUBLISHED
    client.post(address, {"reason": "Wrong data"})
    assert MatchRun.objects.get(pk=run.pk).was_withdrawn
    assert "Taken back" in client.get(run_page(run)).content.decode()


def test_locks_that_do_not_count_are_named_on_the_run() -> None:
    two_pairs()
    submitted_response("4621")
    ruled_pair(PairRuleKind.LOCK, "4621", LVIV)
    text = desk("kari").get(run_page(computed_run())).content.decode()
    assert "Voss (Vestland) and Lviv (Lviv Oblast): One of the two is not in the run." in text


def test_no_page_of_the_desk_loads_the_optimiser_or_unpacks_the_points() -> None:
    """The server reads plans and reports; points stay packed, and what solves stays in the engine's own process."""
    program = """
import django, sys; django.setup()
import kommunesamarbeid.urls, kommunesamarbeid.celery, matching.tasks, matching.admin
print(sorted(name for name in sys.modules if name.startswith("ortools")))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_reading_a_run_unpacks_no_points(monkeypatch: pytest.MonkeyPatch) -> None:
    from matching.engine import records

    two_pairs()
    run = computed_run()
    scenario = computed_scenario(run, {"code": "limit", "name": "total_at_most", "value": 1})

    def refuse(*given: object) -> None:
        raise AssertionError("a page unpacked the points")

    monkeypatch.setattr(records, "array_of", refuse)
    for address in (
        run_page(run),
        reverse("admin:matching_scenario_change", args=[scenario.pk]),
        f"{COMPARE}?first=run-{run.pk}&second=whatif-{scenario.pk}",
        reverse("admin:matching_matchrun_proof", args=[run.pk]),
        reverse("admin:matching_matchrun_whatif", args=[run.pk]),
    ):
        assert desk("kari").get(address).status_code == 200
