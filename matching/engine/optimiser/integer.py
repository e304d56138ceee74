"""Limits that cross: linear and integer programmes on the priced arcs, and cases whose prices prove the plan.

The linear relaxation gives prices that bound every plan. They are not whole numbers, so they are kept in
parts of a point (`SCALE`). Where the best plan falls short of the bound, the plans are split in two by one
pair that the relaxation cannot make up its mind about, until the prices of each case bound it
(`branch_and_bound`); what cannot be closed stands as a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from matching.engine.errors import EngineError, Infeasible, ProblemError
from matching.engine.frame import COST_LIMIT, Int, inside
from matching.engine.optimiser import branch_and_bound, column_generation, network
from matching.engine.optimiser.branch_and_bound import Reached, Stage
from matching.engine.optimiser.levels import Level
from matching.engine.optimiser.market import Market
from matching.engine.optimiser.programme import Programme, whole
from matching.engine.plan import SCALE, Case, LevelValue, Potentials

FAR: Final = 2**31
TINY: Final = SCALE // 20
"""A pair that pays less (a twentieth of a point) joins the pool without another round: prices are rounded."""


def climb(market: Market, levels: Sequence[Level]) -> column_generation.Climbed:
    """Solve level after level as `column_generation.climb` does, each holding the worth of the earlier ones.

    Raises
    ------
    Infeasible
        when the minimums cannot all be met.
    """
    if market.highest * SCALE * (market.frame.n + market.frame.m + 1) >= COST_LIMIT:
        raise ProblemError("points: too large for crossing limits")
    bounds = column_generation.starting_bounds(market, _refuse_or_widen)
    reached: list[Reached] = []
    values: list[LevelValue] = []
    cases: list[tuple[Case, ...]] = []
    for level in levels[:-1]:
        value, level_cases = _best_of_level(Stage(market, bounds, level, tuple(reached)))
        values.append(value)
        cases.append(level_cases)
        reached.append((level, value.value))
    tie = levels[-1]
    x = _programme(Stage(market, bounds, tie, tuple(reached)), market.pool.low, market.pool.high)
    if x is None:
        raise EngineError("the tie-break lost the plan")
    market.pool.x = x
    broken = int((market.worth(tie) * x).sum())
    values.append(LevelValue(tie.name, broken, broken))
    nothing = Potentials(
        np.zeros(market.frame.n, np.int64), np.zeros(market.frame.m, np.int64), 0 * bounds.limit_low
    )
    flow = network.Flow(x, nothing, None, np.empty(0, np.int64))
    return column_generation.Climbed(
        pool=market.pool,
        shape=market.shape,
        bounds=bounds,
        prices=(*(level_cases[0].prices for level_cases in cases), nothing),
        values=tuple(values),
        rounds=market.rounds,
        flows=(flow,) * len(values),
        cases=tuple(cases),
    )


def _best_of_level(stage: Stage) -> tuple[LevelValue, tuple[Case, ...]]:
    """Return a level's value and the cases that bound it; settle every pair no such plan may have or lack."""
    market, level = stage.market, stage.level
    root = _priced(stage)
    bound = stage.bound_of(root)
    x = market.pool.x
    worth = market.worth(level)
    if (x < 0).any() or int((worth * x).sum()) < bound // SCALE:
        x = _best(stage, root, bound)
    gap = bound - SCALE * int((worth * x).sum())
    if stage.widen(root, gap) and gap >= SCALE:
        x = _best(stage, root, bound, gap)
        gap = bound - SCALE * int((market.worth(level) * x).sum())
    value = (bound - gap) // SCALE
    cases: tuple[Case, ...] = (root,)
    top = bound
    if gap >= SCALE:
        cases, top = branch_and_bound.close(stage, root, value)
    profit = stage.profits(root)
    free = market.pool.low < market.pool.high
    market.pool.low[free & (profit > gap)] = 1
    market.pool.high[free & (profit < -gap)] = 0
    return LevelValue(level.name, value, max(value, top // SCALE)), cases


def _priced(stage: Stage) -> Case:
    """Return the dual prices of the level's relaxation once no pair outside the pool pays.

    Leaves its plan in the pool if that is whole.
    """
    market, level = stage.market, stage.level
    while True:
        market.rounds += 1
        pool = market.pool
        relaxed = _relaxed(stage)
        if relaxed is None:
            _refuse_or_widen(market)
            continue
        values, case = relaxed
        market.progress(level.name, market.rounds, len(pool.keys))
        plan = whole(market, stage.bounds, values)
        pool.x = np.full(len(pool.keys), -1) if plan is None else plan
        if market.complete:
            return case
        together = stage.combined(case)
        keys, points, _ = column_generation.price_all(market, [together], [case.prices], None)
        if not len(keys):
            return case
        i, j = keys // market.frame.m, keys % market.frame.m
        profit = together.value(points, i, j) - market.pair_prices(
            case.prices, market.line_prices(case.prices), i, j
        )
        if profit.max() <= TINY:
            # The relaxation would not change by more than rounding; the bound counts them with what they pay.
            stage.widen(case, -1)
            return case
        market.pool.add(keys, points)


def _relaxed(stage: Stage) -> tuple[Int, Case] | None:
    """Return x (k,) of float of the level's linear relaxation, and its dual prices; None if infeasible."""
    market, pool = stage.market, stage.market.pool
    model = Programme("GLOP", market, stage.bounds, np.zeros_like(pool.low), np.ones_like(pool.high))
    for k in np.flatnonzero(np.isin(pool.keys, branch_and_bound.locked_keys(market))).tolist():
        model.variables[k].SetBounds(1.0, 1.0)
    for earlier, value in stage.reached:
        model.add_sum(market.worth(earlier), value, value)
    x = model.solved(market.worth(stage.level))
    if x is None:
        return None
    (rows, columns, limits), sums = model.prices(SCALE)
    return x, Case(np.empty((0, 3), np.int64), Potentials(rows, columns, limits), -sums)


def _best(stage: Stage, root: Case, bound: int, loss: int = SCALE // 2) -> Int:
    """Return x (k,) worth most at a level, by reduced-cost fixing.

    A plan is worth the bound less what its pairs lose against the prices. So while no plan falls short of the
    bound by more than `loss`, pairs that would lose more are settled, and the programme stays small.
    """
    pool, worth = stage.market.pool, stage.market.worth(stage.level)
    profit = stage.profits(root)
    free, most = pool.low < pool.high, int(np.abs(profit).max(initial=0))
    while loss <= most:
        low = np.where(free & (profit > loss), 1, pool.low)
        high = np.where(free & (profit < -loss), 0, pool.high)
        x = _programme(stage, low, high)
        short = 8 * loss if x is None else bound - SCALE * int((worth * x).sum())
        if x is not None and short <= loss:
            return x
        loss = max(short, loss + SCALE)
    x = _programme(stage, pool.low, pool.high)
    if x is None:
        _refuse_or_widen(stage.market)
        root = _priced(stage)
        return _best(stage, root, stage.bound_of(root))
    return x


def _programme(stage: Stage, low: Int, high: Int) -> Int | None:
    """Return an optimal x (k,) that keeps bounds and what earlier levels reached; None if infeasible."""
    market = stage.market
    sums = [(market.worth(level), value) for level, value in stage.reached]
    model = Programme("CBC", market, stage.bounds, low, high)
    for worth, value in sums:
        model.add_sum(worth, value, value)
    x = model.solved(market.worth(stage.level))
    if x is None:
        return None
    plan = whole(market, stage.bounds, x)
    if plan is None or any(int((worth * plan).sum()) != value for worth, value in sums):
        raise EngineError("the integer programme's plan is not whole or breaks a bound")
    return plan


def _refuse_or_widen(market: Market) -> None:
    """Take in more pairs, or with all pairs at hand say how much of the minimums can be met."""
    if not market.complete:
        market.widen()
        return
    limits, pool = market.frame.limits, market.pool
    bounds = network.Bounds.of(market.frame, minimums=False)
    model = Programme("CBC", market, bounds, pool.low, pool.high)
    met = [model.solver.IntVar(0.0, float(limit.at_least), "") for limit in limits]
    members = [inside(limit, pool.rows, pool.columns) for limit in limits]
    for limit, member, part in zip(limits, members, met, strict=True):
        if limit.at_least:
            model.add_sum(member.astype(np.int64), 0, FAR).SetCoefficient(part, -1.0)
        model.solver.Objective().SetCoefficient(part, 1.0)
    required = sum(limit.at_least for limit in limits)
    values = model.solved(np.zeros(len(pool.keys), np.int64))
    if values is None:
        raise Infeasible(required, 0, tuple(sorted(limit.code for limit in limits)))
    x = np.rint(values).astype(np.int64)
    counts = [int(x[member].sum()) for member in members]
    tight = {
        limit.code
        for limit, count in zip(limits, counts, strict=True)
        if count < limit.at_least or count == limit.at_most
    }
    reachable = sum(min(count, limit.at_least) for limit, count in zip(limits, counts, strict=True))
    raise Infeasible(required, reachable, tuple(sorted(tight)))
