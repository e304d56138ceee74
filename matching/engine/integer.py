"""Limits that cross: an integer programme by OR-Tools on the priced arcs, with a bound that says how far it may be off.

The linear relaxation gives prices; rounded to whole numbers they bound every plan. Where a plan reaches that bound, the
certificate closes as for a network. Where it does not, the plan is still the best (every pair that could be in a better
one is in the programme), but only the solver says so: the gap stands in the plan, and it is not proved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from matching.engine import network, pricing
from matching.engine.blocks import scored
from matching.engine.levels import Level
from matching.engine.problem import EngineError, Infeasible, Int, LevelValue, Mask, Potentials, inside

WHOLE: Final = 1e-6
FAR: Final = 2**31


def climb(market: pricing.Market, levels: Sequence[Level]) -> pricing.Climbed:
    """Solve level after level as `pricing.climb` does, with a linear and an integer programme for each.

    Raises
    ------
    Infeasible
        when the minimums cannot all be met.
    """
    bounds = _starting_bounds(market)
    prices: list[Potentials] = []
    values: list[LevelValue] = []
    reached: list[tuple[Level, int]] = []
    stash: tuple[Int, Int] | None = None
    for level in levels[:-1]:
        price, stash = _priced(market, bounds, [*(lev for lev, _ in reached), level], prices, stash)
        value = pricing.level_value(market, bounds, level, price, market.pool.x)
        x = market.pool.x
        if value.value < value.bound:
            x = _best(market, bounds, level, price, reached)
            value = pricing.level_value(market, bounds, level, price, x)
        if value.value < value.bound:
            _widen(market, bounds, level, price, value)
            x = _best(market, bounds, level, None, reached)
            value = LevelValue(level.name, int((pricing.worth_of(market, level) * x).sum()), value.bound)
            stash = np.empty(0, np.int64), np.empty(0, np.int64)
        prices.append(price)
        values.append(value)
        reached.append((level, value.value))
        if value.value == value.bound:
            pricing.tighten(market, bounds, level, price)
    if stash is not None:
        market.pool.add(*stash)
    if _linear(market, bounds, pricing.worth_of(market, levels[-1])) is None or not _keeps(market, reached):
        market.pool.x = _best(market, bounds, levels[-1], None, reached)
    x = market.pool.x
    nothing = Potentials(np.zeros(market.frame.n, np.int64), np.zeros(market.frame.m, np.int64), 0 * bounds.limit_low)
    tie = int((pricing.worth_of(market, levels[-1]) * x).sum())
    values.append(LevelValue(levels[-1].name, tie, tie))
    flow = network.Flow(x, nothing, None, np.empty(0, np.int64))
    return pricing.Climbed(
        market.pool, market.shape, bounds, (*prices, nothing), tuple(values), market.rounds, (flow,) * len(values)
    )


def _starting_bounds(market: pricing.Market) -> network.Bounds:
    """Return the frame's bounds; a minimum above all places is refused with what the allowed pairs can give."""
    try:
        return network.Bounds.of(market.frame)
    except network.NoFlow:
        while True:
            _refuse_or_widen(market)


def _priced(
    market: pricing.Market,
    bounds: network.Bounds,
    levels: Sequence[Level],
    prices: Sequence[Potentials],
    stash: tuple[Int, Int] | None,
) -> tuple[Potentials, tuple[Int, Int] | None]:
    """Return whole dual prices of the level's linear programme, and the pairs outside the pool that come out even."""
    while True:
        market.rounds += 1
        found = _linear(market, bounds, pricing.worth_of(market, levels[-1]))
        if found is None:
            _refuse_or_widen(market)
            continue
        market.progress(levels[-1].name, market.rounds, len(market.pool.keys))
        if market.complete:
            return found, None
        keys, points, even = pricing.price_all(market, levels, [*prices, found], stash)
        if not len(keys):
            return found, even
        market.pool.add(keys, points)


def _linear(market: pricing.Market, bounds: network.Bounds, worth: Int) -> Potentials | None:
    """Return the relaxation's dual prices, rounded (any prices bound, so rounding is safe), or None if infeasible.

    Leaves the relaxation's plan in the pool when it is whole and keeps all bounds, else a plan of nothing.
    """
    pool, frame = market.pool, market.frame
    # Settled arcs take part, so that the prices say what they earn.
    model = _Model("GLOP", market, bounds, np.zeros_like(pool.low), np.ones_like(pool.high))
    for k in np.flatnonzero((pool.low == 1) | (pool.high == 0)).tolist():
        model.variables[k].SetBounds(float(pool.low[k]), float(pool.high[k]))
    x = model.solved(worth)
    if x is None:
        return None
    pool.x = _whole(market, bounds, x, [inside(limit, pool.rows, pool.columns) for limit in frame.limits])
    rows, columns, limits = model.rows, model.columns, model.limits
    price = [np.array([round(each.dual_value()) for each in part], np.int64) for part in (rows, columns, limits)]
    for each, low in zip(price, (bounds.row_low, bounds.column_low, bounds.limit_low), strict=True):
        each[(each < 0) & (low == 0)] = 0
    return Potentials(*price)


def _whole(market: pricing.Market, bounds: network.Bounds, values: Int, held: Sequence[Mask]) -> Int:
    """Return the values as whole numbers, or zeros where they are not whole or break a bound."""
    pool, frame = market.pool, market.frame
    x = np.rint(values).astype(np.int64)
    counts = (
        (np.bincount(pool.rows, x, frame.n), bounds.row_low, bounds.row_high),
        (np.bincount(pool.columns, x, frame.m), bounds.column_low, bounds.column_high),
        (np.array([x[member].sum() for member in held]), bounds.limit_low, bounds.limit_high),
        (x, pool.low, pool.high),
    )
    good = np.abs(values - x).max(initial=0) < WHOLE
    good &= all(((low <= count) & (count <= high)).all() for count, low, high in counts)
    return x if good else np.zeros_like(x)


def _keeps(market: pricing.Market, reached: Sequence[tuple[Level, int]]) -> bool:
    """Return whether the pool's plan is worth in every level what that level reached."""
    return all(int((pricing.worth_of(market, level) * market.pool.x).sum()) == value for level, value in reached)


def _best(
    market: pricing.Market,
    bounds: network.Bounds,
    level: Level,
    price: Potentials | None,
    reached: Sequence[tuple[Level, int]],
) -> Int:
    """Return x (k,) worth most at a level; with a price by reduced-cost fixing.

    A plan is worth the bound less what its pairs lose against the prices. So while no plan falls short of the bound by
    more than `loss`, pairs that would lose more are settled, and the programme stays small.
    """
    worth = pricing.worth_of(market, level)
    if price is not None:
        pool = market.pool
        profit = worth - market.pair_prices(price, market.line_prices(price), pool.rows, pool.columns)
        bound = pricing.level_value(market, bounds, level, price, market.pool.x).bound
        free, loss = pool.low < pool.high, 0
        while loss <= int(np.abs(worth).sum()):
            low = np.where(free & (profit > loss), 1, pool.low)
            high = np.where(free & (profit < -loss), 0, pool.high)
            x = _programme(market, bounds, low, high, worth, reached)
            short = None if x is None else bound - int((worth * x).sum())
            if x is not None and short is not None and short <= loss:
                return x
            loss = max(4 * loss, bound // 2000, 1) if short is None else short
    x = _programme(market, bounds, market.pool.low, market.pool.high, worth, reached)
    if x is None:
        _refuse_or_widen(market)
        return _best(market, bounds, level, None, reached)
    return x


def _programme(
    market: pricing.Market, bounds: network.Bounds, low: Int, high: Int, worth: Int, reached: Sequence[tuple[Level, int]]
) -> Int | None:
    """Return an optimal x (k,) within the bounds that keeps what earlier levels reached, or None if there is none."""
    kept = [(pricing.worth_of(market, level), value) for level, value in reached]
    model = _Model("SCIP", market, bounds, low, high)
    for each, value in kept:
        model.add_sum(each, value, value)
    x = model.solved(worth)
    if x is None:
        return None
    whole = _whole(market, bounds, x, [inside(limit, market.pool.rows, market.pool.columns) for limit in market.frame.limits])
    if (not whole.any() and np.rint(x).any()) or any(int((each * whole).sum()) != value for each, value in kept):
        raise EngineError("the integer programme's plan is not whole or breaks a bound")
    return whole


class _Model:
    """A linear or integer programme over the arcs that are not settled, with the bounds of rows, columns and limits.

    All solvers run alone on one thread, without a time limit, and give the same answer to the same programme.
    """

    def __init__(self, solver: str, market: pricing.Market, bounds: network.Bounds, low: Int, high: Int) -> None:
        network.refuse_clash()
        from ortools.linear_solver import pywraplp

        self.kind, self.low = pywraplp, low
        self.solver = pywraplp.Solver.CreateSolver(solver)
        if solver == "GLOP":
            self.solver.SetSolverSpecificParametersAsString("use_dual_simplex:true")
        make = self.solver.NumVar if solver == "GLOP" else self.solver.IntVar
        pool, frame = market.pool, market.frame
        self.open = np.flatnonzero(low < high)
        self.variables = [make(0.0, 1.0, "") for _ in range(len(self.open))]
        self.rows = self._bounded(bounds.row_low, bounds.row_high, np.bincount(pool.rows, low, frame.n))
        self.columns = self._bounded(bounds.column_low, bounds.column_high, np.bincount(pool.columns, low, frame.m))
        held = [inside(limit, pool.rows, pool.columns) for limit in frame.limits]
        used = np.array([low[member].sum() for member in held], np.float64)
        self.limits = self._bounded(bounds.limit_low, bounds.limit_high, used)
        i, j = pool.rows[self.open].tolist(), pool.columns[self.open].tolist()
        for k, variable in enumerate(self.variables):
            self.rows[i[k]].SetCoefficient(variable, 1.0)
            self.columns[j[k]].SetCoefficient(variable, 1.0)
        for row, member in zip(self.limits, held, strict=True):
            for k in np.flatnonzero(member[self.open]).tolist():
                row.SetCoefficient(self.variables[k], 1.0)

    def _bounded(self, low: Int, high: Int, used: Int) -> list[Any]:
        bounds = zip((low - used).tolist(), (high - used).tolist(), strict=True)
        return [self.solver.Constraint(float(least), float(most)) for least, most in bounds]

    def add_sum(self, worth: Int, least: int, most: int) -> Any:
        """Hold the sum of worth (k,) · x between two numbers."""
        settled = int((worth * self.low).sum())
        row = self.solver.Constraint(float(least - settled), float(most - settled))
        for variable, each in zip(self.variables, worth[self.open].tolist(), strict=True):
            if each:
                row.SetCoefficient(variable, float(each))
        return row

    def solved(self, worth: Int) -> Int | None:
        """Return x (k,) of float with the largest worth, settled arcs included, or None when the bounds cannot be met."""
        objective = self.solver.Objective()
        objective.SetMaximization()
        for variable, each in zip(self.variables, worth[self.open].tolist(), strict=True):
            objective.SetCoefficient(variable, float(each))
        exact = self.kind.MPSolverParameters()
        exact.SetDoubleParam(exact.RELATIVE_MIP_GAP, 0.0)
        status = self.solver.Solve(exact)
        if status == self.kind.Solver.INFEASIBLE:
            return None
        if status != self.kind.Solver.OPTIMAL:
            raise EngineError(f"the programme ended with status {status}")
        x = self.low.astype(np.float64)
        x[self.open] = [variable.solution_value() for variable in self.variables]
        return x


def _widen(market: pricing.Market, bounds: network.Bounds, level: Level, price: Potentials, value: LevelValue) -> None:
    """Add every pair that could be in a plan at least as good: its loss is no more than the gap (reduced-cost fixing)."""
    if market.complete:
        return
    lines = market.line_prices(price)
    for start, stop, block in scored(market.scorer, market.blocks(), market.frame.m):
        i, j = np.arange(start, stop)[:, None], np.arange(market.frame.m)[None, :]
        loss = market.pair_prices(price, lines, i, j) - level.value(block, i, j)
        good: Mask = (loss <= value.bound - value.value) & (block >= market.frame.threshold)
        good &= market.open_rows[start:stop, None] & market.open_columns
        flat = np.flatnonzero(good)
        keys = flat + start * market.frame.m
        new = market.pool.lacks(keys)
        market.pool.add(keys[new], block.reshape(-1)[flat[new]].astype(np.int64))


def _refuse_or_widen(market: pricing.Market) -> None:
    """Take in more pairs, or with all pairs at hand say how much of the minimums can be met."""
    if not market.complete:
        market.widen()
        return
    limits, pool = market.frame.limits, market.pool
    bounds = network.Bounds.of(market.frame, minimums=False)
    model = _Model("SCIP", market, bounds, pool.low, pool.high)
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
    tight = {c.code for c, count in zip(limits, counts, strict=True) if count < c.at_least or count == c.at_most}
    reachable = sum(min(count, limit.at_least) for limit, count in zip(limits, counts, strict=True))
    raise Infeasible(required, reachable, tuple(sorted(tight)))
