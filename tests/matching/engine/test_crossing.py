"""Limits that cross are solved exactly; plans are split into cases until prices prove the best one."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from matching.engine import Cap, Infeasible, Plan, Problem, solve, verify
from matching.engine.plan import SCALE, Case
from matching.engine.records import canonical, plan_of, plan_record
from tests.matching.engine.instances import middling, small
from tests.matching.engine.oracle import all_plans, rank

OBJECTIVES = ("total", "partnerships", "leximin", "urgent_first")


def grid(seed: int, n: int = 60, m: int = 50, most: int = 2) -> Problem:
    """Return a middling problem with a cap for each of 5 counties and 6 oblasts, and a war-zone bound."""
    random = np.random.default_rng(seed)
    county, oblast = random.integers(0, 5, n), random.integers(0, 6, m)
    caps = [
        Cap(f"{c}-{o}", rows=county == c, columns=oblast == o, at_most=most)
        for c in range(5)
        for o in range(6)
    ]
    return middling(seed, n, m, caps=caps, in_war_zone=oblast < 2, war_zone_at_least=12)


def split() -> tuple[Problem, Plan]:
    """Return a small problem whose proof needs more than one case, and its plan."""
    for seed in range(200):
        problem = small(seed, "overlapping")
        plan = solve(problem)
        if len(plan.cases[0]) > 1:
            return problem, plan
    raise AssertionError("no problem needs cases")


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("kind", ["crossing", "overlapping", "share crossing"])
def test_every_small_plan_is_the_best_and_proved(kind: str, objective: str) -> None:
    for seed in range(60):
        problem = small(seed, kind)
        urgent = np.random.default_rng(seed).random(problem.points.shape) < 0.4
        plans = all_plans(problem)
        if not len(plans):
            with pytest.raises(Infeasible):
                solve(problem, objective, urgent=urgent)
            continue
        plan = solve(problem, objective, leximin_band=1000, urgent=urgent)
        assert tuple(level.value for level in plan.levels) == max(
            rank(problem, plans, objective, 1000, urgent)
        )
        assert (plan.proved, plan.total) == (True, plan.bound)
        assert verify(problem, plan, urgent).faults == ()


@pytest.mark.parametrize("seed", range(4))
def test_a_grid_of_thirty_crossing_caps_is_proved_or_says_its_gap(seed: int) -> None:
    problem = grid(seed)
    plan = solve(problem)
    proof = verify(problem, plan)
    assert proof.feasible
    assert (proof.holds, proof.levels[0].bound) == (plan.proved, plan.bound)
    assert plan.bound - plan.total <= plan.total // 1000


def test_any_order_of_rows_gives_the_same_plan_under_crossing_caps() -> None:
    problem = grid(1)
    order = np.random.default_rng(1).permutation(60)
    turned = Problem(
        problem.points[order],
        problem.row_capacity[order],
        problem.column_capacity,
        caps=[replace(cap, rows=np.asarray(cap.rows)[order]) for cap in problem.caps],
        in_war_zone=problem.in_war_zone,
        war_zone_at_least=12,
        row_codes=[str(k) for k in order],
    )
    plan, again = solve(problem), solve(turned)
    named = {(problem.frame.row_codes[i], j) for i, j in plan.pairs.tolist()}
    assert named == {(turned.frame.row_codes[i], j) for i, j in again.pairs.tolist()}


def test_cases_come_back_from_a_file_and_prove_as_before() -> None:
    problem, plan = split()
    back = plan_of(problem, json.loads(canonical(plan_record(problem, plan))))
    assert [len(cases) for cases in back.cases] == [len(cases) for cases in plan.cases]
    assert verify(problem, back).holds


def test_a_proof_without_one_of_its_cases_proves_nothing() -> None:
    problem, plan = split()
    for k in range(len(plan.cases[0])):
        fewer = plan.cases[0][:k] + plan.cases[0][k + 1 :]
        assert verify(problem, replace(plan, cases=(fewer,))).faults == ("cases",)


def test_a_case_with_other_prices_or_another_path_is_found_out() -> None:
    problem, plan = split()
    first, *rest = plan.cases[0]
    dear = replace(first.prices, rows=first.prices.rows + SCALE * 1000)
    assert (
        verify(problem, replace(plan, cases=((Case(first.path, dear, first.earlier), *rest),))).holds is False
    )
    turned = first.path.copy()
    turned[0, 2] = 1 - turned[0, 2]
    assert (
        verify(problem, replace(plan, cases=((Case(turned, first.prices, first.earlier), *rest),))).holds
        is False
    )


def test_a_plan_that_is_not_the_best_cannot_be_proved_by_its_cases() -> None:
    problem, plan = split()
    dearest = int(np.argmax(plan.points))
    left = np.arange(len(plan.points)) != dearest
    worse = replace(
        plan, pairs=plan.pairs[left], points=plan.points[left], total=plan.total - int(plan.points[dearest])
    )
    proof = verify(problem, worse)
    assert (proof.holds, proof.feasible) == (False, True)
    assert "gap:total" in proof.faults
