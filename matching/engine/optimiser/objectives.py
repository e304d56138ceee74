"""Solve a problem for an objective, level by level, and hand back a plan that carries its own proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.engine.errors import ProblemError
from matching.engine.frame import OBJECTIVES, Frame, Mask, Scorer
from matching.engine.optimiser import network, share
from matching.engine.optimiser.levels import LEXIMIN_BAND
from matching.engine.optimiser.market import Progress, silent
from matching.engine.optimiser.solution import climb_frame, plan_of
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
    """Return the best plan for an objective, with prices that prove it.

    Parameters
    ----------
    problem : see `Problem`.
    objective : 'total' (most points), 'partnerships' (most pairs, then points), 'leximin' (most pairs, then the fewest
        pairs in the worst band of points, and so on upward, then points) or 'urgent_first' (most pairs that meet an
        urgent need, then most pairs, then points).
    leximin_band : width of a band in points; urgent : (n, m) of bool.
    progress : called with level name, pricing round and number of arcs.

    Raises
    ------
    Infeasible
        when the minimums cannot all be met; says how far they can.
    ProblemError
        when the numbers are too large, or the objective is unknown.

    Notes
    -----
    Min-cost flow (Ahuja, Magnanti and Orlin 1993) with exact integer arithmetic; ties are broken by a hash of the
    codes and the seed, so the order of input never matters.
    """
    if urgent is not None and (urgent.shape != problem.points.shape or urgent.dtype != np.bool_):
        raise ProblemError(
            f"urgent: expected {problem.points.shape} of bool, found {urgent.shape} of {urgent.dtype}"
        )
    return solve_frame(
        problem.scorer, problem.frame, objective, leximin_band=leximin_band, urgent=urgent, progress=progress
    )


@dataclass(frozen=True, slots=True)
class ObjectiveCost:
    """Say what a plan under one objective is like, and how many points fewer it has than the one with the most."""

    objective: str
    pairs: int
    total: int
    cost: int
    worst: int
    tenth_percentile: int


def compare_objectives(
    problem: Problem, *, leximin_band: int = LEXIMIN_BAND, urgent: Mask | None = None
) -> tuple[ObjectiveCost, ...]:
    """Return what each objective costs, side by side, so that people can choose; urgent_first only with `urgent`."""
    names = [name for name in OBJECTIVES if urgent is not None or name != "urgent_first"]
    plans = [solve(problem, name, leximin_band=leximin_band, urgent=urgent) for name in names]
    most = max(plan.total for plan in plans)
    return tuple(_cost(plan, most) for plan in plans)


def _cost(plan: Plan, most: int) -> ObjectiveCost:
    ranked = sorted(plan.points.tolist()) or [0]
    tenth = ranked[len(ranked) // 10]
    return ObjectiveCost(plan.objective, len(plan.pairs), plan.total, most - plan.total, ranked[0], tenth)


def solve_scored(scorer: Scorer, n: int, m: int, *, objective: str = "total", **given: Any) -> Plan:
    """Do as `solve` for points from ``scorer(start, stop)``; all pairs are priced, none are stored.

    Parameters
    ----------
    scorer : pure function, (stop - start, m) of int32, -1 for pairs that must not be proposed.
    given : as `Problem`, without a share and without crossing caps; and `leximin_band`, `urgent`, `progress`.
    """
    options = {name: given.pop(name) for name in ("leximin_band", "urgent", "progress") if name in given}
    frame = frame_of(n, m, **given)
    if frame.permille or network.shape_of(frame).crossing:
        raise ProblemError("solve_scored: a share or crossing caps need all points; use solve")
    return solve_frame(scorer, frame, objective, **options)


def solve_frame(
    scorer: Scorer,
    frame: Frame,
    objective: str,
    *,
    leximin_band: int = LEXIMIN_BAND,
    urgent: Mask | None = None,
    progress: Progress = silent,
    per_line: int | None = None,
) -> Plan:
    """Climb the levels of an objective on one frame and its scorer."""
    if frame.permille:
        return share.solve_share(scorer, frame, objective, leximin_band, urgent, progress, per_line)
    climbed = climb_frame(scorer, frame, objective, leximin_band, urgent, progress, per_line)
    return plan_of(frame, climbed, objective, leximin_band)
