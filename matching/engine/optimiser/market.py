"""The restricted master problem: the pairs known so far, what they cost, and the best ones it starts from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from matching.engine.blocks import BLOCK_PAIRS, row_blocks, worked
from matching.engine.frame import Frame, Int, Mask, Scorer
from matching.engine.optimiser import network
from matching.engine.optimiser.levels import Level
from matching.engine.optimiser.residual import short
from matching.engine.plan import Potentials

SMALL: Final = 4_000
SAMPLES: Final = 8
MANY: Final = 1_000_000
ARCS_PER_LINE: Final = 32
FAR: Final = 2**31 - 1
Progress = Callable[[str, int, int], None]


def silent(level: str, rounds: int, arcs: int) -> None:
    """Report nothing."""


@dataclass(slots=True, eq=False)
class Pool:
    """Hold the columns of the restricted master problem: the pairs the network knows.

    They are sorted by key = row × m + column and have bounds that levels tighten; `x` is the last flow
    through them,
    -1 before the first.
    """

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
        nearest = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        lacking: Mask = self.keys[nearest] != keys
        return lacking

    def add(self, keys: Int, points: Int) -> None:
        """Add free arcs that are not in the pool yet."""
        if not len(keys):
            return
        rows, columns = np.divmod(keys, max(1, self.m))
        order = np.lexsort([short(columns), short(rows)])
        keys, points, rows, columns = keys[order], points[order], rows[order], columns[order]
        if not len(self.keys):
            self.keys, self.points, self.rows, self.columns = keys, points, rows, columns
            self.low, self.high, self.x = (np.full(len(keys), value, np.int64) for value in (0, 1, -1))
            return
        at = np.searchsorted(self.keys, keys)
        self.rows, self.columns = np.insert(self.rows, at, rows), np.insert(self.columns, at, columns)
        self.keys = np.insert(self.keys, at, keys)
        self.points = np.insert(self.points, at, points)
        self.low = np.insert(self.low, at, 0)
        self.high = np.insert(self.high, at, 1)
        self.x = np.insert(self.x, at, 0 if (self.x >= 0).all() and len(self.x) else -1)


@dataclass(slots=True, eq=False)
class Market:
    """Hold one problem while its levels are climbed: frame, scorer, and the pool of arcs with its floors."""

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
        """Start the pool with the locked pairs and the best of each line, or all pairs if they are few."""
        frame = self.frame
        self.complete = self.per_line >= max(frame.n, frame.m)
        keys, points = best_pairs(self, self.per_line)
        empty = np.empty(0, np.int64)
        self.pool = Pool(frame.m, empty, empty, empty, empty, empty)
        self.pool.add(keys, points)
        locked = frame.locked[:, 0] * frame.m + frame.locked[:, 1]
        new = locked[self.pool.lacks(locked)]
        self.pool.add(
            new, np.array([int(self.scorer(k // frame.m, k // frame.m + 1)[0, k % frame.m]) for k in new])
        )
        self.pool.low[np.searchsorted(self.pool.keys, locked)] = 1

    def widen(self) -> None:
        """Start again with four times as many pairs of each line."""
        self.per_line *= 4
        self.fill()

    def arcs(self) -> network.Arcs:
        """Return the pool as arcs of the network."""
        return network.Arcs(self.pool.rows, self.pool.columns, self.pool.low, self.pool.high)

    def worth(self, level: Level) -> Int:
        """Return what each pair of the pool is worth in a level, (k,) of int64."""
        return level.value(self.pool.points, self.pool.rows, self.pool.columns).astype(np.int64)

    def blocks(self) -> Sequence[tuple[int, int]]:
        """Return row ranges whose scores fit the cache."""
        return row_blocks(self.frame.n, self.frame.m)

    def line_prices(self, prices: Potentials) -> tuple[Int, Int]:
        """Return what each row (n,) and each column (m,) costs, limits on whole lines included."""
        rows, columns = prices.rows.copy(), prices.columns.copy()
        for limit, price in zip(self.frame.limits, prices.limits, strict=True):
            if limit.rows is not None and limit.columns is None:
                rows[limit.rows] += price
            elif limit.rows is None:
                columns += price * (1 if limit.columns is None else limit.columns)
        return rows, columns

    def pair_prices(self, prices: Potentials, lines: tuple[Int, Int], i: Int, j: Int) -> Int:
        """Return what pairs (i, j) cost: their lines, and limits that cross; broadcasts."""
        price: Int = lines[0][i] + lines[1][j]
        for k in self.crossing:
            limit = self.frame.limits[k]
            if prices.limits[k] and limit.rows is not None and limit.columns is not None:
                price = price + prices.limits[k] * (limit.rows[i] & limit.columns[j])
        return price

    def block_prices(self, prices: Potentials, lines: tuple[Int, Int], start: int, stop: int) -> Int:
        """Return `pair_prices` of rows start…stop; crossing limits touch their own pairs only."""
        price = lines[0][start:stop, None] + lines[1]
        for k in self.crossing:
            limit = self.frame.limits[k]
            if prices.limits[k] and limit.rows is not None and limit.columns is not None:
                price[np.ix_(limit.rows[start:stop], limit.columns)] += prices.limits[k]
        return price


def best_pairs(market: Market, count: int) -> tuple[Int, Int]:
    """Return keys and points of about the `count` best allowed pairs of each column.

    Where rows are scarce, also of each row.
    Sets the market's floors: a pair that is left out has no more points than its column's floor and its
    row's. The columns' floors start from a sample and rise as blocks pass, so nothing is sorted twice.
    """
    frame = market.frame
    floor = _first_floor(market, count)
    rows_too = frame.row_capacity.sum() <= 2 * frame.column_capacity.sum() and frame.m > count
    market.row_floor = np.full(frame.n, FAR, np.int64)
    columns_best: list[tuple[Int, Int]] = [(np.empty(0, np.int64), np.empty(0, np.int32))]
    rows_best: list[tuple[Int, Int]] = []
    size = 0

    def task(start: int, stop: int) -> Callable[[], _Picked]:
        return partial(_picked, market, start, stop, floor, count if rows_too else 0)

    for start, stop, picked in worked(task, market.blocks(), frame.m):
        market.highest = max(market.highest, picked.highest)
        columns_best.append(picked.by_column)
        size += len(picked.by_column[0])
        if size > 8 * count * frame.m:
            best, floor = _pruned(_joined(columns_best), floor, count, frame.m)
            columns_best, size = [best], len(best[0])
        if rows_too:
            market.row_floor[start:stop] = picked.row_floor
            rows_best.append(picked.by_row)
    best = _joined(columns_best)
    if size > 2 * count * frame.m:
        best, floor = _pruned(best, floor, count, frame.m)
    market.column_floor = floor.astype(np.int64)
    keys, points = _joined([best, *rows_best])
    if rows_best:
        keys, first = np.unique(keys, return_index=True)
        points = points[first]
    return keys, points.astype(np.int64)


class _Picked(NamedTuple):
    """What a block holds: its most points, of closed lines too, the pairs above their columns' floors, and
    each row's best pairs and floor."""

    highest: int
    by_column: tuple[Int, Int]
    by_row: tuple[Int, Int]
    row_floor: Int


def _picked(market: Market, start: int, stop: int, floor: Int, count: int) -> _Picked:
    """Score a block and pick its pairs above the columns' floors, and if asked the best `count` of a row."""
    m = market.frame.m
    raw = market.scorer(start, stop)
    highest, block = int(raw.max(initial=0)), _opened(market, start, raw)
    flat = np.flatnonzero(block > floor)
    by_column = flat + start * m, block.reshape(-1)[flat]
    if not count:
        return _Picked(highest, by_column, by_column, floor)
    lowest = np.full(m, max(market.frame.threshold, 0) - 1, np.int32)
    lowest[~market.open_columns] = FAR
    worst = np.partition(block, m - count, axis=1)[:, m - count]
    flat = np.flatnonzero((block >= worst[:, None]) & (block > lowest))
    return _Picked(highest, by_column, (flat + start * m, block.reshape(-1)[flat]), worst - 1)


def _joined(parts: Sequence[tuple[Int, Int]]) -> tuple[Int, Int]:
    """Return keys and points of several parts as one."""
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _first_floor(market: Market, count: int) -> Int:
    """Return a floor (m,) from a sample: above it each column has `count` to a few times as many pairs."""
    frame = market.frame
    floor = np.full(frame.m, max(frame.threshold, 0) - 1, np.int32)
    step = max(1, BLOCK_PAIRS // max(1, frame.m) // SAMPLES)
    sample, rank = np.empty((0, frame.m), np.int32), count
    if count < frame.n <= step * SAMPLES:
        sample = _opened(market, 0, market.scorer(0, frame.n))
    elif frame.n > 2 * SAMPLES * step and count < frame.n // 2:
        starts = [k * (frame.n - step) // (SAMPLES - 1) for k in range(SAMPLES)]
        sample = np.concatenate(
            [_opened(market, start, market.scorer(start, start + step)) for start in starts]
        )
        rank = max(3, 2 * count * len(sample) // frame.n)
    if len(sample):
        top = np.partition(np.ascontiguousarray(sample.T), len(sample) - rank, axis=1)[:, len(sample) - rank]
        np.maximum(floor, top.astype(np.int32) - 1, out=floor)
    floor[~market.open_columns] = FAR
    return floor


def _opened(market: Market, start: int, block: Int) -> Int:
    """Return the block with rows without capacity closed."""
    stop = start + len(block)
    if market.open_rows[start:stop].all():
        return block
    return np.where(market.open_rows[start:stop, None], block, -1)


def _pruned(pairs: tuple[Int, Int], floor: Int, count: int, m: int) -> tuple[tuple[Int, Int], Int]:
    """Keep the best `count` pairs of each column, earlier rows first, and raise its floor accordingly."""
    keys, points = pairs
    order = _by_column(keys % m, points)
    column = keys[order] % m
    first = np.searchsorted(column, np.arange(m))
    rank = np.arange(len(order)) - first[column]
    keep, cut = order[rank < count], order[rank == count]
    floor = floor.copy()
    floor[keys[cut] % m] = np.maximum(floor[keys[cut] % m], points[cut])
    return (keys[keep], points[keep]), floor


def _by_column(column: Int, points: Int) -> Int:
    """Return the stable order by column and falling points."""
    return np.lexsort([short(int(points.max(initial=0)) - points), short(column)])
