"""A what-if is computed on what its run has read, is proved, and never touches the run."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.forms.models import model_to_dict

from kommunesamarbeid.core.refusals import NameMissing
from kommunesamarbeid.core.roles import NotAllowed
from matching.engine.scores.criteria import DEFAULT_WEIGHTS
from matching.models import MatchRun, Proposal, Scenario
from matching.questions import scenarios, whatif
from matching.runs import computations, runs, schemes
from matching.runs.inputs import digest_of, stored
from matching.runs.schemes import SchemeValues
from matching.states import JobState
from municipalities.models import Candidate
from tests.matching.builders import (
    computed_run,
    computed_scenario,
    matchable,
    published_run,
    queued_run,
    queued_scenario,
    two_pairs,
)
from tests.municipalities.answers import ready_response
from tests.municipalities.pool import LVIV, POLTAVA
from tests.people import NOW, actor

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=2)
LOCK = {"code": "lock", "row": "1804", "column": LVIV}
FORBID = {"code": "forbid", "row": "1804", "column": POLTAVA, "reason": "A wish of Bodø"}


def pairs_of(plan: MatchRun | Scenario) -> set[tuple[str, str]]:
    return {(pair["row"], pair["column"]) for pair in (plan.plan or {})["pairs"]}


def picture(run: MatchRun) -> tuple[Any, ...]:
    """Return everything a run is and has proposed."""
    fresh = MatchRun.objects.get(pk=run.pk)
    return model_to_dict(fresh), list(Proposal.objects.filter(run=run).order_by("pk").values())


def test_stored_inputs_are_those_of_the_digest_and_give_the_same_problem() -> None:
    two_pairs()
    run = computed_run()
    assert digest_of(run) == run.input_digest
    assert whatif.problem_bytes(stored(run)) == bytes(run.problem or b"")


def test_a_lock_is_in_the_plan_and_the_run_stays_as_it_was() -> None:
    two_pairs()
    run = published_run()
    before = picture(run)
    scenario = computed_scenario(run, LOCK)
    assert (scenario.state, scenario.proved, ("1804", LVIV) in pairs_of(scenario)) == (
        JobState.COMPUTED,
        True,
        True,
    )
    assert picture(run) == before


def test_a_ban_keeps_the_pair_out_and_costs_what_the_run_says_it_costs() -> None:
    two_pairs()
    run = computed_run()
    pair = run.proposals.get(response__municipality__number="1804")
    column = pair.candidate.hromada.katottg
    scenario = computed_scenario(run, FORBID | {"column": column})
    assert ("1804", column) not in pairs_of(scenario)
    assert (run.total or 0) - (scenario.total or 0) == pair.ban_price


def test_a_place_more_gives_one_pair_more() -> None:
    matchable("1804", POLTAVA)
    ready_response("5501")
    run = computed_run()
    scenario = computed_scenario(run, {"code": "column_capacity", "party": POLTAVA, "value": 2})
    assert (run.pairs, scenario.pairs) == (1, 2)


def test_other_weights_are_scored_anew_and_measured_by_the_runs_own_too() -> None:
    two_pairs()
    run = computed_run()
    weights = DEFAULT_WEIGHTS.as_dict() | {"theme": 5_000, "likeness": 500}
    scenario = computed_scenario(run, {"code": "weights", "weights": weights})
    points = {(pair["row"], pair["column"]): pair["points"] for pair in (run.plan or {})["pairs"]}
    new = (scenario.plan or {})["pairs"]
    assert scenario.points_before == [points[pair["row"], pair["column"]] for pair in new]
    assert scenario.total == sum(pair["points"] for pair in new) != run.total


def test_limits_and_objective_are_changed_as_asked() -> None:
    two_pairs()
    scenario = computed_scenario(
        computed_run(),
        {"code": "limit", "name": "total_at_most", "value": 1},
        {"code": "objective", "value": "total"},
    )
    assert (scenario.pairs, scenario.objective, (scenario.plan or {})["objective"]) == (1, "total", "total")


def test_what_was_answered_since_the_run_does_not_reach_the_what_if() -> None:
    two_pairs()
    run = computed_run()
    Candidate.objects.update(capacity=5)
    scenario = computed_scenario(run, {"code": "limit", "name": "seed", "value": 2})
    assert pairs_of(scenario) == pairs_of(run)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "lock", "row": "0301", "column": LVIV}, "unknown_party"),
        ({"code": "row_capacity", "party": LVIV, "value": 1}, "unknown_party"),
        ({"code": "row_capacity", "party": "1804", "value": -1}, "bad_value"),
        ({"code": "weights", "weights": {"theme": 10_000}}, "bad_value"),
        ({"code": "limit", "name": "state", "value": 1}, "bad_value"),
        ({"code": "limit", "name": "threshold", "value": None}, "bad_value"),
        ({"code": "objective", "value": "beauty"}, "bad_value"),
        ({"code": "dance"}, "unknown_change"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_with_its_code(change: dict[str, Any], code: str) -> None:
    two_pairs()
    run = computed_run()
    with pytest.raises(whatif.BadChange) as caught:
        queued_scenario(run, change)
    assert caught.value.code == code


def test_a_lock_that_a_rule_or_a_place_forbids_is_refused() -> None:
    matchable("1804", POLTAVA, refusal="outside")
    matchable("5501", LVIV)
    run = computed_run()
    with pytest.raises(whatif.BadChange, match="category_refused"):
        queued_scenario(run, LOCK)
    with pytest.raises(whatif.BadChange, match="no_place"):
        queued_scenario(
            run, *({"code": "lock", "row": "5501", "column": column} for column in (LVIV, POLTAVA))
        )


def test_a_what_if_needs_a_name_a_change_a_plan_and_the_power() -> None:
    run = computed_run()
    with pytest.raises(NameMissing):
        queued_scenario(run, name=" ")
    with pytest.raises(scenarios.NothingChanged):
        scenarios.queue_scenario(run=run, name="Nothing", changes=(), by=actor("kari"), at=NOW)
    with pytest.raises(scenarios.RunWithoutInputs):
        queued_scenario(queued_run())
    with pytest.raises(NotAllowed):
        scenarios.queue_scenario(run=run, name="No", changes=[FORBID], by=actor("lars"), at=NOW)


def test_what_cannot_be_reached_fails_with_what_can_and_may_be_tried_again() -> None:
    scenario = computed_scenario(computed_run(), {"code": "limit", "name": "war_zone_at_least", "value": 3})
    assert (scenario.state, scenario.plan) == (JobState.FAILED, None)
    facts = json.loads(scenario.error)
    assert (facts["code"], facts["required"], facts["binding"]) == ("infeasible", 3, ["war_zone"])
    scenarios.restart_scenario(scenario=scenario, by=actor("kari"), at=LATER)
    assert (scenario.state, scenario.attempts) == (JobState.QUEUED, 0)


def test_the_task_comes_twice_and_computes_once() -> None:
    scenario = computed_scenario(computed_run())
    again = Scenario.objects.get(pk=scenario.pk)
    assert not scenarios.compute_scenario(scenario=again, at=LATER, clock=lambda: LATER)
    assert (again.finished_at, again.attempts) == (NOW, 1)


def test_a_what_if_that_lost_its_process_is_queued_again_three_times_at_most() -> None:
    scenario = queued_scenario(computed_run())
    for attempts, state in ((1, JobState.QUEUED), (2, JobState.QUEUED), (3, JobState.FAILED)):
        Scenario.objects.filter(pk=scenario.pk).update(
            state=JobState.RUNNING, sign_of_life_at=NOW, attempts=attempts
        )
        assert computations.take_up_lost(Scenario, at=LATER) == [scenario]
        scenario.refresh_from_db()
        assert scenario.state == state


def test_a_job_with_a_fresh_sign_of_life_is_left_alone() -> None:
    scenario = queued_scenario(computed_run())
    Scenario.objects.filter(pk=scenario.pk).update(state=JobState.RUNNING, sign_of_life_at=LATER)
    assert computations.take_up_lost(Scenario, at=LATER) == []


def test_a_draft_is_tried_on_the_last_run_and_says_what_it_would_change() -> None:
    two_pairs()
    run = published_run()
    values = SchemeValues(total_at_most=1, threshold=100)
    draft = schemes.draft_scheme(values=values, reason="Fewer", by=actor("kari"), at=NOW)
    scenario = scenarios.preview_scheme(scheme=draft, name="Scheme v2", by=actor("kari"), at=NOW)
    assert (scenario.run_id, scenario.scheme_id) == (run.pk, draft.pk)
    assert scenario.changes == [
        {"code": "limit", "name": "total_at_most", "value": 1},
        {"code": "limit", "name": "threshold", "value": 100},
    ]


def test_a_preview_is_the_run_that_the_draft_would_give() -> None:
    two_pairs()
    published_run()
    weights = DEFAULT_WEIGHTS.as_dict() | {"theme": 3_000, "likeness": 2_500}
    draft = schemes.draft_scheme(
        values=SchemeValues(weights=weights), reason="Alike", by=actor("kari"), at=NOW
    )
    scenario = scenarios.preview_scheme(scheme=draft, name="Scheme v2", by=actor("kari"), at=NOW)
    scenarios.compute_scenario(scenario=scenario, at=NOW, clock=lambda: NOW)
    run = queued_run(scheme=draft)
    runs.compute_run(run=run, at=NOW, clock=lambda: NOW)
    assert (run.plan, bytes(run.problem or b"")) == (scenario.plan, bytes(scenario.problem or b""))


def test_plans_on_one_run_are_measured_alike_and_plans_on_two_are_not() -> None:
    two_pairs()
    first, second = computed_run(), computed_run()
    row, column = min(pairs_of(first))
    lock = {"code": "lock", "row": row, "column": column}
    scenario = computed_scenario(first, lock, {"code": "limit", "name": "total_at_most", "value": 1})
    found, alike = scenarios.compare_plans(first, scenario)
    assert (alike, len(found.same), len(found.only_before), [gain.points > 0 for gain in found.gains]) == (
        True,
        1,
        1,
        [False, False],
    )
    assert scenarios.compare_plans(second, scenario)[1] is False
