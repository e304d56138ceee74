"""Starting from few arcs and pricing all pairs ends where taking all pairs at once does."""

from __future__ import annotations

import sys
import time
import types
from typing import Any

import numpy as np
import pytest

from matching.engine import (
    LibraryClash,
    Plan,
    Problem,
    ProblemError,
    prices,
    solve,
    solve_scored,
    verify,
    verify_scored,
)
from matching.engine.optimiser.objectives import solve_frame
from matching.engine.optimiser.search import Search
from tests.matching.engine.instances import KINDS, middling, small
from tests.matching.engine.oracle import all_plans

OBJECTIVES = ("total", "partnerships", "leximin", "urgent_first")


def same(one: Plan, other: Plan) -> bool:
    """Return whether two plans have the same pairs and the same worth in every level."""
    return np.array_equal(one.pairs, other.pairs) and [a.value for a in one.levels] == [
        b.value for b in other.levels
    ]


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("kind", KINDS)
def test_one_arc_per_line_ends_at_the_same_plan(kind: str, objective: str) -> None:
    for seed in range(6):
        problem = small(seed, kind)
        if not len(all_plans(problem)):
            continue
        urgent = np.random.default_rng(seed).random(problem.points.shape) < 0.4
        whole = solve(problem, objective, urgent=urgent)
        grown = solve_frame(Search(problem.scorer, objective, urgent=urgent, per_line=1), problem.frame)
        assert same(whole, grown)
        assert verify(problem, grown, urgent).holds == grown.proved


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_few_arcs_end_at_the_same_plan_on_a_middling_problem(objective: str) -> None:
    problem = middling(1)
    urgent = np.random.default_rng(1).random(problem.points.shape) < 0.2
    whole = solve_frame(Search(problem.scorer, objective, urgent=urgent, per_line=60), problem.frame)
    grown = solve_frame(Search(problem.scorer, objective, urgent=urgent, per_line=2), problem.frame)
    assert same(whole, grown)
    assert grown.rounds > whole.rounds
    assert verify(problem, grown, urgent).holds


def test_scored_problem_equals_the_dense_one() -> None:
    problem = middling(2, 300, 40)
    fields: dict[str, Any] = {
        name: getattr(problem, name)
        for name in ("row_capacity", "column_capacity", "caps", "in_war_zone", "war_zone_at_least")
    }
    plan = solve_scored(problem.scorer, 300, 40, objective="partnerships", **fields)
    assert same(plan, solve(problem, "partnerships"))
    assert verify_scored(problem.scorer, problem.frame, plan).holds


def test_scored_problem_refuses_a_share() -> None:
    with pytest.raises(ProblemError, match="solve_scored: a share"):
        solve_scored(
            lambda start, stop: np.ones((stop - start, 2), np.int32),
            2,
            2,
            row_capacity=np.ones(2, np.int64),
            column_capacity=np.ones(2, np.int64),
            in_war_zone=np.array([True, False]),
            war_zone_share_permille=500,
        )


def test_progress_tells_every_round() -> None:
    events: list[tuple[str, int, int]] = []
    plan = solve(middling(3), progress=lambda level, rounds, arcs: events.append((level, rounds, arcs)))
    assert [rounds for _, rounds, _ in events] == list(range(1, plan.rounds + 1))
    assert events[-1][0] == "tie"


@pytest.mark.parametrize("problem", [middling(4), small(4, "crossing")])
def test_engine_refuses_to_run_beside_highspy(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "highspy", types.ModuleType("highspy"))
    with pytest.raises(
        LibraryClash, match=r"highspy is imported in this process .* run the engine in its own process"
    ):
        solve(problem)


def test_prices_of_a_whole_problem_take_less_time_than_two_hundred_solves() -> None:
    problem: Problem = middling(5, 200, 150)
    start = time.perf_counter()
    plan = solve(problem)
    solved = time.perf_counter()
    prices(problem, plan)
    assert time.perf_counter() - solved < 200 * (solved - start)
