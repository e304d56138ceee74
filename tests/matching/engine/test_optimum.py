"""The plan is the best of all plans, whatever the limits and the objective, and proves it itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from matching.engine import Infeasible, NeedsResolve, Problem, prices, solve, verify
from matching.engine.frame import LEVEL, NEVER
from tests.matching.engine.instances import KINDS, small
from tests.matching.engine.oracle import all_plans, rank

OBJECTIVES = ("total", "partnerships", "leximin", "urgent_first")


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("kind", KINDS)
def test_plan_equals_the_best_of_all_plans(kind: str, objective: str) -> None:
    for seed in range(8):
        problem = small(seed, kind)
        urgent = np.random.default_rng(seed).random(problem.points.shape) < 0.4
        plans = all_plans(problem)
        if not len(plans):
            with pytest.raises(Infeasible):
                solve(problem, objective, urgent=urgent)
            continue
        plan = solve(problem, objective, leximin_band=1000, urgent=urgent)
        best = max(rank(problem, plans, objective, 1000, urgent))
        assert tuple(level.value for level in plan.levels) == best
        if plan.method == "network" or plan.proved:
            assert plan.proved
            assert verify(problem, plan, urgent).faults == ()
        else:
            assert verify(problem, plan, urgent).feasible


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("kind", KINDS)
def test_prices_equal_the_best_plan_with_and_without_the_pair(kind: str, objective: str) -> None:
    for seed in range(4):
        problem = small(seed, kind)
        urgent = np.random.default_rng(seed).random(problem.points.shape) < 0.4
        plans = all_plans(problem)
        if not len(plans):
            continue
        plan = solve(problem, objective, leximin_band=1000, urgent=urgent)
        worth = np.array(rank(problem, plans, objective, 1000, urgent))
        if problem.frame.permille or plan.method == "integer":
            with pytest.raises(NeedsResolve):
                prices(problem, plan, urgent)
            continue
        costs = prices(problem, plan, urgent)
        for i, j in np.ndindex(problem.points.shape):
            assert costs.force[i, j] == best_loss(problem, worth, plans[:, i, j], plan.total)
        for (i, j), ban in zip(plan.pairs, costs.ban, strict=True):
            assert ban == best_loss(problem, worth, ~plans[:, i, j], plan.total)


def best_loss(problem: Problem, worth: npt.NDArray[Any], among: npt.NDArray[np.bool_], total: int) -> int:
    """Return what the best plan among some loses, or why there is none."""
    if not among.any():
        return NEVER
    keeping_levels = among & (worth[:, :-1] == max(map(tuple, worth))[:-1]).all(axis=1)
    return total - int(worth[keeping_levels, -1].max()) if keeping_levels.any() else LEVEL
