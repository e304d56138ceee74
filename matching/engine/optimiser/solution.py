"""From climbed levels to a plan: its pairs, the limits that bind, and the dual prices that prove it."""

from __future__ import annotations

import numpy as np

from matching.engine.frame import Frame, Int, inside
from matching.engine.optimiser.column_generation import Climbed
from matching.engine.optimiser.limit_values import LimitValues, has_other_optimum
from matching.engine.optimiser.search import Search
from matching.engine.plan import SCALE, Binding, Plan, Potentials


def plan_of(frame: Frame, climbed: Climbed, search: Search) -> Plan:
    """Return the plan of the last level's flow."""
    chosen = climbed.flow.x > 0
    pool = climbed.pool
    pairs = np.stack([pool.rows[chosen], pool.columns[chosen]], axis=1).astype(np.int32)
    points = pool.points[chosen]
    values, prices = climbed.values[:-1], climbed.prices[:-1]
    if climbed.shape.crossing:
        prices = tuple(_in_points(level_prices) for level_prices in prices)
    return Plan(
        objective=search.objective,
        pairs=pairs,
        points=points,
        total=int(points.sum()),
        bound=values[-1].bound,
        proved=all(level.value == level.bound for level in values),
        levels=values,
        binding=_binding(frame, climbed, pairs, search.objective),
        ties=has_other_optimum(climbed.flow),
        rounds=climbed.rounds,
        potentials=prices,
        method="integer" if climbed.shape.crossing else "network",
        column_prices=prices[-1].columns + _limit_prices(frame, prices[-1].limits),
        leximin_band=search.leximin_band,
        cases=climbed.cases,
    )


def _in_points(prices: Potentials) -> Potentials:
    """Return prices in parts of a point as the nearest whole points: to rank by; the cases are the proof."""
    return Potentials(
        *(np.rint(part / SCALE).astype(np.int64) for part in (prices.rows, prices.columns, prices.limits))
    )


def _limit_prices(frame: Frame, prices: Int) -> Int:
    columns = np.zeros(frame.m, np.int64)
    for limit, price in zip(frame.limits, prices, strict=True):
        if limit.rows is None:
            columns += price * (1 if limit.columns is None else limit.columns)
    return columns


def _binding(frame: Frame, climbed: Climbed, pairs: Int, objective: str) -> tuple[Binding, ...]:
    """Return the limits that bind; with one level the residual graph tells the exact worth of one more."""
    reached = []
    for k, limit in enumerate(frame.limits):
        count = int(inside(limit, pairs[:, 0], pairs[:, 1]).sum())
        if limit.at_most is not None and count == limit.at_most:
            reached.append((limit.kind, limit.code, limit.at_most, k, 1))
        if limit.at_least and count == limit.at_least:
            kind = limit.kind if limit.kind == "war_zone" else "minimum"
            reached.append((kind, limit.code, limit.at_least, k, -1))
    values = LimitValues(climbed.shape, climbed.flows[0]) if objective == "total" else None
    return tuple(
        Binding(kind, code, size, None if values is None else values.of_one(k, step))
        for kind, code, size, k, step in reached
    )
