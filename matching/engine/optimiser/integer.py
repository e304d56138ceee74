"""Limits that cross: programmes by OR-Tools on the priced arcs, and cases whose prices together prove the plan.

The linear relaxation gives prices that bound every plan. They are not whole numbers, so they are kept in parts of a point
(`SCALE`). Where the best plan falls short of the bound, the plans are split in two by one pair that the relaxation cannot
make up its mind about, until the prices of each case bound it (`branch_and_bound`); what cannot be closed stands as a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from matching.engine.errors import EngineError, Infeasible, ProblemError
from matching.engine.frame import COST_LIMIT, Int, inside
from matching.engine.optimiser import branch_and_bound, column_generation, network
from matching.engine.optimiser.branch_and_bound import Reached, combined, judged
from matching.engine.optimiser.levels import Level
from matching.engine.optimiser.market import Market
from matching.engine.optimiser.programme import Programme, whole
from matching.engine.plan import SCALE, Case, LevelValue, Potentials

FAR: Final = 2**31
TINY: Final = SCALE // 20
"""A pair that pays less than this (a twentieth of a point) joins the pool without another round: prices are rounded."""


def climb(market: Market, levels: Sequence[Level]) -> column_generation.Climbed:
    """Solve level after level as `column_generation.climb` does, each with the worth of the earlier ones held where it is.

    Raises
    ------
    Infeasible
        when the minimums cannot all be met.
    """
    if market.highest * SCALE * (market.frame.n + market.frame.m + 1) >= COST_LIMIT:
        raise ProblemError("points: too large for crossing limits")
    bounds = _starting_bounds(market)
    reached: list[Reached] = []
    values: list[LevelValue] = []
    cases: list[tuple[Case, ...]] = []
    for level in levels[:-1]:
        value, found = _best_of_level(market, bounds, level, reached)
        values.append(value)
        cases.append(found)
        reached.append((level, value.value))
    tie = levels[-1]
    x = _programme(
        market, bounds, market.pool.low, market.pool.high, column_generation.worth_of(market, tie), reached
    )
    if x is None:
        raise EngineError("the tie-break lost the plan")
    market.pool.x = x
    broken = int((column_generation.worth_of(market, tie) * x).sum())
    values.append(LevelValue(tie.name, broken, broken))
    nothing = Potentials(
        np.zeros(market.frame.n, np.int64), np.zeros(market.frame.m, np.int64), 0 * bounds.limit_low
    )
    flow = network.Flow(x, nothing, None, np.empty(0, np.int64))
    prices = (*(found[0].prices for found in cases), nothing)
    return column_generation.Climbed(
        market.pool,
        market.shape,
        bounds,
        prices,
        tuple(values),
        market.rounds,
        (flow,) * len(values),
        tuple(cases),
    )


def _starting_bounds(market: Market) -> network.Bounds:
    """Return the frame's bounds; a minimum above all places is refused with what the allowed pairs can give."""
    try:
        return network.Bounds.of(market.frame)
    except network.NoFlow:
        while True:
            _refuse_or_widen(market)


def _best_of_level(
    market: Market, bounds: network.Bounds, level: Level, reached: Sequence[Reached]
) -> tuple[LevelValue, tuple[Case, ...]]:
    """Return a level's value and the cases that bound it; settles every pair that no such plan may have or lack."""
    root = _priced(market, bounds, level, reached)
    bound = judged(market, bounds, level, reached, root)
    x = market.pool.x
    worth = column_generation.worth_of(market, level)
    if (x < 0).any() or int((worth * x).sum()) < bound // SCALE:
        x = _best(market, bounds, level, reached, root, bound)
    gap = bound - SCALE * int((worth * x).sum())
    if branch_and_bound.widen(market, level, reached, root, gap) and gap >= SCALE:
        x = _best(market, bounds, level, reached, root, bound, gap)
        gap = bound - SCALE * int((column_generation.worth_of(market, level) * x).sum())
    value = (bound - gap) // SCALE
    found: tuple[Case, ...] = (root,)
    top = bound
    if gap >= SCALE:
        found, top = branch_and_bound.close(market, bounds, level, reached, root, value)
    profit = branch_and_bound.profits(market, level, reached, root)
    free = market.pool.low < market.pool.high
    market.pool.low[free & (profit > gap)] = 1
    market.pool.high[free & (profit < -gap)] = 0
    return LevelValue(level.name, value, max(value, top // SCALE)), found


def _priced(market: Market, bounds: network.Bounds, level: Level, reached: Sequence[Reached]) -> Case:
    """Return the prices of the level's relaxation, once no pair outside the pool pays; leaves its plan if it is whole."""
    while True:
        market.rounds += 1
        pool = market.pool
        model = Programme("GLOP", market, bounds, np.zeros_like(pool.low), np.ones_like(pool.high))
        for k in np.flatnonzero(np.isin(pool.keys, branch_and_bound.locked_keys(market))).tolist():
            model.variables[k].SetBounds(1.0, 1.0)
        for each, value in reached:
            model.add_sum(column_generation.worth_of(market, each), value, value)
        x = model.solved(column_generation.worth_of(market, level))
        if x is None:
            _refuse_or_widen(market)
            continue
        market.progress(level.name, market.rounds, len(pool.keys))
        (rows, columns, limits), sums = model.prices(SCALE)
        case = Case(np.empty((0, 3), np.int64), Potentials(rows, columns, limits), -sums)
        found = whole(market, bounds, x)
        pool.x = np.full(len(pool.keys), -1) if found is None else found
        if market.complete:
            return case
        together = combined(level, reached, case)
        keys, points, _ = column_generation.price_all(market, [together], [case.prices], None)
        if not len(keys):
            return case
        i, j = keys // market.frame.m, keys % market.frame.m
        profit = together.value(points, i, j) - market.pair_prices(
            case.prices, market.line_prices(case.prices), i, j
        )
        if profit.max() <= TINY:
            # The relaxation would not change by more than rounding; the bound counts them with what they pay.
            branch_and_bound.widen(market, level, reached, case, -1)
            return case
        market.pool.add(keys, points)


def _best(
    market: Market,
    bounds: network.Bounds,
    level: Level,
    reached: Sequence[Reached],
    root: Case,
    bound: int,
    loss: int = SCALE // 2,
) -> Int:
    """Return x (k,) worth most at a level, by reduced-cost fixing.

    A plan is worth the bound less what its pairs lose against the prices. So while no plan falls short of the bound by
    more than `loss`, pairs that would lose more are settled, and the programme stays small.
    """
    worth, pool = column_generation.worth_of(market, level), market.pool
    profit = branch_and_bound.profits(market, level, reached, root)
    free, most = pool.low < pool.high, int(np.abs(profit).max(initial=0))
    while loss <= most:
        low = np.where(free & (profit > loss), 1, pool.low)
        high = np.where(free & (profit < -loss), 0, pool.high)
        x = _programme(market, bounds, low, high, worth, reached)
        short = 8 * loss if x is None else bound - SCALE * int((worth * x).sum())
        if x is not None and short <= loss:
            return x
        loss = max(short, loss + SCALE)
    x = _programme(market, bounds, pool.low, pool.high, worth, reached)
    if x is None:
        _refuse_or_widen(market)
        root = _priced(market, bounds, level, reached)
        return _best(market, bounds, level, reached, root, judged(market, bounds, level, reached, root))
    return x


def _programme(
    market: Market, bounds: network.Bounds, low: Int, high: Int, worth: Int, reached: Sequence[Reached]
) -> Int | None:
    """Return an optimal x (k,) within the bounds that keeps what earlier levels reached, or None if there is none."""
    kept = [(column_generation.worth_of(market, level), value) for level, value in reached]
    model = Programme("CBC", market, bounds, low, high)
    for each, value in kept:
        model.add_sum(each, value, value)
    x = model.solved(worth)
    if x is None:
        return None
    found = whole(market, bounds, x)
    if found is None or any(int((each * found).sum()) != value for each, value in kept):
        raise EngineError("the integer programme's plan is not whole or breaks a bound")
    return found


def _refuse_or_widen(market: Market) -> None:
    """Take in more pairs, or with all pairs at hand say how much of the minimums can be met."""
    if not market.complete:
        market.widen()
        return
    limits, pool = market.frame.limits, market.pool
    bounds = network.Bounds.of(market.frame, minimums=False)
    model = Programme("CBC", market, bounds, pool.low, pool.high)
    met = [model.solver.IntVar(0.0, float(limit.at_least), "") for limit in limits]
    held = [inside(limit, pool.rows, pool.columns) for limit in limits]
    for limit, member, part in zip(limits, held, met, strict=True):
        if limit.at_least:
            model.add_sum(member.astype(np.int64), 0, FAR).SetCoefficient(part, -1.0)
        model.solver.Objective().SetCoefficient(part, 1.0)
    required = sum(limit.at_least for limit in limits)
    found = model.solved(np.zeros(len(pool.keys), np.int64))
    if found is None:
        raise Infeasible(required, 0, tuple(sorted(limit.code for limit in limits)))
    x = np.rint(found).astype(np.int64)
    counts = [int(x[member].sum()) for member in held]
    tight = {
        c.code for c, count in zip(limits, counts, strict=True) if count < c.at_least or count == c.at_most
    }
    reachable = sum(min(count, limit.at_least) for limit, count in zip(limits, counts, strict=True))
    raise Infeasible(required, reachable, tuple(sorted(tight)))
