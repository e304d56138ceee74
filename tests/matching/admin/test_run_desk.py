"""The desk's pages over runs and schemes: what they show, what they start, and how few queries they take."""

from __future__ import annotations

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from matching.choices import SchemeState
from matching.models import MatchRun, Scheme
from matching.runs import runs
from matching.runs.schemes import SchemeValues, current_scheme, draft_scheme, ensure_default_scheme
from matching.runs.weight_steps import nearest_steps
from matching.states import ProposalState, RunState
from tests.desk import desk, run_page
from tests.matching.builders import (
    compute,
    computed_run,
    draft,
    matchable,
    published_run,
    queued_run,
    two_pairs,
)
from tests.municipalities.answers import submitted_response
from tests.municipalities.pool import LVIV, POLTAVA, TESTIVSKA, ready_candidate
from tests.people import NOW, actor

pytestmark = pytest.mark.django_db
LIST = reverse("admin:matching_matchrun_changelist")


def test_run_page_shows_pairs_reasons_proof_and_who_is_out() -> None:
    two_pairs()
    submitted_response("1811")
    ready_candidate("UA53060230000099999")
    text = desk("kari").get(run_page(computed_run())).content.decode()
    for words in (
        "Bodø (Nordland)",
        "Proved: no permitted plan is better",
        "Offers education (has experts)",
        "Send 2 proposals for review",
        "Interest is registered, but KS has not marked the response as ready. (1)",
        "Fits somebody, but the places there give more",
    ):
        assert words in text


def test_reached_limits_name_county_and_oblast_in_the_readers_language() -> None:
    matchable("1804", POLTAVA)
    matchable("5501", TESTIVSKA)
    run = queued_run(scheme=draft(oblast_at_most=1, war_zone_at_least=0))
    assert compute(run)
    browser = desk("kari")
    browser.cookies["language"] = "nb"
    page = browser.get(reverse("admin:matching_matchrun_change", args=[run.pk]))
    assert [str(limit).partition(" (")[0] for limit in page.context["limits"]] == [
        "grensen for Poltava oblast"
    ]


def test_list_takes_the_same_queries_with_one_run_and_three(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = desk("kari")
    queued_run()
    with django_assert_num_queries(7):
        client.get(LIST)
    queued_run()
    queued_run()
    with django_assert_num_queries(7):
        client.get(LIST)


def test_run_page_takes_the_same_queries_with_one_pair_and_two(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = desk("kari")
    matchable()
    # Somebody is out and somebody gets nobody, so both pages have names to look up.
    submitted_response("4621")
    ready_candidate("UA53060230000099999")
    computed_run()
    one = computed_run()
    client.get(run_page(one))
    with django_assert_num_queries(19):
        client.get(run_page(one))
    matchable("5501", LVIV)
    two = computed_run()
    with django_assert_num_queries(19):
        client.get(run_page(two))


def test_new_computation_is_queued_and_started_after_commit(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = desk("kari")
    scheme = ensure_default_scheme(at=NOW)
    with django_capture_on_commit_callbacks() as started:
        answer = client.post(
            reverse("admin:matching_matchrun_new"),
            {"scheme": scheme.pk, "as_of": "2026-11-23", "objective": "leximin"},
        )
    run = MatchRun.objects.get()
    assert (answer.status_code, answer["Location"], len(started)) == (302, run_page(run), 1)
    assert (run.state, run.objective, str(run.as_of)) == (RunState.QUEUED, "leximin", "2026-11-23")


def test_new_computation_with_an_odd_date_keeps_what_was_typed() -> None:
    client = desk("kari")
    answer = client.post(
        reverse("admin:matching_matchrun_new"), {"scheme": "0", "as_of": "31.02.2026", "objective": ""}
    )
    assert answer.status_code == 200
    assert 'value="31.02.2026"' in answer.content.decode()
    assert not MatchRun.objects.exists()


def test_publish_asks_first_and_then_sends() -> None:
    client, run = desk("kari"), computed_run()
    address = reverse("admin:matching_matchrun_publish", args=[run.pk])
    assert "opened for decisions" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    run.refresh_from_db()
    assert (run.state, run.proposals.get().state) == (RunState.PUBLISHED, ProposalState.PROPOSED)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"bound": 10_000_000}, "This run is not proved and cannot be sent to review."),
        ({"pairs": 0}, "This run proposes no pair."),
    ],
)
def test_publish_says_before_the_act_what_the_act_says(changed: dict[str, int], why: str) -> None:
    client, run = desk("kari"), computed_run()
    MatchRun.objects.filter(pk=run.pk).update(**changed)
    address = reverse("admin:matching_matchrun_publish", args=[run.pk])
    assert why in client.get(address).content.decode()
    assert why in client.post(address, follow=True).content.decode()
    run.refresh_from_db()
    assert run.state == RunState.COMPUTED


def test_publish_of_a_published_run_is_a_plain_conflict() -> None:
    client, run = desk("kari"), published_run()
    assert client.post(reverse("admin:matching_matchrun_publish", args=[run.pk])).status_code == 409


def test_publish_says_how_many_undecided_proposals_expire() -> None:
    published_run()
    run = computed_run()
    text = desk("kari").get(reverse("admin:matching_matchrun_publish", args=[run.pk])).content.decode()
    assert "1 undecided proposal of an earlier run expires." in text


def test_run_on_a_draft_is_tried_but_not_sent() -> None:
    matchable()
    ensure_default_scheme(at=NOW)
    scheme = draft_scheme(values=SchemeValues(), reason="Trial", by=actor("guro"), at=NOW)
    run = queued_run(scheme=scheme)
    runs.compute_run(run=run, at=NOW, clock=lambda: NOW)
    client = desk("kari")
    assert "for review" not in client.get(run_page(run)).content.decode()
    client.post(reverse("admin:matching_matchrun_publish", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == RunState.COMPUTED


def test_going_run_shows_a_way_to_update_and_to_cancel() -> None:
    client, run = desk("kari"), queued_run()
    text = client.get(run_page(run)).content.decode()
    assert "Update" in text
    assert client.post(reverse("admin:matching_matchrun_cancel", args=[run.pk])).status_code == 302
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED


def test_interrupted_run_is_started_again(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client, run = desk("kari"), queued_run()
    MatchRun.objects.filter(pk=run.pk).update(state=RunState.INTERRUPTED)
    assert "Start again" in client.get(run_page(run)).content.decode()
    with django_capture_on_commit_callbacks() as started:
        client.post(reverse("admin:matching_matchrun_restart", args=[run.pk]))
    run.refresh_from_db()
    assert (run.state, len(started)) == (RunState.QUEUED, 1)


def test_discard_asks_first() -> None:
    client, run = desk("kari"), computed_run()
    address = reverse("admin:matching_matchrun_discard", args=[run.pk])
    assert "cannot be undone" in client.get(address).content.decode()
    client.post(address)
    run.refresh_from_db()
    assert run.state == RunState.DISCARDED


def test_history_of_a_run_tells_who_did_what() -> None:
    run = published_run()
    text = desk("lars").get(reverse("admin:matching_matchrun_history", args=[run.pk])).content.decode()
    assert "Kari Nordmann" in text
    assert "Published for review" in text


def test_reader_sees_runs_and_starts_nothing() -> None:
    client, run = desk("lars"), computed_run()
    text = client.get(run_page(run)).content.decode()
    assert "for review" not in text
    assert client.get(reverse("admin:matching_matchrun_new")).status_code == 403


def test_auc_sees_no_run() -> None:
    assert desk("andrij").get(LIST).status_code == 403


def form_of(scheme: Scheme, **changes: str) -> dict[str, str]:
    said = {f"step_{code}": str(step) for code, step in nearest_steps(scheme.weights).items()}
    said |= {
        "threshold": "0",
        "objective": scheme.objective,
        "leximin_band": "250",
        "seed": "1",
        "reason": "Learning counts more",
    }
    return said | changes


def test_scheme_is_drafted_by_one_and_put_in_force_by_another() -> None:
    kari, guro = desk("kari"), desk("guro")
    before = ensure_default_scheme(at=NOW)
    kari.post(reverse("admin:matching_scheme_draft"), form_of(before, step_waiting="0", step_reciprocity="2"))
    scheme = Scheme.objects.get(version=2)
    address = reverse("admin:matching_scheme_publish", args=[scheme.pk])
    answer = kari.post(address, {"reason": "Agreed"})
    assert "another person does" in answer.content.decode()
    assert guro.post(address, {"reason": "Agreed"}).status_code == 302
    assert (current_scheme().pk, current_scheme().weights["reciprocity"]) == (scheme.pk, 1_000)


def test_themes_without_importance_are_refused_and_nothing_typed_is_lost() -> None:
    client, before = desk("kari"), ensure_default_scheme(at=NOW)
    text = client.post(
        reverse("admin:matching_scheme_draft"), form_of(before, step_theme="0")
    ).content.decode()
    assert "0 is not one of the available choices" in text
    assert "Learning counts more" in text
    assert not Scheme.objects.filter(state=SchemeState.DRAFT).exists()


def test_scheme_page_shows_the_change_beside_the_one_in_force() -> None:
    ensure_default_scheme(at=NOW)
    weights = SchemeValues().weights | {"waiting": 300, "reciprocity": 700}
    scheme = draft_scheme(values=SchemeValues(weights=weights), reason="Learning", by=actor("kari"), at=NOW)
    text = desk("guro").get(reverse("admin:matching_scheme_change", args=[scheme.pk])).content.decode()
    assert "<strong>700</strong>" in text
    assert '<td class="desk-number">Slightly important (500)</td>' in text
    assert "Put in force" in text
