"""Column generation: exact plans without ever holding all pairs.

Solve the restricted master problem on the best arcs, price every other pair by its reduced cost, add those
that pay, and repeat until none does. The profit of a pair is its reduced cost with the sign turned: what it
is worth beyond its price.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.engine.blocks import BLOCK_PAIRS, scored
from matching.engine.errors import Infeasible
from matching.engine.frame import Int
from matching.engine.optimiser import network, reach
from matching.engine.optimiser.levels import Level
from matching.engine.optimiser.market import Market, Pool
from matching.engine.plan import Case, LevelValue, Potentials

STASH_LIMIT: Final = 4_000_000
NEAR: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Climbed:
    """Hold where the levels ended: arcs, rounds, and prices, values and flows per level (tie-break last)."""

    pool: Pool
    shape: network.Shape
    bounds: network.Bounds
    prices: tuple[Potentials, ...]
    values: tuple[LevelValue, ...]
    rounds: int
    flows: tuple[network.Flow, ...]
    cases: tuple[tuple[Case, ...], ...] = ()

    @property
    def flow(self) -> network.Flow:
        """Return the last level's flow: the plan."""
        return self.flows[-1]


def climb(market: Market, levels: Sequence[Level]) -> Climbed:
    """Solve the levels lexicographically, each on the optimal plans of those before, and price all pairs.

    A pair outside the pool pays when its vector of profits, level by level, is lexicographically above 0:
    then it joins the pool. When none pays, the prices prove the level for all pairs, not only for those in
    the pool.
    """
    bounds = starting_bounds(market)
    prices: list[Potentials] = []
    values: list[LevelValue] = []
    flows: list[network.Flow] = []
    stash: tuple[Int, Int] | None = None
    for depth, level in enumerate(levels):
        while True:
            market.rounds += 1
            flow = _solved(market, bounds, level)
            market.progress(level.name, market.rounds, len(market.pool.keys))
            if market.complete:
                break
            keys, points, stash_next = price_all(market, levels[: depth + 1], [*prices, flow.prices], stash)
            if not len(keys):
                stash = stash_next
                break
            market.pool.add(keys, points)
        values.append(level_value(market, bounds, level, flow.prices, flow.x))
        prices.append(flow.prices)
        flows.append(flow)
        if depth + 1 < len(levels):
            tighten(market, bounds, level, flow.prices)
    return Climbed(
        market.pool, market.shape, bounds, tuple(prices), tuple(values), market.rounds, tuple(flows)
    )


def refuse_or_widen(market: Market) -> None:
    """Take in more pairs; with all of them at hand raise `Infeasible`: only they tell what is reachable."""
    if market.complete:
        raise Infeasible(*reach.most_reachable(market.frame, market.shape, market.arcs()))
    market.widen()


def starting_bounds(market: Market, refuse: Callable[[Market], None] = refuse_or_widen) -> network.Bounds:
    """Return the frame's bounds; refuse a minimum above all capacity with what the allowed pairs can give."""
    try:
        return network.Bounds.of(market.frame)
    except network.NoFlow:
        while True:
            refuse(market)


def _solved(market: Market, bounds: network.Bounds, level: Level) -> network.Flow:
    """Solve the level on the pool; where the minimums cannot be met, widen the pool or say what binds."""
    while True:
        worth = market.worth(level)
        idle = level.name != "tie" and not worth[market.pool.low < market.pool.high].any()
        if idle and (market.pool.x >= 0).all():
            return network.any_flow(market.frame, market.pool.x)
        try:
            flow = network.solve_flow(market.frame, market.shape, bounds, market.arcs(), worth)
            market.pool.x = flow.x
            return flow
        except network.NoFlow:
            refuse_or_widen(market)


def level_value(
    market: Market, bounds: network.Bounds, level: Level, prices: Potentials, x: Int
) -> LevelValue:
    """Return what x is worth and the dual bound on it, both over the pool."""
    pool = market.pool
    worth = market.worth(level)
    profit = worth - market.pair_prices(prices, market.line_prices(prices), pool.rows, pool.columns)
    bound = int(profit[pool.low == 1].sum() + np.maximum(profit[(pool.low == 0) & (pool.high == 1)], 0).sum())
    for price, low, high in (
        (prices.rows, bounds.row_low, bounds.row_high),
        (prices.columns, bounds.column_low, bounds.column_high),
        (prices.limits, bounds.limit_low, bounds.limit_high),
    ):
        bound += int(np.where(price > 0, price * high, price * low).sum())
    return LevelValue(level.name, int((worth * x).sum()), bound)


def tighten(market: Market, bounds: network.Bounds, level: Level, prices: Potentials) -> None:
    """Cut pool and bounds down to the level's optimal plans, by complementary slackness."""
    pool = market.pool
    price = market.pair_prices(prices, market.line_prices(prices), pool.rows, pool.columns)
    profit = market.worth(level) - price
    free = pool.low < pool.high
    pool.low[free & (profit > 0)] = 1
    pool.high[free & (profit < 0)] = 0
    bounds.tighten(prices)


def price_all(
    market: Market, levels: Sequence[Level], prices: Sequence[Potentials], stash: tuple[Int, Int] | None
) -> tuple[Int, Int, tuple[Int, Int] | None]:
    """Return keys and points of pairs outside the pool that pay, and those at 0 in every level (or None).

    This is the pricing problem: a pair pays when its reduced cost says that the plan could gain by it.
    """
    lines = [market.line_prices(price) for price in prices]
    if stash is not None:
        paying, even = _sort_out(market, levels, prices, lines, *stash)
        return (*_strongest(market, paying), even)
    nothing = np.empty(0, np.int64)
    pays: list[tuple[Int, Int, Int]] = [(nothing, nothing, nothing)]
    evens: list[tuple[Int, Int]] | None = [(nothing, nothing)]
    size = 0
    for start, _, block in scored(market.scorer, _doubtful(market, levels[0], lines[0]), market.frame.m):
        keys, points = _promising(market, levels[0], prices[0], lines[0], start, block)
        paying, even = _sort_out(market, levels, prices, lines, keys, points)
        pays.append(paying)
        size += len(even[0])
        if size > STASH_LIMIT:
            evens = None
        if evens is not None:
            evens.append(even)
    paying = (
        np.concatenate([part[0] for part in pays]),
        np.concatenate([part[1] for part in pays]),
        np.concatenate([part[2] for part in pays]),
    )
    even_pairs = None
    if evens is not None:
        even_pairs = np.concatenate([part[0] for part in evens]), np.concatenate([part[1] for part in evens])
    return (*_strongest(market, paying), even_pairs)


def _doubtful(market: Market, level: Level, lines: tuple[Int, Int]) -> list[tuple[int, int]]:
    """Return the row ranges that may hold a pair outside the pool which does not lose at the first level.

    Such a pair has points no higher than its floors; where these are below what the pair costs, nothing has
    to be looked at again. In levels other than points, and with prices on single pairs, every block is.
    """
    blocks = market.blocks()
    if level.name != "total" or market.crossing or len(blocks) <= 1:
        return list(blocks)
    rows, columns = lines
    open_columns = np.flatnonzero((market.column_floor >= columns + rows.min()) & market.open_columns)
    if not len(open_columns):
        return []
    floor, price = market.column_floor[open_columns], columns[open_columns]
    suspects = np.flatnonzero((market.row_floor >= rows + price.min()) & market.open_rows)
    step = max(1, BLOCK_PAIRS // len(open_columns))
    doubtful = [
        part[(np.minimum(market.row_floor[part, None], floor) >= rows[part, None] + price).any(axis=1)]
        for part in (suspects[k : k + step] for k in range(0, len(suspects), step))
    ]
    return _runs(np.concatenate(doubtful), blocks[0][1]) if doubtful else []


def _runs(rows: Int, longest: int) -> list[tuple[int, int]]:
    """Return ranges that cover sorted rows, gaps of a few rows included, none longer than a block."""
    if not len(rows):
        return []
    breaks = np.flatnonzero(np.diff(rows) > NEAR) + 1
    starts, stops = rows[np.r_[0, breaks]], rows[np.r_[breaks - 1, len(rows) - 1]] + 1
    return [
        (start, min(start + longest, int(stop)))
        for first, stop in zip(starts, stops, strict=True)
        for start in range(int(first), int(stop), longest)
    ]


def _promising(
    market: Market, level: Level, prices: Potentials, lines: tuple[Int, Int], start: int, block: Int
) -> tuple[Int, Int]:
    """Return keys and points of a block's allowed pairs whose profit at the first level is not below 0."""
    frame, stop = market.frame, start + len(block)
    rows, columns = lines[0][start:stop], lines[1]
    worth = level.value(block, np.arange(start, stop)[:, None], np.arange(frame.m)[None, :])
    if max(np.abs(rows).max(initial=0), np.abs(columns).max(initial=0)) < 2**29:
        rows, columns = rows.astype(np.int32), columns.astype(np.int32)
    if market.crossing:
        flat = np.flatnonzero(worth >= market.block_prices(prices, lines, start, stop))
    else:
        flat = np.flatnonzero(worth - columns >= rows[:, None])
    points = block.reshape(-1)[flat]
    keys = flat + start * frame.m
    good = points >= max(frame.threshold, 0)
    good &= market.open_rows[keys // frame.m] & market.open_columns[keys % frame.m]
    good &= market.pool.lacks(keys)
    return keys[good], points[good].astype(np.int64)


def _sort_out(
    market: Market,
    levels: Sequence[Level],
    prices: Sequence[Potentials],
    lines: Sequence[tuple[Int, Int]],
    keys: Int,
    points: Int,
) -> tuple[tuple[Int, Int, Int], tuple[Int, Int]]:
    """Split pairs outside the pool into those that pay (with profit) and those at 0 in every level."""
    pays: list[tuple[Int, Int, Int]] = []
    new = market.pool.lacks(keys)
    keys, points = keys[new], points[new]
    for level, price, line in zip(levels, prices, lines, strict=True):
        i, j = keys // market.frame.m, keys % market.frame.m
        profit = level.value(points, i, j).astype(np.int64) - market.pair_prices(price, line, i, j)
        more = profit >= 0 if level.name == "tie" else profit > 0
        pays.append((keys[more], points[more], profit[more]))
        even = (profit == 0) & ~more
        keys, points = keys[even], points[even]
    return (
        np.concatenate([part[0] for part in pays]),
        np.concatenate([part[1] for part in pays]),
        np.concatenate([part[2] for part in pays]),
    ), (keys, points)


def _strongest(market: Market, paying: tuple[Int, Int, Int]) -> tuple[Int, Int]:
    """Return the paying pairs, at most some per column and per row when they are very many."""
    keys, points, profit = paying
    if len(keys) <= market.per_line * (market.frame.n + market.frame.m) // 2:
        return keys, points
    keep = np.zeros(len(keys), np.bool_)
    for line in (keys % market.frame.m, keys // market.frame.m):
        order = np.lexsort((keys, -profit, line))
        first = np.flatnonzero(np.r_[True, line[order][1:] != line[order][:-1]])
        rank = np.arange(len(order)) - np.repeat(first, np.diff(np.r_[first, len(order)]))
        keep[order[rank < max(1, market.per_line // 4)]] = True
    return keys[keep], points[keep]
