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
WHOLE: Final = 1e-6


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
    variables = [solver.NumVar(float(low), float(high), "") for low, high in zip(pool.low, pool.high, strict=True)]
    for k, variable in enumerate(variables):
        objective.SetCoefficient(variable, float(worth[k]))
        rows[i[k]].SetCoefficient(variable, 1.0)
        columns[j[k]].SetCoefficient(variable, 1.0)
    for limit, member in zip(limits, held, strict=True):
        for arc in np.flatnonzero(member).tolist():
            limit.SetCoefficient(variables[arc], 1.0)
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return None
    pool.x = _whole(market, bounds, np.array([variable.solution_value() for variable in variables]), held)
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
    held = [np.flatnonzero(inside(limit, i, j)) for limit in market.frame.limits]
    sets = list(zip(_by_line(i, market.frame.n), bounds.row_low, bounds.row_high, strict=True))
    sets += zip(_by_line(j, market.frame.m), bounds.column_low, bounds.column_high, strict=True)
    sets += zip(held, bounds.limit_low, bounds.limit_high, strict=True)
    for members, least, most in sets:
        used = int(x[members].sum())
        chosen = [variables[k] for k in members.tolist() if k in variables]
        model.add_linear_constraint(sum(chosen), int(least) - used, int(most) - used)
    return model, variables, x


def _by_line(line: Int, count: int) -> list[Int]:
    """Return the arcs of each of `count` lines."""
    order = np.argsort(line, kind="stable")
    return np.split(order, np.searchsorted(line[order], np.arange(1, count)))


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
        market.widen()
        return
    limits = market.frame.limits
    bounds = network.Bounds.of(market.frame, minimums=False)
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
