"""SciPy's integer and linear programmes and its assignment find the same totals."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import csr_matrix

from matching.engine import Cap, Problem, solve, verify
from tests.matching.engine.instances import middling


def programme(problem: Problem, integral: bool) -> int:
    """Return the optimum of the problem as a linear or integer programme over all allowed pairs."""
    points, frame = problem.points, problem.frame
    cells = np.argwhere(points >= problem.threshold)
    i, j = cells[:, 0], cells[:, 1]
    rows: list[npt.NDArray[Any]] = [i == k for k in range(frame.n)] + [j == k for k in range(frame.m)]
    low = [0.0] * len(rows)
    high = [float(c) for c in (*frame.row_capacity, *frame.column_capacity)]
    for limit in frame.limits:
        member = np.ones(len(cells), np.bool_) if limit.rows is None else limit.rows[i]
        rows.append(member if limit.columns is None else member & limit.columns[j])
        low.append(limit.at_least)
        high.append(np.inf if limit.at_most is None else limit.at_most)
    if frame.war is not None:
        rows.append(np.where(frame.war[j], 1000 - frame.permille, -frame.permille))
        low.append(0)
        high.append(np.inf)
    matrix = csr_matrix(np.array(rows, np.float64))
    result = milp(
        -points[i, j].astype(np.float64),
        constraints=LinearConstraint(matrix, low, high),
        bounds=Bounds(0, 1),
        integrality=np.full(len(cells), int(integral)),
        options={"mip_rel_gap": 0},
    )
    assert result.status == 0
    return round(-float(result.fun))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("integral", [False, True])
def test_total_equals_scipy_with_caps_and_war_zone_bound(seed: int, integral: bool) -> None:
    problem = middling(seed)
    plan = solve(problem)
    assert plan.total == programme(problem, integral)
    assert verify(problem, plan).holds


@pytest.mark.parametrize("permille", [300, 600, 900])
def test_share_equals_the_integer_programme(permille: int) -> None:
    problem = middling(7, 40, 30, war_zone_at_least=None, war_zone_share_permille=permille)
    plan = solve(problem)
    assert plan.total == programme(problem, integral=True)
    assert verify(problem, plan).holds


@pytest.mark.parametrize("seed", range(3))
def test_crossing_caps_equal_the_integer_programme(seed: int) -> None:
    random = np.random.default_rng(seed)
    county, oblast = random.integers(0, 4, 40), random.integers(0, 4, 30)
    caps = [
        Cap(f"{c}-{o}", rows=county == c, columns=oblast == o, at_most=2) for c in range(4) for o in range(4)
    ]
    problem = middling(seed, 40, 30, caps=caps, in_war_zone=oblast < 2, war_zone_at_least=10)
    plan = solve(problem)
    assert plan.method == "integer"
    assert plan.total == programme(problem, integral=True)
    assert verify(problem, plan).feasible


@pytest.mark.parametrize("seed", range(3))
def test_single_capacities_equal_the_assignment_problem(seed: int) -> None:
    points = np.random.default_rng(seed).integers(0, 10_000, (60, 50))
    plan = solve(Problem(points, np.ones(60, np.int64), np.ones(50, np.int64)))
    i, j = linear_sum_assignment(points, maximize=True)
    assert plan.total == int(points[i, j].sum())
