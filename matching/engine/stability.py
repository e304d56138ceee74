"""What a plan means for pairs outside it: which of them block it, and how a late registration ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.engine.errors import ProblemError
from matching.engine.frame import Int
from matching.engine.plan import Plan
from matching.engine.problem import Problem, whole


@dataclass(frozen=True, slots=True)
class BlockingPair:
    """Name a pair that both sides would prefer to what they have, and the points each would gain."""

    row: int
    column: int
    row_gain: int
    column_gain: int


def blocking_pairs(problem: Problem, plan: Plan) -> tuple[BlockingPair, ...]:
    """Return the pairs outside the plan that both sides would gain from, best first.

    Parameters
    ----------
    problem : Problem, n rows and m columns
    plan : Plan, any allowed one

    Returns
    -------
    tuple of BlockingPair : gains in points; by falling gain of the side that gains less, then row and column

    Notes
    -----
    A side with spare capacity gains all the points, a full one what exceeds its worst partner (Gale and
    Shapley 1962, with the shared score as both sides' ranking). Limits are not looked at: a blocking pair may
    break a cap.

    Examples
    --------
    The best plan leaves the best pair apart, so that pair blocks it:

    >>> import numpy as np
    >>> from matching.engine import Problem, blocking_pairs, solve
    >>> points, one_each = np.array([[9000, 8500], [8000, 3000]]), np.array([1, 1])
    >>> problem = Problem(points, row_capacity=one_each, column_capacity=one_each)
    >>> blocking_pairs(problem, solve(problem))
    (BlockingPair(row=0, column=0, row_gain=500, column_gain=1000),)
    """
    points, rows, columns = problem.points, plan.pairs[:, 0], plan.pairs[:, 1]
    row_floor = _floor(rows, plan.points, problem.frame.row_capacity)
    column_floor = _floor(columns, plan.points, problem.frame.column_capacity)
    wanted = (points > row_floor[:, None]) & (points > column_floor) & (points >= problem.threshold)
    wanted[rows, columns] = False
    blocking = [
        BlockingPair(int(i), int(j), int(points[i, j] - row_floor[i]), int(points[i, j] - column_floor[j]))
        for i, j in np.argwhere(wanted)
    ]
    return tuple(
        sorted(blocking, key=lambda pair: (-min(pair.row_gain, pair.column_gain), pair.row, pair.column))
    )


def _floor(lines: Int, points: Int, capacity: Int) -> Int:
    """Return what a new partner must beat: 0 with capacity left, the worst partner's points when full."""
    worst = np.full(len(capacity), np.iinfo(np.int64).max)
    np.minimum.at(worst, lines, points)
    spare = np.bincount(lines, minlength=len(capacity)) < capacity
    return np.where(spare, 0, worst)


def rank_late(points_row: Int, plan: Plan) -> Int:
    """Rank the columns for a late registration, by points less what capacity there is worth to the others.

    Parameters
    ----------
    points_row : (m,) of int, points of the new row, 10,000 = 1.0; -1 marks a column that must not be proposed
    plan : Plan with m columns, whose dual prices (`column_prices`) say what a column's capacity is worth

    Returns
    -------
    (k,) of int64 : columns, best first, forbidden ones left out; equal ones in order of column

    Raises
    ------
    ProblemError
        for a row of another length.

    Notes
    -----
    Prices as potentials, as in Annie MOORE (Ahani et al. 2021). A plan for now only: the next round solves
    again.

    Examples
    --------
    The newcomer has more points with column 0, but the others want that more:

    >>> import numpy as np
    >>> from matching.engine import Problem, rank_late, solve
    >>> points, one_each = np.array([[9000, 8500], [8000, 3000]]), np.array([1, 1])
    >>> plan = solve(Problem(points, row_capacity=one_each, column_capacity=one_each))
    >>> plan.column_prices.tolist(), rank_late(np.array([6000, 5800]), plan).tolist()
    ([8000, 7500], [1, 0])
    """
    row = whole("points_row", points_row, 1).astype(np.int64)
    if row.shape != plan.column_prices.shape:
        raise ProblemError(f"points_row: expected shape {plan.column_prices.shape}, found {row.shape}")
    order = np.argsort(-(row - plan.column_prices), kind="stable")
    ranked: Int = order[row[order] >= 0]
    return ranked
