"""Mistakes that this kind of program is known for, each kept out by name."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from matching.engine import Cap, Infeasible, Problem, ProblemError, solve, verify
from matching.engine.optimiser import network

POINTS = np.array([[900, 800, 100], [700, 600, 500]])
ROWS, COLUMNS = np.array([2, 2]), np.array([2, 1, 1])
WAR = np.array([True, False, False])


def test_no_pair_is_booked_twice_when_both_sides_have_places() -> None:
    plan = solve(Problem([[900]], [3], [3]))  # type: ignore[arg-type] # lists are read as arrays
    assert plan.pairs.tolist() == [[0, 0]]
    assert plan.total == 900


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0)])
@pytest.mark.parametrize("objective", ["total", "partnerships", "leximin"])
def test_an_empty_side_gives_the_empty_plan(n: int, m: int, objective: str) -> None:
    problem = Problem(np.zeros((n, m), np.int64), np.ones(n, np.int64), np.ones(m, np.int64))
    plan = solve(problem, objective)
    assert (len(plan.pairs), plan.total, plan.proved) == (0, 0, True)
    assert verify(problem, plan).holds


@pytest.mark.parametrize("points", [-1, 0, 500])
def test_equal_points_everywhere_give_one_proven_plan(points: int) -> None:
    problem = Problem(np.full((5, 4), points), np.ones(5, np.int64), np.ones(4, np.int64))
    plan = solve(problem, "partnerships")
    assert (len(plan.pairs), plan.ties) == (0 if points < 0 else 4, False)
    assert verify(problem, plan).holds


def test_zero_places_everywhere_give_the_empty_plan() -> None:
    problem = Problem(POINTS, 0 * ROWS, 0 * COLUMNS, caps=[Cap("all", at_most=0)])
    plan = solve(problem)
    assert len(plan.pairs) == 0
    assert verify(problem, plan).holds


def test_a_locked_pair_ignores_the_threshold() -> None:
    problem = Problem(POINTS, ROWS, COLUMNS, locked=[(0, 2)], threshold=650)
    plan = solve(problem)
    assert plan.pairs.tolist() == [[0, 0], [0, 2], [1, 0]]
    assert verify(problem, plan).holds


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"locked": [(0, 1), (1, 1)]}, r"locked: pair \(1, 1\) exceeds a capacity"),
        (
            {"locked": [(0, 0), (1, 0)], "caps": [Cap("west", columns=[0], at_most=1)]},
            r"\(1, 0\) exceeds cap west",
        ),
        (
            {"points": np.array([[-1, 8, 1], [7, 6, 5]]), "locked": [(0, 0)]},
            r"locked: pair \(0, 0\) is forbidden",
        ),
        ({"locked": [(0, 9)]}, r"locked: pair \(0, 9\) is outside \(2, 3\)"),
        ({"locked": [(0, 0), (0, 0)]}, "locked: a pair stands twice"),
        ({"points": np.array([[np.nan, 1, 2], [3, 4, 5]])}, "points: expected whole numbers, found float64"),
        ({"points": np.zeros(3, np.int64)}, r"points: expected 2 dimensions, found shape \(3,\)"),
        ({"points": POINTS - 1000}, "points: expected -1 to"),
        ({"points": POINTS * 2**40}, "points: expected -1 to 2147483647"),
        ({"row_capacity": np.ones(3, np.int64)}, r"row_capacity: expected shape \(2,\), found \(3,\)"),
        ({"column_capacity": np.array([1, -1, 1])}, "column_capacity: expected 0 to"),
        ({"in_war_zone": WAR[:2]}, r"in_war_zone: expected \(3,\) of bool, found \(2,\)"),
        ({"war_zone_at_least": 1}, "war_zone_at_least: needs in_war_zone"),
        ({"in_war_zone": WAR, "war_zone_share_permille": 1001}, "expected 0 to 1000"),
        ({"threshold": -1}, "threshold: expected a whole number from 0 on"),
        ({"total_at_most": 1.5}, "total_at_most: expected a whole number"),
        ({"caps": [Cap("a", columns=[7])]}, r"caps\[a\].columns: expected indices 0 to 2"),
        ({"caps": [Cap("a"), Cap("a")]}, "caps: a code stands twice"),
        ({"caps": [Cap("a", at_most=1, at_least=2)]}, "at_least 2 exceeds at_most 1"),
        ({"row_codes": ["1", "1"]}, "row_codes: expected 2 different codes"),
    ],
)
def test_a_problem_that_contradicts_itself_is_refused_by_name(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        Problem(**({"points": POINTS, "row_capacity": ROWS, "column_capacity": COLUMNS} | fields))


@pytest.mark.parametrize(
    ("objective", "extra", "message"),
    [
        ("most", {}, "objective: expected one of"),
        ("leximin", {"leximin_band": 0}, "leximin_band: expected 1 or more"),
        ("urgent_first", {}, "urgent: urgent_first needs"),
        ("urgent_first", {"urgent": np.zeros((2, 2), np.bool_)}, r"urgent: expected \(2, 3\)"),
    ],
)
def test_a_wrong_objective_is_refused_by_name(objective: str, extra: dict[str, Any], message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        solve(Problem(POINTS, ROWS, COLUMNS), objective, **extra)


def test_an_unreachable_bound_says_how_far_it_goes_and_what_binds() -> None:
    caps = [Cap("east", columns=[0], at_most=1)]
    problem = Problem(POINTS, ROWS, COLUMNS, caps=caps, in_war_zone=WAR, war_zone_at_least=2)
    with pytest.raises(Infeasible) as caught:
        solve(problem)
    assert (caught.value.required, caught.value.reachable, caught.value.binding) == (
        2,
        1,
        ("east", "war_zone"),
    )


def test_an_unreachable_bound_among_crossing_caps_says_so_too() -> None:
    caps = [
        Cap("one", rows=[0], columns=[0, 1], at_least=2),
        Cap("two", rows=[0, 1], columns=[1, 2], at_most=0),
    ]
    with pytest.raises(Infeasible) as caught:
        solve(Problem(POINTS, ROWS, COLUMNS, caps=caps))
    assert (caught.value.required, caught.value.reachable, caught.value.binding) == (2, 1, ("one", "two"))


def test_an_oblast_with_both_categories_goes_to_the_integer_programme() -> None:
    caps = [Cap("oblast", columns=[0, 1], at_most=2)]
    war = np.array([True, False, True])
    problem = Problem(POINTS, ROWS, COLUMNS, caps=caps, in_war_zone=war, war_zone_at_least=2)
    plan = solve(problem)
    assert (plan.method, plan.total, plan.proved) == ("integer", 2200, True)
    assert verify(problem, plan).holds


def test_the_largest_points_are_summed_exactly() -> None:
    most = 2**31 - 1
    problem = Problem(np.full((40, 30), most), np.full(40, 2), np.full(30, 2))
    plan = solve(problem)
    assert plan.total == 60 * most
    assert verify(problem, plan).holds


def test_costs_that_could_overflow_are_refused() -> None:
    one = np.ones(1, np.int64)
    with pytest.raises(ProblemError, match="must stay below 2\\^62"):
        network.min_cost(0 * one, one, 0 * one, one, one * 2**61, 2)


def test_importing_the_engine_does_not_load_the_solver() -> None:
    program = "import sys, matching.engine; print('ortools' in sys.modules, 'django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
