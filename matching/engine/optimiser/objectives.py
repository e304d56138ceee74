"""Solve a problem for an objective, level by level, and hand back a plan that carries its own certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.engine.errors import ProblemError
from matching.engine.frame import OBJECTIVES, Frame, Mask, Scorer
from matching.engine.optimiser import network, share
from matching.engine.optimiser.levels import LEXIMIN_BAND
from matching.engine.optimiser.market import Progress, silent
from matching.engine.optimiser.search import Search
from matching.engine.optimiser.solution import plan_of
from matching.engine.plan import Plan
from matching.engine.problem import Problem, frame_of


def solve(
    problem: Problem,
    objective: str = "total",
    *,
    leximin_band: int = LEXIMIN_BAND,
    urgent: Mask | None = None,
    progress: Progress = silent,
) -> Plan:
    """Return the best plan for an objective, with the dual prices that prove it.

    Parameters
    ----------
    problem : Problem, n rows and m columns
    objective : str
        'total' (most points), 'partnerships' (most pairs, then points), 'leximin' (most pairs, then the
        fewest pairs in the worst band of points, and so on upward, then points) or 'urgent_first' (most pairs
        that meet an urgent need, then most pairs, then points).
    leximin_band : int ≥ 1, width of a band in points, 10,000 = 1.0
    urgent : (n, m) of bool, pairs that meet an urgent need; None = not known
    progress : function of level name, pricing round and number of arcs in the restricted master problem

    Raises
    ------
    Infeasible
        when the minimums cannot all be met; says how far they can.
    ProblemError
        when the numbers are too large, or the objective is unknown.

    Notes
    -----
    Min-cost flow (Ahuja, Magnanti and Orlin 1993) with exact integer arithmetic; ties are broken by a hash of
    the codes and the seed, so the order of input never matters.

    Examples
    --------
    The best pair of all, 9000, is not in the best plan:

    >>> import numpy as np
    >>> from matching.engine import Problem, solve
    >>> points, one_each = np.array([[9000, 8500], [8000, 3000]]), np.array([1, 1])
    >>> plan = solve(Problem(points, row_capacity=one_each, column_capacity=one_each))
    >>> plan.pairs.tolist(), plan.total, plan.bound, plan.proved
    ([[0, 1], [1, 0]], 16500, 16500, True)
    """
    if urgent is not None and (urgent.shape != problem.points.shape or urgent.dtype != np.bool_):
        raise ProblemError(
            f"urgent: expected {problem.points.shape} of bool, found {urgent.shape} of {urgent.dtype}"
        )
    search = Search(problem.scorer, objective, leximin_band=leximin_band, urgent=urgent, progress=progress)
    return solve_frame(search, problem.frame)


@dataclass(frozen=True, slots=True)
class ObjectiveCost:
    """Say what a plan under one objective is like, and how many points fewer it has than the best."""

    objective: str
    pairs: int
    total: int
    cost: int
    worst: int
    tenth_percentile: int


def compare_objectives(
    problem: Problem, *, leximin_band: int = LEXIMIN_BAND, urgent: Mask | None = None
) -> tuple[ObjectiveCost, ...]:
    """Return what each objective costs, side by side, so that people can choose.

    Parameters
    ----------
    problem : Problem, n rows and m columns
    leximin_band : int ≥ 1, width of a band in points
    urgent : (n, m) of bool; without it 'urgent_first' is left out

    Returns
    -------
    tuple of ObjectiveCost, in the order of `OBJECTIVES`; all but `pairs` in points

    Examples
    --------
    One more partnership costs 4000 points here:

    >>> import numpy as np
    >>> from matching.engine import Problem, compare_objectives
    >>> points, one_each = np.array([[9000, 2000], [3000, -1]]), np.array([1, 1])
    >>> rows = compare_objectives(Problem(points, row_capacity=one_each, column_capacity=one_each))
    >>> [(row.objective, row.pairs, row.total, row.cost) for row in rows]
    [('total', 1, 9000, 0), ('partnerships', 2, 5000, 4000), ('leximin', 2, 5000, 4000)]
    """
    names = [name for name in OBJECTIVES if urgent is not None or name != "urgent_first"]
    plans = [solve(problem, name, leximin_band=leximin_band, urgent=urgent) for name in names]
    most = max(plan.total for plan in plans)
    return tuple(_cost(plan, most) for plan in plans)


def _cost(plan: Plan, most: int) -> ObjectiveCost:
    ranked = sorted(plan.points.tolist()) or [0]
    tenth = ranked[len(ranked) // 10]
    return ObjectiveCost(plan.objective, len(plan.pairs), plan.total, most - plan.total, ranked[0], tenth)


def solve_scored(scorer: Scorer, n: int, m: int, *, objective: str = "total", **fields: Any) -> Plan:
    """Do as `solve` for points from ``scorer(start, stop)``; all pairs are priced, none are stored.

    Parameters
    ----------
    scorer : pure function of start and stop → (stop - start, m) of int32, -1 for pairs that must not be
    proposed n, m : int, number of rows and of columns objective : str, as in `solve` fields : as `Problem`,
    without a share and without crossing caps; and `leximin_band`, `urgent`, `progress`

    Raises
    ------
    ProblemError
        for a share or caps that cross, which need all points; else as `solve`.

    Examples
    --------
    >>> import numpy as np
    >>> from matching.engine import solve_scored
    >>> points, one_each = np.array([[9000, 8500], [8000, 3000]], np.int32), np.array([1, 1])
    >>> plan = solve_scored(
    ...     lambda start, stop: points[start:stop], 2, 2, row_capacity=one_each, column_capacity=one_each
    ... )
    >>> plan.pairs.tolist(), plan.total
    ([[0, 1], [1, 0]], 16500)
    """
    options = {name: fields.pop(name) for name in ("leximin_band", "urgent", "progress") if name in fields}
    frame = frame_of(n, m, **fields)
    if frame.permille or network.shape_of(frame).crossing:
        raise ProblemError("solve_scored: a share or crossing caps need all points; use solve")
    return solve_frame(Search(scorer, objective, **options), frame)


def solve_frame(search: Search, frame: Frame) -> Plan:
    """Climb the levels of the search's objective on one frame, box by box where it asks for a share."""
    if frame.permille:
        return share.solve_share(search, frame)
    return plan_of(frame, search.climb(frame), search)
