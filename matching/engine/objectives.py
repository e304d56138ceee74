"""Solve a problem for an objective, level by level, and hand back a plan that carries its own proof."""

from __future__ import annotations

from typing import Any

import numpy as np

from matching.engine import network, pricing
from matching.engine.levels import LEXIMIN_BAND, Level, levels_of, tie_break
from matching.engine.problem import (
    Binding,
    Frame,
    Int,
    Mask,
    Plan,
    Problem,
    ProblemError,
    Scorer,
    frame_of,
    inside,
)


def solve(
    problem: Problem,
    objective: str = "total",
    *,
    leximin_band: int = LEXIMIN_BAND,
    urgent: Mask | None = None,
    progress: pricing.Progress = pricing.silent,
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
        raise ProblemError(f"urgent: expected {problem.points.shape} of bool, found {urgent.shape} of {urgent.dtype}")
    return solve_frame(problem.scorer, problem.frame, objective, leximin_band=leximin_band, urgent=urgent, progress=progress)


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
    progress: pricing.Progress = pricing.silent,
    per_line: int = pricing.ARCS_PER_LINE,
) -> Plan:
    """Climb the levels of an objective on one frame and its scorer."""
    shape = network.shape_of(frame)
    market = pricing.Market(frame, scorer, shape, per_line, progress)
    levels = (*levels_of(objective, market.highest, leximin_band, urgent), tie_break(frame))
    climbed = pricing.climb(market, levels)
    return _plan(frame, climbed, levels, objective, leximin_band)


def _plan(frame: Frame, climbed: pricing.Climbed, levels: tuple[Level, ...], objective: str, band: int) -> Plan:
    chosen = climbed.flow.x > 0
    pool = climbed.pool
    pairs = np.stack([pool.rows[chosen], pool.columns[chosen]], axis=1).astype(np.int32)
    points = pool.points[chosen]
    values, last = climbed.values[:-1], climbed.prices[-2]
    return Plan(
        objective=objective,
        pairs=pairs,
        points=points,
        total=int(points.sum()),
        bound=values[-1].bound,
        proved=all(level.value == level.bound for level in values),
        levels=values,
        binding=_binding(frame, climbed, pairs, objective),
        ties=network.has_other_optimum(climbed.shape, climbed.flow),
        rounds=climbed.rounds,
        potentials=climbed.prices[:-1],
        column_prices=last.columns + _limit_prices(frame, last.limits),
        leximin_band=band,
    )


def _limit_prices(frame: Frame, prices: Int) -> Int:
    columns = np.zeros(frame.m, np.int64)
    for limit, price in zip(frame.limits, prices, strict=True):
        if limit.rows is None:
            columns += price * (1 if limit.columns is None else limit.columns)
    return columns


def _binding(frame: Frame, climbed: pricing.Climbed, pairs: Int, objective: str) -> tuple[Binding, ...]:
    """Return the limits that are reached; with one level the residual graph tells the exact worth of one more."""
    found = []
    for k, limit in enumerate(frame.limits):
        count = int(inside(limit, pairs[:, 0], pairs[:, 1]).sum())
        if limit.at_most is not None and count == limit.at_most:
            found.append((limit.kind, limit.code, limit.at_most, k, 1))
        if limit.at_least and count == limit.at_least:
            kind = limit.kind if limit.kind == "war_zone" else "minimum"
            found.append((kind, limit.code, limit.at_least, k, -1))
    first = climbed.flows[0] if objective == "total" else None
    return tuple(
        Binding(kind, code, size, None if first is None else network.worth_of_one(climbed.shape, first, k, step))
        for kind, code, size, k, step in found
    )
