"""Close a gap between the best plan and the bound of its relaxation, by branching on single pairs.

Every case (a node of the branching tree) is a set of plans: some pairs are in, some are out. Its dual prices
bound it by weak duality, whatever they are, so the cases together are a certificate that `proof.py` checks
without any solver.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.engine.blocks import scored
from matching.engine.frame import Int, Mask
from matching.engine.optimiser import network
from matching.engine.optimiser.levels import Level
from matching.engine.optimiser.market import Market
from matching.engine.optimiser.programme import WHOLE, Programme
from matching.engine.plan import SCALE, Case, Potentials

FEWEST_CASES: Final = 12
WORK: Final = 80_000
"""Cases × arcs of their relaxation that are worth a proof: a second at full size, hundreds of small cases."""
MARGIN: Final = 100 * SCALE
Reached = tuple[Level, int]
"""An earlier level and the worth it reached, which later ones hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """Hold the level that is being solved, its market and bounds, and what the earlier levels reached."""

    market: Market
    bounds: network.Bounds
    level: Level
    reached: tuple[Reached, ...]

    def combined(self, case: Case) -> Level:
        """Return the level in parts of a point, with the earlier ones at the case's prices (a Lagrangian)."""

        def value(points: Int, rows: Int, columns: Int) -> Int:
            worth = self.level.value(points, rows, columns).astype(np.int64) * SCALE
            for (earlier, _), price in zip(self.reached, case.earlier.tolist(), strict=True):
                if price:
                    worth = worth + earlier.value(points, rows, columns).astype(np.int64) * price
            return worth

        return Level(self.level.name, value)

    def profits(self, case: Case) -> Int:
        """Return minus the reduced cost of each arc, (k,) of int64: what it is worth beyond its price."""
        market, pool = self.market, self.market.pool
        worth = self.combined(case).value(pool.points, pool.rows, pool.columns)
        price = market.pair_prices(case.prices, market.line_prices(case.prices), pool.rows, pool.columns)
        profit: Int = worth - price
        return profit

    def bound_of(self, case: Case) -> int:
        """Return what no plan of the case exceeds, in parts of a point, counted over the pool.

        That is over all pairs once those that pay are in the pool.
        """
        pool, path, bounds = self.market.pool, case.path, self.bounds
        profit = self.profits(case)
        keys = path[:, 0] * self.market.frame.m + path[:, 1]
        must = np.isin(pool.keys, np.concatenate([locked_keys(self.market), keys[path[:, 2] == 1]]))
        never = np.isin(pool.keys, keys[path[:, 2] == 0])
        bound: int = int(profit[must].sum() + np.maximum(profit[~must & ~never], 0).sum())
        for price, low, high in (
            (case.prices.rows, bounds.row_low, bounds.row_high),
            (case.prices.columns, bounds.column_low, bounds.column_high),
            (case.prices.limits, bounds.limit_low, bounds.limit_high),
        ):
            bound += int(np.where(price > 0, price * high, price * low).sum())
        for (_, value), price in zip(self.reached, case.earlier.tolist(), strict=True):
            bound -= value * int(price)
        return bound

    def widen(self, case: Case, gap: int) -> bool:
        """Add every pair that loses at most the gap; return whether any is new."""
        market = self.market
        if market.complete:
            return False
        before, frame = len(market.pool.keys), market.frame
        lines, worth = market.line_prices(case.prices), self.combined(case)
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


def locked_keys(market: Market) -> Int:
    """Return the keys of the locked pairs."""
    keys: Int = market.frame.locked[:, 0] * market.frame.m + market.frame.locked[:, 1]
    return keys


def close(stage: Stage, root: Case, value: int) -> tuple[tuple[Case, ...], int]:
    """Return cases that cover all plans, and what none of them exceeds, in parts of a point.

    That is below `value` + 1 if the gap is closed. The case with the highest bound is split first, by the
    pair its relaxation is least sure of. Where that would take too many, the root alone stands, with its gap:
    a bound that is a little lower is not worth hundreds of cases.
    """
    model, arcs = _relaxation(stage, root, value)
    most = max(FEWEST_CASES, WORK // max(1, len(arcs)))
    done: list[Case] = []
    todo: list[tuple[int, int, Case, Int]] = []
    solved, paths, m = 0, [root.path], stage.market.frame.m
    while paths:
        for path in paths:
            case, x = _solved(stage, model, arcs, path)
            stage.widen(case, -1)
            bound = stage.bound_of(case)
            solved += 1
            if bound < SCALE * (value + 1):
                done.append(case)
            else:
                heapq.heappush(todo, (-bound, solved, case, np.abs(x - np.rint(x))))
        paths = []
        if todo:
            _, _, case, unsure = heapq.heappop(todo)
            if solved >= most or unsure.max(initial=0) <= WHOLE:
                return (root,), stage.bound_of(root)
            key = int(arcs[int(np.argmax(unsure))])
            branches = (np.array([[key // m, key % m, side]]) for side in (1, 0))
            paths = [np.concatenate([case.path, branch]) for branch in branches]
    done.sort(key=lambda case: case.path.tolist())
    return tuple(done), max(stage.bound_of(case) for case in done)


def _relaxation(stage: Stage, root: Case, value: int) -> tuple[Programme, Int]:
    """Return the relaxation over the pairs that might matter, and their keys; others are priced later."""
    market, pool = stage.market, stage.market.pool
    gap = stage.bound_of(root) - SCALE * value
    near = (stage.profits(root) >= -4 * gap - MARGIN) | np.isin(pool.keys, locked_keys(market))
    model = Programme("GLOP", market, stage.bounds, np.zeros_like(pool.low), near.astype(np.int64))
    for earlier, earlier_value in stage.reached:
        model.add_sum(market.worth(earlier), earlier_value, earlier_value)
    worth = market.worth(stage.level)
    model.aim(worth)
    most = int(np.abs(worth).max(initial=0)) * int(market.frame.row_capacity.sum() + 1)
    model.allow_breaking(4.0 * (most + 1))
    return model, pool.keys[near]


def _solved(stage: Stage, model: Programme, arcs: Int, path: Int) -> tuple[Case, Int]:
    """Return the prices and the plan of the relaxation with the path's pairs in or out."""
    market = stage.market
    market.rounds += 1
    market.progress(stage.level.name, market.rounds, len(arcs))
    m = market.frame.m
    fixed = {int(key): 1 for key in locked_keys(market)}
    fixed |= {int(i) * m + int(j): int(side) for i, j, side in path}
    index = {key: int(np.searchsorted(arcs, key)) for key in fixed}
    for key, side in fixed.items():
        model.variables[index[key]].SetBounds(float(side), float(side))
    x = model.optimum()
    assert x is not None, "every bound may be broken"
    (rows, columns, limits), sums = model.prices(SCALE)
    for k in index.values():
        model.variables[k].SetBounds(0.0, 1.0)
    return Case(path, Potentials(rows, columns, limits), -sums), x
