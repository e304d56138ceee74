"""What must hold between a problem and a changed one, whatever the numbers are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine import Cap, Infeasible, Plan, Problem, compare_objectives, price, prices, solve, verify
from tests.matching.engine.instances import middling

SEEDS = range(4)


def changed(problem: Problem, **values: Any) -> Problem:
    """Return the problem with some fields replaced."""
    return replace(problem, **values)


def coded(problem: Problem, plan: Plan) -> set[tuple[str, str]]:
    """Return the plan's pairs in codes."""
    rows, columns = problem.frame.row_codes, problem.frame.column_codes
    return {(rows[i], columns[j]) for i, j in plan.pairs}


@pytest.mark.parametrize("objective", ["total", "partnerships", "leximin"])
@pytest.mark.parametrize("seed", SEEDS)
def test_order_of_input_never_matters(seed: int, objective: str) -> None:
    problem = middling(
        seed, row_codes=[f"{3000 + k}" for k in range(60)], column_codes=[f"UA{k}" for k in range(50)]
    )
    random = np.random.default_rng(seed)
    rows, columns = random.permutation(60), random.permutation(50)
    assert problem.in_war_zone is not None
    shuffled = Problem(
        problem.points[rows][:, columns],
        problem.row_capacity[rows],
        problem.column_capacity[columns],
        caps=[replace(cap, columns=np.asarray(cap.columns)[columns]) for cap in reversed(problem.caps)],
        in_war_zone=problem.in_war_zone[columns],
        war_zone_at_least=problem.war_zone_at_least,
        row_codes=[problem.frame.row_codes[k] for k in rows],
        column_codes=[problem.frame.column_codes[k] for k in columns],
    )
    plan = solve(problem, objective)
    assert plan.ties is False
    assert coded(problem, plan) == coded(shuffled, solve(shuffled, objective))


@pytest.mark.parametrize("seed", SEEDS)
def test_mirrored_sides_give_the_mirrored_total(seed: int) -> None:
    problem = middling(seed, caps=[], in_war_zone=None, war_zone_at_least=None)
    mirrored = Problem(problem.points.T, problem.column_capacity, problem.row_capacity)
    assert solve(problem).total == solve(mirrored).total


@pytest.mark.parametrize("seed", SEEDS)
def test_a_constant_on_all_points_changes_no_plan_of_most_partnerships(seed: int) -> None:
    problem = middling(seed)
    raised = changed(problem, points=np.where(problem.points < 0, -1, problem.points + 700))
    assert np.array_equal(solve(problem, "partnerships").pairs, solve(raised, "partnerships").pairs)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_chosen_pair_that_rises_stays_chosen(seed: int) -> None:
    problem = middling(seed)
    plan = solve(problem)
    points = problem.points.copy()
    i, j = plan.pairs[len(plan.pairs) // 2]
    points[i, j] += 50
    risen = solve(changed(problem, points=points))
    assert [i, j] in risen.pairs.tolist()
    assert risen.total == plan.total + 50


@pytest.mark.parametrize("seed", SEEDS)
def test_banning_a_pair_loses_exactly_its_price(seed: int) -> None:
    problem = middling(seed)
    plan = solve(problem)
    costs = prices(problem, plan)
    for k in range(0, len(plan.pairs), 7):
        i, j = plan.pairs[k]
        assert costs.ban[k] == price(problem, plan, i, j, ban=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_more_place_never_loses(seed: int) -> None:
    problem = middling(seed)
    more = problem.row_capacity.copy()
    more[seed] += 1
    assert solve(changed(problem, row_capacity=more)).total >= solve(problem).total


@pytest.mark.parametrize("seed", SEEDS)
def test_locking_chosen_pairs_changes_nothing(seed: int) -> None:
    problem = middling(seed)
    plan = solve(problem)
    locked = changed(problem, locked=[(int(i), int(j)) for i, j in plan.pairs[::5]])
    assert np.array_equal(solve(locked).pairs, plan.pairs)


@pytest.mark.parametrize("seed", SEEDS)
def test_worth_of_a_binding_limit_is_what_one_more_gains(seed: int) -> None:
    problem = middling(seed)
    plan = solve(problem)
    assert plan.binding
    for limit in plan.binding:
        if limit.kind == "war_zone":
            relaxed = changed(problem, war_zone_at_least=limit.limit - 1)
        else:
            caps = [replace(c, at_most=limit.limit + 1) if c.code == limit.code else c for c in problem.caps]
            relaxed = changed(problem, caps=caps)
        assert solve(relaxed).total == plan.total + (limit.worth or 0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.integers(0, 6),
    st.integers(0, 6),
    st.integers(0, 2**32 - 1),
    st.sampled_from(["total", "partnerships", "leximin"]),
)
def test_every_shape_gives_a_proven_plan(n: int, m: int, seed: int, objective: str) -> None:
    random = np.random.default_rng(seed)
    problem = Problem(
        np.maximum(random.integers(-1, 5, (n, m)) * int(random.integers(1, 3000)), -1),
        random.integers(0, 3, n),
        random.integers(0, 3, m),
        caps=[Cap("half", columns=np.arange(m) < m // 2, at_most=int(random.integers(0, 4)))],
    )
    plan = solve(problem, objective)
    assert verify(problem, plan).holds


def test_objectives_stand_side_by_side_with_what_they_cost() -> None:
    problem = middling(1)
    costs = {cost.objective: cost for cost in compare_objectives(problem)}
    assert list(costs) == ["total", "partnerships", "leximin"]
    assert costs["total"].cost == 0
    assert costs["leximin"].pairs == costs["partnerships"].pairs >= costs["total"].pairs
    assert costs["leximin"].worst // 250 >= costs["partnerships"].worst // 250
    assert costs["leximin"].total == costs["total"].total - costs["leximin"].cost


def test_a_share_out_of_reach_says_how_far_it_goes() -> None:
    caps = [Cap("outside", columns=[1], at_least=2), Cap("war", columns=[0], at_most=1)]
    problem = Problem(
        np.full((4, 2), 5),
        np.ones(4, np.int64),
        np.full(2, 4),
        caps=caps,
        in_war_zone=np.array([True, False]),
        war_zone_share_permille=500,
    )
    with pytest.raises(Infeasible) as caught:
        solve(problem)
    assert (caught.value.required, caught.value.reachable, caught.value.binding) == (
        2,
        1,
        ("war_zone_share",),
    )
