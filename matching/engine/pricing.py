"""Exact plans without ever holding all pairs: best arcs, flow, dual prices, price every pair, repeat until none pays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from matching.engine import network, reach
from matching.engine.blocks import BLOCK_PAIRS, row_blocks, scored
from matching.engine.levels import Level
from matching.engine.problem import Case, Frame, Infeasible, Int, LevelValue, Mask, Potentials, Scorer

SMALL: Final = 4_000
STASH_LIMIT: Final = 4_000_000
SAMPLES: Final = 8
NEAR: Final = 4
MANY: Final = 1_000_000
ARCS_PER_LINE: Final = 32
FAR: Final = 2**31 - 1
Progress = Callable[[str, int, int], None]


def silent(level: str, rounds: int, arcs: int) -> None:
    """Report nothing."""


@dataclass(slots=True, eq=False)
class Pool:
    """Hold the pairs the network knows, sorted by key = row × m + column, with bounds that levels tighten, and the
    last flow through them (`x`; -1 before the first)."""

    m: int
    keys: Int
    points: Int
    low: Int
    high: Int
    x: Int
    rows: Int = field(init=False)
    columns: Int = field(init=False)

    def __post_init__(self) -> None:
        self.rows, self.columns = np.divmod(self.keys, max(1, self.m))

    def lacks(self, keys: Int) -> Mask:
        """Return a mask of the keys that are not in the pool."""
        if not len(self.keys):
            return np.ones(len(keys), np.bool_)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        lacking: Mask = self.keys[place] != keys
        return lacking

    def add(self, keys: Int, points: Int) -> None:
        """Add free arcs that are not in the pool yet."""
        order = np.argsort(keys, kind="stable")
        keys, points = keys[order], points[order]
        at = np.searchsorted(self.keys, keys)
        rows, columns = np.divmod(keys, max(1, self.m))
        self.rows, self.columns = np.insert(self.rows, at, rows), np.insert(self.columns, at, columns)
        self.keys = np.insert(self.keys, at, keys)
        self.points = np.insert(self.points, at, points)
        self.low = np.insert(self.low, at, 0)
        self.high = np.insert(self.high, at, 1)
        self.x = np.insert(self.x, at, 0 if (self.x >= 0).all() and len(self.x) else -1)


@dataclass(frozen=True, slots=True, eq=False)
class Climbed:
    """Hold where the levels ended: arcs, last flow, prices and values per level (tie-break last), pricing rounds."""

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


@dataclass(slots=True, eq=False)
class Market:
    """Hold one problem while its levels are climbed: scorer, frame, pool of arcs and the prices so far."""

    frame: Frame
    scorer: Scorer
    shape: network.Shape
    lines: int | None = None
    progress: Progress = silent
    pool: Pool = field(init=False)
    open_rows: Int = field(init=False)
    open_columns: Int = field(init=False)
    complete: bool = field(init=False)
    column_floor: Int = field(init=False)
    row_floor: Int = field(init=False)
    rounds: int = 0
    highest: int = 0
    crossing: tuple[int, ...] = field(init=False)
    per_line: int = field(init=False)

    def __post_init__(self) -> None:
        self.crossing = self.shape.crossing
        lines = ARCS_PER_LINE * (1 if self.frame.n * self.frame.m < MANY else 2)
        few = self.frame.n * self.frame.m <= SMALL
        self.per_line = self.lines or (max(1, self.frame.n, self.frame.m) if few else lines)
        self.open_rows = self.frame.row_capacity > 0
        self.open_columns = self.frame.column_capacity > 0
        self.fill()

    def fill(self) -> None:
        """Start the pool with the locked pairs and the best pairs of each line, or with all pairs if they are few."""
        frame = self.frame
        self.complete = self.per_line >= max(frame.n, frame.m)
        keys, points = best_pairs(self, self.per_line)
        empty = np.empty(0, np.int64)
        self.pool = Pool(frame.m, empty, empty, empty, empty, empty)
        self.pool.add(keys, points)
        locked = frame.locked[:, 0] * frame.m + frame.locked[:, 1]
        new = locked[self.pool.lacks(locked)]
        self.pool.add(new, np.array([int(self.scorer(k // frame.m, k // frame.m + 1)[0, k % frame.m]) for k in new]))
        self.pool.low[np.searchsorted(self.pool.keys, locked)] = 1

    def widen(self) -> None:
        """Start again with four times as many pairs of each line."""
        self.per_line *= 4
        self.fill()

    def blocks(self) -> Sequence[tuple[int, int]]:
        """Return row ranges whose scores fit the cache."""
        return row_blocks(self.frame.n, self.frame.m)

    def line_prices(self, prices: Potentials) -> tuple[Int, Int]:
        """Return what each row (n,) and each column (m,) costs, limits included; closed lines cost too much."""
        rows, columns = prices.rows.copy(), prices.columns.copy()
        for limit, price in zip(self.frame.limits, prices.limits, strict=True):
            if limit.rows is not None and limit.columns is None:
                rows[limit.rows] += price
            elif limit.rows is None:
                columns += price * (1 if limit.columns is None else limit.columns)
        return rows, columns

    def pair_prices(self, prices: Potentials, lines: tuple[Int, Int], i: Int, j: Int) -> Int:
        """Return what pairs (i, j) cost: their lines, and limits on both some rows and some columns; broadcasts."""
        price: Int = lines[0][i] + lines[1][j]
        for k in self.crossing:
            limit = self.frame.limits[k]
            if prices.limits[k] and limit.rows is not None and limit.columns is not None:
                price = price + prices.limits[k] * (limit.rows[i] & limit.columns[j])
        return price

    def block_prices(self, prices: Potentials, lines: tuple[Int, Int], start: int, stop: int) -> Int:
        """Return `pair_prices` of rows start…stop and all columns; crossing limits touch their own pairs alone."""
        price = lines[0][start:stop, None] + lines[1]
        for k in self.crossing:
            limit = self.frame.limits[k]
            if prices.limits[k] and limit.rows is not None and limit.columns is not None:
                price[np.ix_(limit.rows[start:stop], limit.columns)] += prices.limits[k]
        return price


def best_pairs(market: Market, count: int) -> tuple[Int, Int]:
    """Return keys and points of about the `count` best allowed pairs of each column, and of each row where rows are scarce.

    Sets the market's floors: a pair that is left out has no more points than its column's floor and its row's. The
    columns' floors start from a sample and rise as blocks pass, so nothing is sorted twice.
    """
    frame = market.frame
    floor = _first_floor(market, count)
    lowest = np.full(frame.m, max(frame.threshold, 0) - 1, np.int32)
    lowest[~market.open_columns] = FAR
    rows_too = frame.row_capacity.sum() <= 2 * frame.column_capacity.sum() and frame.m > count
    market.row_floor = np.full(frame.n, FAR, np.int64)
    held = np.empty(0, np.int64), np.empty(0, np.int32)
    rows_best: list[tuple[Int, Int]] = []
    for start, stop, raw in scored(market.scorer, market.blocks(), frame.m):
        block = _opened(market, start, raw)
        flat = np.flatnonzero(block > floor)
        held = np.concatenate([held[0], flat + start * frame.m]), np.concatenate([held[1], block.reshape(-1)[flat]])
        if len(held[0]) > 8 * count * frame.m:
            held, floor = _pruned(held, floor, count, frame.m)
        if rows_too:
            worst = np.partition(block, frame.m - count, axis=1)[:, frame.m - count]
            market.row_floor[start:stop] = worst - 1
            flat = np.flatnonzero((block >= worst[:, None]) & (block > lowest))
            rows_best.append((flat + start * frame.m, block.reshape(-1)[flat]))
    if len(held[0]) > 2 * count * frame.m:
        held, floor = _pruned(held, floor, count, frame.m)
    market.column_floor = floor.astype(np.int64)
    keys = np.concatenate([held[0], *(part[0] for part in rows_best)])
    points = np.concatenate([held[1], *(part[1] for part in rows_best)])
    keys, first = np.unique(keys, return_index=True)
    return keys, points[first].astype(np.int64)


def _first_floor(market: Market, count: int) -> Int:
    """Return a floor (m,) above which each column has some `count` to a few times as many pairs, judged by a sample."""
    frame = market.frame
    floor = np.full(frame.m, max(frame.threshold, 0) - 1, np.int32)
    step = max(1, BLOCK_PAIRS // max(1, frame.m) // SAMPLES)
    sample, rank = np.empty((0, frame.m), np.int32), count
    if count < frame.n <= step * SAMPLES:
        sample = _opened(market, 0, market.scorer(0, frame.n))
    elif frame.n > 2 * SAMPLES * step and count < frame.n // 2:
        starts = [k * (frame.n - step) // (SAMPLES - 1) for k in range(SAMPLES)]
        sample = np.concatenate([_opened(market, start, market.scorer(start, start + step)) for start in starts])
        rank = max(3, 2 * count * len(sample) // frame.n)
    if len(sample):
        top = np.partition(np.ascontiguousarray(sample.T), len(sample) - rank, axis=1)[:, len(sample) - rank]
        np.maximum(floor, top.astype(np.int32) - 1, out=floor)
    floor[~market.open_columns] = FAR
    return floor


def _opened(market: Market, start: int, block: Int) -> Int:
    """Return the block with rows without places closed."""
    stop = start + len(block)
    market.highest = max(market.highest, int(block.max(initial=0)))
    if market.open_rows[start:stop].all():
        return block
    return np.where(market.open_rows[start:stop, None], block, -1)


def _pruned(held: tuple[Int, Int], floor: Int, count: int, m: int) -> tuple[tuple[Int, Int], Int]:
    """Keep the best `count` pairs of each column, earlier rows first among equals, and raise its floor to the best left."""
    keys, points = held
    column = keys % m
    order = np.argsort((column << 31) + (FAR - points), kind="stable")
    column = column[order]
    first = np.searchsorted(column, np.arange(m))
    rank = np.arange(len(order)) - first[column]
    keep, cut = order[rank < count], order[rank == count]
    floor = floor.copy()
    floor[keys[cut] % m] = np.maximum(floor[keys[cut] % m], points[cut])
    return (keys[keep], points[keep]), floor


def climb(market: Market, levels: Sequence[Level]) -> Climbed:
    """Solve level after level, each on the optimal plans of those before it, and price all pairs at each.

    A pair outside the pool pays when its vector of profits, level by level, is lexicographically above 0: then it
    joins the pool. When none pays, the prices prove the level for all pairs, not only for those in the pool.
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
    return Climbed(market.pool, market.shape, bounds, tuple(prices), tuple(values), market.rounds, tuple(flows))


def starting_bounds(market: Market) -> network.Bounds:
    """Return the frame's bounds; a minimum above all places is refused with what the allowed pairs can give."""
    try:
        return network.Bounds.of(market.frame)
    except network.NoFlow:
        while True:
            refuse_or_widen(market)


def refuse_or_widen(market: Market) -> None:
    """Take in more pairs, or with all of them at hand raise `Infeasible`: only all pairs tell how far it can go."""
    if market.complete:
        raise Infeasible(*reach.most_reachable(market.frame, market.shape, arcs_of(market)))
    market.widen()


def arcs_of(market: Market) -> network.Arcs:
    pool = market.pool
    return network.Arcs(pool.rows, pool.columns, pool.low, pool.high)


def worth_of(market: Market, level: Level) -> Int:
    pool = market.pool
    return level.value(pool.points, pool.rows, pool.columns).astype(np.int64)


def _solved(market: Market, bounds: network.Bounds, level: Level) -> network.Flow:
    """Solve the level on the pool; where the minimums cannot be met, widen the pool or say what stands in the way."""
    while True:
        worth = worth_of(market, level)
        idle = level.name != "tie" and not worth[market.pool.low < market.pool.high].any()
        if idle and (market.pool.x >= 0).all():
            return network.any_flow(market.frame, market.pool.x)
        try:
            flow = network.solve_flow(market.frame, market.shape, bounds, arcs_of(market), worth)
            market.pool.x = flow.x
            return flow
        except network.NoFlow:
            refuse_or_widen(market)


def level_value(market: Market, bounds: network.Bounds, level: Level, prices: Potentials, x: Int) -> LevelValue:
    """Return what x is worth and the dual bound on it, both over the pool."""
    pool = market.pool
    worth = worth_of(market, level)
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
    profit = worth_of(market, level) - price
    free = pool.low < pool.high
    pool.low[free & (profit > 0)] = 1
    pool.high[free & (profit < 0)] = 0
    bounds.tighten(prices)


def price_all(
    market: Market, levels: Sequence[Level], prices: Sequence[Potentials], stash: tuple[Int, Int] | None
) -> tuple[Int, Int, tuple[Int, Int] | None]:
    """Return keys and points of pairs outside the pool that pay, and those exactly at 0 in every level (or None)."""
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

    Such a pair has points no higher than its floors; where these are below what the pair costs, nothing has to be
    looked at again. In levels other than points, and with prices on single pairs, every block is.
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
    """Return keys and points of the allowed pairs of a block whose profit at the first level is not below 0."""
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
    """Split pairs outside the pool into those that pay (with profit) and those at 0 in every level; drop the rest."""
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
