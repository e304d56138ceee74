"""Close a gap between the best plan and the relaxation's bound: split the plans by single pairs until each case is bounded.

Every case is a set of plans: some pairs are in, some are out. Its prices bound it by weak duality, whatever they are, so
the cases together are a certificate that `proof.py` checks without any solver.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Final

import numpy as np

from matching.engine.blocks import scored
from matching.engine.frame import Int, Mask
from matching.engine.optimiser import column_generation, network
from matching.engine.optimiser.levels import Level
from matching.engine.optimiser.market import Market
from matching.engine.optimiser.programme import WHOLE, Programme
from matching.engine.plan import SCALE, Case, Potentials

FEWEST_CASES: Final = 12
WORK: Final = 80_000
"""Cases × arcs of their relaxation that are worth a proof: a second at full size, hundreds of cases for small ones."""
MARGIN: Final = 100 * SCALE
Reached = tuple[Level, int]
"""An earlier level and the worth it reached, which later ones hold."""


def combined(level: Level, reached: Sequence[Reached], case: Case) -> Level:
    """Return the level in parts of a point, with the earlier ones at the case's prices."""

    def value(points: Int, rows: Int, columns: Int) -> Int:
        worth = level.value(points, rows, columns).astype(np.int64) * SCALE
        for (earlier, _), price in zip(reached, case.earlier.tolist(), strict=True):
            if price:
                worth = worth + earlier.value(points, rows, columns).astype(np.int64) * price
        return worth

    return Level(level.name, value)


def profits(market: Market, level: Level, reached: Sequence[Reached], case: Case) -> Int:
    """Return what each arc of the pool is worth beyond its price, (k,) of int64."""
    pool = market.pool
    worth = combined(level, reached, case).value(pool.points, pool.rows, pool.columns)
    price = market.pair_prices(case.prices, market.line_prices(case.prices), pool.rows, pool.columns)
    profit: Int = worth - price
    return profit


def locked_keys(market: Market) -> Int:
    """Return the keys of the locked pairs."""
    keys: Int = market.frame.locked[:, 0] * market.frame.m + market.frame.locked[:, 1]
    return keys


def judged(
    market: Market, bounds: network.Bounds, level: Level, reached: Sequence[Reached], case: Case
) -> int:
    """Return what no plan of the case exceeds, in parts of a point, counted over the pool.

    That is over all pairs once those that pay are in the pool.
    """
    pool, path = market.pool, case.path
    profit = profits(market, level, reached, case)
    keys = path[:, 0] * market.frame.m + path[:, 1]
    must = np.isin(pool.keys, np.concatenate([locked_keys(market), keys[path[:, 2] == 1]]))
    never = np.isin(pool.keys, keys[path[:, 2] == 0])
    bound: int = int(profit[must].sum() + np.maximum(profit[~must & ~never], 0).sum())
    for price, low, high in (
        (case.prices.rows, bounds.row_low, bounds.row_high),
        (case.prices.columns, bounds.column_low, bounds.column_high),
        (case.prices.limits, bounds.limit_low, bounds.limit_high),
    ):
        bound += int(np.where(price > 0, price * high, price * low).sum())
    held: int = sum(value * price for (_, value), price in zip(reached, case.earlier.tolist(), strict=True))
    return bound - held


def widen(market: Market, level: Level, reached: Sequence[Reached], case: Case, gap: int) -> bool:
    """Add every pair that loses no more than the gap, so could be in a plan as good; return whether there was one."""
    if market.complete:
        return False
    before, frame = len(market.pool.keys), market.frame
    lines, worth = market.line_prices(case.prices), combined(level, reached, case)
    for start, stop, block in scored(market.scorer, market.blocks(), frame.m):
        i, j = np.arange(start, stop)[:, None], np.arange(frame.m)[None, :]
        loss = market.block_prices(case.prices, lines, start, stop) - worth.value(block, i, j)
        good: Mask = (loss <= gap) & (block >= max(frame.threshold, 0))
        good &= market.open_rows[start:stop, None] & market.open_columns
        flat = np.flatnonzero(good)
        keys = flat + start * frame.m
        new = market.pool.lacks(keys)
        market.pool.add(keys[new], block.reshape(-1)[flat[new]].astype(np.int64))
    return len(market.pool.keys) > before


def close(
    market: Market, bounds: network.Bounds, level: Level, reached: Sequence[Reached], root: Case, value: int
) -> tuple[tuple[Case, ...], int]:
    """Return cases that cover all plans, and what none of them exceeds, in parts of a point: below `value` + 1 if closed.

    The case with the highest bound is split first, by the pair its relaxation is least sure of. Where that would take too
    many, the root alone stands, with its gap: a bound that is a little lower is not worth hundreds of cases.
    """
    model, arcs = _relaxation(market, bounds, level, reached, root, value)
    most = max(FEWEST_CASES, WORK // max(1, len(arcs)))
    done: list[Case] = []
    todo: list[tuple[int, int, Case, Int]] = []
    asked, paths = 0, [root.path]
    while paths:
        for path in paths:
            case, x = _solved(model, arcs, market, level, reached, path)
            widen(market, level, reached, case, -1)
            bound = judged(market, bounds, level, reached, case)
            asked += 1
            if bound < SCALE * (value + 1):
                done.append(case)
            else:
                heapq.heappush(todo, (-bound, asked, case, np.abs(x - np.rint(x))))
        paths = []
        if todo:
            _, _, case, unsure = heapq.heappop(todo)
            if asked >= most or unsure.max(initial=0) <= WHOLE:
                return (root,), judged(market, bounds, level, reached, root)
            key = int(arcs[int(np.argmax(unsure))])
            steps = (np.array([[key // market.frame.m, key % market.frame.m, side]]) for side in (1, 0))
            paths = [np.concatenate([case.path, step]) for step in steps]
    done.sort(key=lambda case: case.path.tolist())
    return tuple(done), max(judged(market, bounds, level, reached, case) for case in done)


def _relaxation(
    market: Market, bounds: network.Bounds, level: Level, reached: Sequence[Reached], root: Case, value: int
) -> tuple[Programme, Int]:
    """Return the relaxation over the pairs that might matter, and their keys; what it leaves out is priced afterwards."""
    pool = market.pool
    profit = profits(market, level, reached, root)
    gap = judged(market, bounds, level, reached, root) - SCALE * value
    near = (profit >= -4 * gap - MARGIN) | np.isin(pool.keys, locked_keys(market))
    model = Programme("GLOP", market, bounds, np.zeros_like(pool.low), near.astype(np.int64))
    for earlier, worth in reached:
        model.add_sum(column_generation.worth_of(market, earlier), worth, worth)
    model.aim(column_generation.worth_of(market, level))
    most = int(np.abs(column_generation.worth_of(market, level)).max(initial=0)) * int(
        market.frame.row_capacity.sum() + 1
    )
    model.allow_breaking(4.0 * (most + 1))
    return model, pool.keys[near]


def _solved(
    model: Programme, arcs: Int, market: Market, level: Level, reached: Sequence[Reached], path: Int
) -> tuple[Case, Int]:
    """Return the prices and the plan of the relaxation with the path's pairs in or out."""
    market.rounds += 1
    market.progress(level.name, market.rounds, len(arcs))
    m = market.frame.m
    fixed = {int(key): 1 for key in locked_keys(market)}
    fixed |= {int(i) * m + int(j): int(side) for i, j, side in path}
    places = {key: int(np.searchsorted(arcs, key)) for key in fixed}
    for key, side in fixed.items():
        model.variables[places[key]].SetBounds(float(side), float(side))
    x = model.optimum()
    assert x is not None, "every bound may be broken"
    (rows, columns, limits), sums = model.prices(SCALE)
    for place in places.values():
        model.variables[place].SetBounds(0.0, 1.0)
    return Case(path, Potentials(rows, columns, limits), -sums), x
