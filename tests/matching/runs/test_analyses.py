"""Objectives, stability and prices are worked out in the engine's process, kept with the run, and are what a re-solve says."""

from __future__ import annotations

import json
import os
import signal
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from kommunesamarbeid.core.roles import SYSTEM, NotAllowed
from matching.choices import AnalysisKind, Objective
from matching.engine.optimiser.objectives import solve
from matching.engine.prices import price
from matching.engine.problem import Problem
from matching.engine.records import plan_of, plan_record, problem_of
from matching.engine.report import stable_pairs
from matching.engine.stability import blocking_pairs
from matching.models import Alternative, MatchRun, RunAnalysis
from matching.runs import analyses, computations, runs, schemes, solver
from matching.runs.schemes import SchemeValues
from matching.runs.solver import SolverError, Stopped
from matching.states import JobState
from tests.matching.builders import computed_run, matchable, queued_run, two_pairs
from tests.municipalities.pool import LVIV, POLTAVA, TESTIVSKA, ready_candidate
from tests.people import NOW, actor

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=2)


def analysed(run: MatchRun) -> dict[str, RunAnalysis]:
    """Return the analyses of a run by kind, all computed."""
    for analysis in analyses.request_analyses(run=run, by=SYSTEM, at=NOW):
        assert analyses.compute_analysis(analysis=analysis, at=NOW, clock=lambda: NOW)
    return {each.kind: each for each in RunAnalysis.objects.filter(run=run)}


def shared_run() -> MatchRun:
    """Return a run under a share for the war zone, where each price is a re-solve of its own."""
    matchable("1804", POLTAVA)
    matchable("5501", LVIV)
    ready_candidate(TESTIVSKA, category="war_zone")
    draft = schemes.draft_scheme(
        values=SchemeValues(war_zone_share_permille=500), reason="Half", by=actor("kari"), at=NOW
    )
    run = queued_run(scheme=draft)
    runs.compute_run(run=run, at=NOW, clock=lambda: NOW)
    return run


def problem_with_plan(run: MatchRun) -> tuple[Problem, Any]:
    problem, _objective, _band, _urgent = problem_of(json.loads(bytes(run.problem or b"")))
    return problem, plan_of(problem, run.plan or {})


def test_objectives_stand_side_by_side_each_proved_with_what_it_costs() -> None:
    two_pairs()
    run = computed_run()
    found = analysed(run)[AnalysisKind.OBJECTIVES].result or {}
    assert [each["objective"] for each in found["objectives"]] == Objective.values
    assert all(each["proved"] for each in found["objectives"])
    most = max(each["total"] for each in found["objectives"])
    assert [each["cost"] for each in found["objectives"]] == [
        most - each["total"] for each in found["objectives"]
    ]
    own = next(each for each in found["objectives"] if each["objective"] == run.objective)
    assert (own["pairs"], own["total"], own["worst"]) == (run.pairs, run.total, run.worst)


def test_stability_is_what_the_engine_finds_in_the_stored_plan() -> None:
    two_pairs()
    run = computed_run()
    found = analysed(run)[AnalysisKind.STABILITY].result or {}
    problem, plan = problem_with_plan(run)
    assert found["count"] == len(blocking_pairs(problem, plan))
    assert found["stable"]["cost"] == (run.total or 0) - found["stable"]["total"]


@pytest.mark.parametrize("seed", range(8))
def test_nobody_would_leave_the_stable_plan(seed: int) -> None:
    random = np.random.default_rng(seed)
    points = random.permutation(30 * 20).reshape(30, 20) - 60
    problem = Problem(np.maximum(points, -1), np.ones(30, np.int64), random.integers(1, 3, 20), threshold=50)
    chosen = stable_pairs(problem)
    stable = plan_of(
        problem,
        plan_record(problem, solve(problem))
        | {
            "pairs": [
                {
                    "row": problem.frame.row_codes[i],
                    "column": problem.frame.column_codes[j],
                    "points": int(problem.points[i, j]),
                }
                for i, j in chosen
            ]
        },
    )
    assert blocking_pairs(problem, stable) == ()


def test_a_run_under_a_share_gets_its_prices_afterwards_and_each_is_a_re_solve() -> None:
    run = shared_run()
    assert set(run.proposals.values_list("ban_price", flat=True)) == {None}
    analysed(run)
    problem, plan = problem_with_plan(run)
    rows, columns = problem.frame.row_codes, problem.frame.column_codes
    for pair in run.proposals.select_related("response__municipality", "candidate__hromada"):
        i, j = rows.index(pair.response.municipality.number), columns.index(pair.candidate.hromada.katottg)
        assert pair.ban_price == price(problem, plan, i, j, ban=True)
    others = Alternative.objects.filter(proposal__run=run).select_related(
        "response__municipality", "candidate__hromada"
    )
    assert others.count() > 0
    for other in others:
        i, j = rows.index(other.response.municipality.number), columns.index(other.candidate.hromada.katottg)
        assert (other.price, other.points) == (price(problem, plan, i, j), problem.points[i, j])


def test_a_run_with_prices_of_its_own_asks_for_none() -> None:
    run = computed_run()
    assert [each.kind for each in analyses.request_analyses(run=run, by=SYSTEM, at=NOW)] == [
        "objectives",
        "stability",
    ]
    assert analyses.request_analyses(run=run, by=SYSTEM, at=NOW) == []


def test_an_analysis_that_failed_is_tried_again_when_asked_for() -> None:
    run = computed_run()
    failed = analyses.request_analyses(run=run, by=SYSTEM, at=NOW)[0]
    RunAnalysis.objects.filter(pk=failed.pk).update(state=JobState.FAILED, attempts=3)
    again = analyses.request_analyses(run=run, by=actor("kari"), at=LATER)
    assert [(each.pk, each.state, each.attempts) for each in again] == [(failed.pk, JobState.QUEUED, 0)]


def test_the_task_comes_twice_and_works_once() -> None:
    analysis = analysed(computed_run())[AnalysisKind.STABILITY]
    assert not analyses.compute_analysis(analysis=analysis, at=LATER, clock=lambda: LATER)
    assert analysis.attempts == 1


def test_an_analysis_that_lost_its_process_is_queued_again() -> None:
    analysis = analyses.request_analyses(run=computed_run(), by=SYSTEM, at=NOW)[0]
    RunAnalysis.objects.filter(pk=analysis.pk).update(state=JobState.RUNNING, sign_of_life_at=NOW, attempts=1)
    assert computations.take_up_lost(RunAnalysis, at=LATER) == [analysis]
    assert computations.waiting(RunAnalysis, queued_before=LATER)[:1] == [analysis.pk]


def test_a_run_without_a_plan_has_nothing_to_work_out_and_readers_ask_for_nothing() -> None:
    with pytest.raises(analyses.NoPlan):
        analyses.request_analyses(run=queued_run(), by=SYSTEM, at=NOW)
    with pytest.raises(NotAllowed):
        analyses.request_analyses(run=computed_run(), by=actor("lars"), at=NOW)


def test_a_report_comes_from_the_process_that_solves_says_what_went_wrong_and_stops_when_told() -> None:
    def report(*, wanted: bool = True, timeout: float = 60) -> None:
        solver.ask(
            ["report", "stability"],
            b'{"plan":{},"problem":{}}',
            pulse=lambda level, rounds: wanted,
            timeout=timeout,
        )

    computed_run()
    before = set(solver._stand.live)
    with pytest.raises(SolverError, match="bad_problem"):
        report()
    assert (len(before), set(solver._stand.live)) == (1, before)
    for outcome, told in ((SolverError, {"timeout": 0}), (Stopped, {"wanted": False})):
        with solver._stand.engine() as engine:
            os.kill(engine.process.pid, signal.SIGSTOP)  # it cannot answer before it is asked to stop
        with pytest.raises(outcome):
            report(**told)
