"""From a climbed market to a plan: pairs, levels, limits that bind, and the prices that prove it."""

from __future__ import annotations

import numpy as np

from matching.engine.frame import Frame, Int, Mask, Scorer, inside
from matching.engine.optimiser import column_generation, integer, network
from matching.engine.optimiser.levels import levels_of, tie_break
from matching.engine.optimiser.limit_values import Worth, has_other_optimum
from matching.engine.optimiser.market import Market, Progress
from matching.engine.plan import SCALE, Binding, Plan, Potentials


def climb_frame(
    scorer: Scorer,
    frame: Frame,
    objective: str,
    band: int,
    urgent: Mask | None,
    progress: Progress,
    per_line: int | None,
) -> column_generation.Climbed:
    """Climb the levels of an objective and the tie-break on a frame without a share."""
    shape = network.shape_of(frame)
    market = Market(frame, scorer, shape, per_line, progress)
    levels = (*levels_of(objective, market.highest, band, urgent), tie_break(frame))
    return integer.climb(market, levels) if shape.crossing else column_generation.climb(market, levels)


def plan_of(frame: Frame, climbed: column_generation.Climbed, objective: str, band: int) -> Plan:
    """Return the plan of the last level's flow."""
    chosen = climbed.flow.x > 0
    pool = climbed.pool
    pairs = np.stack([pool.rows[chosen], pool.columns[chosen]], axis=1).astype(np.int32)
    points = pool.points[chosen]
    values, prices = climbed.values[:-1], climbed.prices[:-1]
    if climbed.shape.crossing:
        prices = tuple(_in_points(each) for each in prices)
    return Plan(
        objective=objective,
        pairs=pairs,
        points=points,
        total=int(points.sum()),
        bound=values[-1].bound,
        proved=all(level.value == level.bound for level in values),
        levels=values,
        binding=_binding(frame, climbed, pairs, objective),
        ties=has_other_optimum(climbed.flow),
        rounds=climbed.rounds,
        potentials=prices,
        method="integer" if climbed.shape.crossing else "network",
        column_prices=prices[-1].columns + _limit_prices(frame, prices[-1].limits),
        leximin_band=band,
        cases=climbed.cases,
    )


def _in_points(prices: Potentials) -> Potentials:
    """Return prices in parts of a point as the nearest whole points: to be read and ranked by; the cases prove."""
    return Potentials(
        *(np.rint(part / SCALE).astype(np.int64) for part in (prices.rows, prices.columns, prices.limits))
    )


def _limit_prices(frame: Frame, prices: Int) -> Int:
    columns = np.zeros(frame.m, np.int64)
    for limit, price in zip(frame.limits, prices, strict=True):
        if limit.rows is None:
            columns += price * (1 if limit.columns is None else limit.columns)
    return columns


def _binding(
    frame: Frame, climbed: column_generation.Climbed, pairs: Int, objective: str
) -> tuple[Binding, ...]:
    """Return the limits that are reached; with one level the residual graph tells the exact worth of one more."""
    found = []
    for k, limit in enumerate(frame.limits):
        count = int(inside(limit, pairs[:, 0], pairs[:, 1]).sum())
        if limit.at_most is not None and count == limit.at_most:
            found.append((limit.kind, limit.code, limit.at_most, k, 1))
        if limit.at_least and count == limit.at_least:
            kind = limit.kind if limit.kind == "war_zone" else "minimum"
            found.append((kind, limit.code, limit.at_least, k, -1))
    worth = Worth(climbed.shape, climbed.flows[0]) if objective == "total" else None
    return tuple(
        Binding(kind, code, size, None if worth is None else worth.of_one(k, step))
        for kind, code, size, k, step in found
    )
