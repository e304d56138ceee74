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

SEED: Final = 1


def climb(market: pricing.Market, levels: Sequence[Level]) -> pricing.Climbed:
    """Solve level after level as `pricing.climb` does, with a linear and an integer programme for each.

    Raises
    ------
    Infeasible
        when the minimums cannot all be met.
    """
    bounds = pricing.starting_bounds(market)
    prices: list[Potentials] = []
    values: list[LevelValue] = []
    reached: list[tuple[Level, int]] = []
    stash: tuple[Int, Int] | None = None
    x = np.zeros(len(market.pool.keys), np.int64)
    for level in levels[:-1]:
        price, stash = _priced(market, bounds, [*(lev for lev, _ in reached), level], prices, stash)
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
    x = _best(market, bounds, levels[-1], None, reached)
    nothing = Potentials(np.zeros(market.frame.n, np.int64), np.zeros(market.frame.m, np.int64), 0 * bounds.limit_low)
    tie = int((pricing.worth_of(market, levels[-1]) * x).sum())
    values.append(LevelValue(levels[-1].name, tie, tie))
    flow = network.Flow(x, nothing, None, np.empty(0, np.int64))
    return pricing.Climbed(
        market.pool, market.shape, bounds, (*prices, nothing), tuple(values), market.rounds, (flow,) * len(values)
    )


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
    """Return the relaxation's dual prices, rounded (any prices bound, so rounding is safe), or None if infeasible."""
    network.refuse_clash()
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("GLOP")
    objective = solver.Objective()
    objective.SetMaximization()
    pool, frame = market.pool, market.frame
    rows = [solver.Constraint(float(a), float(b)) for a, b in zip(bounds.row_low, bounds.row_high, strict=True)]
    columns = [solver.Constraint(float(a), float(b)) for a, b in zip(bounds.column_low, bounds.column_high, strict=True)]
    limits = [solver.Constraint(float(a), float(b)) for a, b in zip(bounds.limit_low, bounds.limit_high, strict=True)]
    i, j = pool.rows, pool.columns
    held = [inside(limit, i, j) for limit in frame.limits]
    for k in range(len(pool.keys)):
        x = solver.NumVar(float(pool.low[k]), float(pool.high[k]), "")
        objective.SetCoefficient(x, float(worth[k]))
        for constraint in (rows[i[k]], columns[j[k]], *(limits[c] for c in range(len(held)) if held[c][k])):
            constraint.SetCoefficient(x, 1.0)
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return None
    price = [np.array([round(each.dual_value()) for each in part], np.int64) for part in (rows, columns, limits)]
    for each, low in zip(price, (bounds.row_low, bounds.column_low, bounds.limit_low), strict=True):
        each[(each < 0) & (low == 0)] = 0
    return Potentials(*price)


def _best(
    market: pricing.Market,
    bounds: network.Bounds,
    level: Level,
    price: Potentials | None,
    reached: Sequence[tuple[Level, int]],
) -> Int:
    """Return x (k,) worth most at a level; with a price first among the pairs it favours, as these reach the bound."""
    worth = pricing.worth_of(market, level)
    if price is not None:
        pool = market.pool
        profit = worth - market.pair_prices(price, market.line_prices(price), pool.rows, pool.columns)
        tight = network.Bounds(*(getattr(bounds, name).copy() for name in network.Bounds.__slots__))
        tight.tighten(price)
        low = np.where((profit > 0) & (pool.low < pool.high), 1, pool.low)
        high = np.where((profit < 0) & (pool.low < pool.high), 0, pool.high)
        x = _programme(market, tight, low, high, worth, reached)
        if x is not None:
            return x
    x = _programme(market, bounds, market.pool.low, market.pool.high, worth, reached)
    if x is None:
        _refuse_or_widen(market)
        return _best(market, bounds, level, None, reached)
    return x


def _programme(
    market: pricing.Market, bounds: network.Bounds, low: Int, high: Int, worth: Int, reached: Sequence[tuple[Level, int]]
) -> Int | None:
    """Return an optimal x (k,) within the bounds that keeps what earlier levels reached, or None if there is none."""
    model, variables, x = _model(market, bounds, low, high)
    free = np.flatnonzero(low < high)
    for level, value in reached:
        each = pricing.worth_of(market, level)
        rest = value - int((each * x).sum())
        model.add(sum(int(each[k]) * variables[int(k)] for k in free if each[k]) == rest)
    model.maximize(sum(int(worth[k]) * variables[int(k)] for k in free if worth[k]))
    solver = _solver()
    status = solver.solve(model)
    if solver.status_name(status) == "INFEASIBLE":
        return None
    if solver.status_name(status) != "OPTIMAL":
        raise EngineError(f"the integer programme ended {solver.status_name(status)}")
    x[free] = [solver.value(variables[int(k)]) for k in free]
    return x


def _model(market: pricing.Market, bounds: network.Bounds, low: Int, high: Int) -> tuple[Any, dict[int, Any], Int]:
    """Return a model of the open arcs, their variables by arc, and x with the fixed arcs set."""
    network.refuse_clash()
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    x = np.where(low == high, low, 0).astype(np.int64)
    free = np.flatnonzero(low < high)
    variables = {int(k): model.new_bool_var("") for k in free}
    pool = market.pool
    i, j = pool.rows, pool.columns
    sets = [(i == each, a, b) for each, (a, b) in enumerate(zip(bounds.row_low, bounds.row_high, strict=True))]
    sets += [(j == each, a, b) for each, (a, b) in enumerate(zip(bounds.column_low, bounds.column_high, strict=True))]
    held = [inside(limit, i, j) for limit in market.frame.limits]
    sets += list(zip(held, bounds.limit_low, bounds.limit_high, strict=True))
    for member, least, most in sets:
        used = int(x[member].sum())
        chosen = [variables[int(k)] for k in np.flatnonzero(member & (low < high))]
        model.add_linear_constraint(sum(chosen), int(least) - used, int(most) - used)
    return model, variables, x


def _solver() -> Any:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    return solver


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
        market.per_line *= 4
        market.fill()
        return
    limits = market.frame.limits
    bounds = network.Bounds.of(market.frame)
    bounds.limit_low[:] = 0
    model, variables, x = _model(market, bounds, market.pool.low, market.pool.high)
    held = [inside(limit, market.pool.rows, market.pool.columns) for limit in limits]
    met = []
    for limit, member in zip(limits, held, strict=True):
        met.append(model.new_int_var(0, limit.at_least, ""))
        free = [variables[k] for k in variables if member[k]]
        model.add(met[-1] <= sum(free) + int(x[member].sum()))
    model.maximize(sum(met))
    solver = _solver()
    required = sum(limit.at_least for limit in limits)
    if solver.status_name(solver.solve(model)) != "OPTIMAL":
        raise Infeasible(required, 0, tuple(sorted(limit.code for limit in limits)))
    x[list(variables)] = [solver.value(each) for each in variables.values()]
    counts = [int(x[member].sum()) for member in held]
    tight = {c.code for c, count in zip(limits, counts, strict=True) if count < c.at_least or count == c.at_most}
    raise Infeasible(required, sum(solver.value(each) for each in met), tuple(sorted(tight)))
