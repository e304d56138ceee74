"""What a plan means for those outside it: who would rather have each other, and how a late registration ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.engine.errors import ProblemError
from matching.engine.frame import Int
from matching.engine.plan import Plan
from matching.engine.problem import Problem, whole


@dataclass(frozen=True, slots=True)
class BlockingPair:
    """Name a pair that both sides would prefer to what they have, by row and column, and what each would gain."""

    row: int
    column: int
    row_gain: int
    column_gain: int


def blocking_pairs(problem: Problem, plan: Plan) -> tuple[BlockingPair, ...]:
    """Return the pairs outside the plan that both sides would gain from, best first.

    A side with spare capacity gains all the points, a full one what exceeds its worst partner (Gale and Shapley 1962,
    with the shared score as both sides' ranking). Limits are not looked at: a blocking pair may break a cap.
    """
    points, rows, columns = problem.points, plan.pairs[:, 0], plan.pairs[:, 1]
    row_floor = _floor(rows, plan.points, problem.frame.row_capacity)
    column_floor = _floor(columns, plan.points, problem.frame.column_capacity)
    wanted = (points > row_floor[:, None]) & (points > column_floor) & (points >= problem.threshold)
    wanted[rows, columns] = False
    found = [
        BlockingPair(int(i), int(j), int(points[i, j] - row_floor[i]), int(points[i, j] - column_floor[j]))
        for i, j in np.argwhere(wanted)
    ]
    return tuple(
        sorted(found, key=lambda pair: (-min(pair.row_gain, pair.column_gain), pair.row, pair.column))
    )


def _floor(lines: Int, points: Int, capacity: Int) -> Int:
    """Return what a new partner must beat: 0 with a free place, the worst partner's points when full."""
    worst = np.full(len(capacity), np.iinfo(np.int64).max)
    np.minimum.at(worst, lines, points)
    spare = np.bincount(lines, minlength=len(capacity)) < capacity
    return np.where(spare, 0, worst)


def rank_late(points_row: Int, plan: Plan) -> Int:
    """Rank the columns for a late registration at once, by points minus what a place there is worth to the others.

    Parameters
    ----------
    points_row : (m,) of int, points of the new row, -1 = must not be proposed.

    Returns
    -------
    (k,) of int64
        columns, best first, forbidden ones left out; equal ones in order of column.

    Notes
    -----
    Prices as potentials, as in Annie MOORE (Ahani et al. 2021). A plan for now only: the next round solves again.
    """
    row = whole("points_row", points_row, 1).astype(np.int64)
    if row.shape != plan.column_prices.shape:
        raise ProblemError(f"points_row: expected shape {plan.column_prices.shape}, found {row.shape}")
    order = np.argsort(-(row - plan.column_prices), kind="stable")
    ranked: Int = order[row[order] >= 0]
    return ranked
