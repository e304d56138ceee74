"""Every price is what solving again would show, and the moves add up to it."""

from __future__ import annotations

import numpy as np
import pytest

from matching.engine import (
    LEVEL,
    NEVER,
    NeedsResolve,
    Problem,
    alternatives,
    blocking_pairs,
    price,
    prices,
    rank_late,
    solve,
    why,
)
from tests.matching.engine.instances import middling

OBJECTIVES = ("total", "partnerships", "leximin", "urgent_first")


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_five_hundred_random_prices_equal_a_resolve(objective: str) -> None:
    checked = 0
    for seed in range(5):
        shape = (20, 25) if seed % 2 else (25, 20)
        problem = middling(seed, *shape, threshold=3000)
        random = np.random.default_rng(seed)
        urgent = random.random(shape) < 0.2
        plan = solve(problem, objective, leximin_band=1000, urgent=urgent)
        costs = prices(problem, plan, urgent)
        for k, (i, j) in enumerate(plan.pairs):
            assert costs.ban[k] == price(problem, plan, int(i), int(j), ban=True, urgent=urgent)
        for i, j in random.permutation(np.argwhere(problem.points >= 0))[: 100 - len(plan.pairs)]:
            assert costs.force[i, j] == price(problem, plan, int(i), int(j), urgent=urgent)
            checked += 1
        checked += len(plan.pairs)
    assert checked >= 500


def test_a_pair_that_would_cost_a_partnership_is_marked() -> None:
    problem = Problem(np.array([[9, 8], [8, -1]]), np.array([1, 1]), np.array([1, 1]))
    costs = prices(problem, solve(problem, "partnerships"))
    assert costs.force.tolist() == [[LEVEL, 0], [0, NEVER]]
    assert prices(problem, solve(problem)).force.tolist() == [[7, 0], [0, NEVER]]


def test_moves_lead_from_the_plan_to_one_with_the_pair() -> None:
    problem = middling(21)
    plan = solve(problem)
    costs = prices(problem, plan)
    chosen = {
        (problem.frame.row_codes[i], problem.frame.column_codes[j]): int(problem.points[i, j])
        for i, j in plan.pairs
    }
    for i, j in np.argwhere(costs.force > 0)[::97]:
        answer = why(problem, plan, int(i), int(j))
        assert answer.price == costs.force[i, j]
        assert answer == costs.why(int(i), int(j))
        first = answer.moves[0]
        assert (first.kind, first.row, first.column) == (
            "joins",
            problem.frame.row_codes[i],
            problem.frame.column_codes[j],
        )
        left = sum(chosen[move.row, move.column] for move in answer.moves if move.kind == "leaves")
        joined = [(int(move.row), int(move.column)) for move in answer.moves if move.kind == "joins"]
        assert left - sum(int(problem.points[pair]) for pair in joined) == answer.price


def test_alternatives_are_the_cheapest_and_never_chosen_or_impossible() -> None:
    problem = middling(22)
    plan = solve(problem)
    costs = prices(problem, plan)
    by_row, by_column = alternatives(costs)
    chosen = {tuple(pair) for pair in plan.pairs.tolist()}
    for i in range(60):
        codes = problem.frame.column_codes
        open_columns = [j for j in range(50) if (i, j) not in chosen and costs.force[i, j] >= 0]
        ranked = sorted(open_columns, key=lambda j: (costs.force[i, j], -problem.points[i, j], codes[j]))
        assert [j for j in by_row[i] if j >= 0] == ranked[:3]
    for j in range(50):
        open_rows = [i for i in range(60) if (i, j) not in chosen and costs.force[i, j] >= 0]
        ranked = sorted(
            open_rows, key=lambda i: (costs.force[i, j], -problem.points[i, j], problem.frame.row_codes[i])
        )
        assert [i for i in by_column[j] if i >= 0] == ranked[:3]


def test_prices_need_a_resolve_with_a_share() -> None:
    problem = middling(23, 30, 20, war_zone_at_least=None, war_zone_share_permille=800)
    plan = solve(problem)
    with pytest.raises(NeedsResolve):
        prices(problem, plan)
    i, j = plan.pairs[0]
    assert price(problem, plan, int(i), int(j)) == 0
    assert price(problem, plan, int(i), int(j), ban=True) >= 0


def test_a_late_registration_ranks_by_points_above_price() -> None:
    problem = middling(24)
    plan = solve(problem)
    ranked = rank_late(problem.points[0], plan)
    worth = problem.points[0][ranked] - plan.column_prices[ranked]
    assert (np.diff(worth) <= 0).all()
    assert set(ranked.tolist()) == set(np.flatnonzero(problem.points[0] >= 0).tolist())


def test_blocking_pairs_are_those_both_sides_would_rather_have() -> None:
    problem = Problem(np.array([[10, 9], [9, 5]]), np.array([1, 1]), np.array([1, 1]))
    plan = solve(problem)
    assert plan.pairs.tolist() == [[0, 1], [1, 0]]
    (blocking,) = blocking_pairs(problem, plan)
    assert (blocking.row, blocking.column, blocking.row_gain, blocking.column_gain) == (0, 0, 1, 1)
