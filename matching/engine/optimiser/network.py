"""The min-cost flow network of a frame, solved exactly by OR-Tools; dual prices from its residual graph."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from matching.engine.errors import LibraryClash, ProblemError
from matching.engine.frame import COST_LIMIT, Frame, Int, Mask
from matching.engine.optimiser.residual import Residual, runs_of
from matching.engine.plan import Potentials

ROOT: Final = 0


class NoFlow(Exception):
    """Raised when no flow meets the lower bounds on the arcs at hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Hold how the limits nest: nodes 0 (root) and 1…g (limits), and the innermost of each row and column.

    `crossing` lists limits that fit neither family of nested sets; they need the integer programme.
    """

    parent: Int
    on_rows: Mask
    limit_of: Int
    row_node: Int
    column_node: Int
    crossing: tuple[int, ...]


def shape_of(frame: Frame) -> Shape:
    """Sort the limits into two laminar families, rows and columns (Budish, Che, Kojima, Milgrom, AER 2013).

    Going from the largest set to the smallest, a set nests exactly when all its members lie in the same
    innermost set.
    """
    parents, sides, limit_of, crossing = [ROOT], [False], [-1], []
    inner = {True: np.zeros(frame.n, np.int64), False: np.zeros(frame.m, np.int64)}
    sized = []
    for k, limit in enumerate(frame.limits):
        mask = limit.columns if limit.rows is None else limit.rows
        size = frame.m if mask is None else int(mask.sum())
        sized.append((-size, k))
    for _, k in sorted(sized):
        limit = frame.limits[k]
        if limit.rows is not None and limit.columns is not None:
            crossing.append(k)
            continue
        on_rows = limit.rows is not None
        mask = limit.rows if on_rows else limit.columns
        members = slice(None) if mask is None else mask
        around = np.unique(inner[on_rows][members])
        if len(around) > 1:
            crossing.append(k)
            continue
        parents.append(int(around[0]) if len(around) else ROOT)
        sides.append(on_rows)
        limit_of.append(k)
        inner[on_rows][members] = len(parents) - 1
    return Shape(
        parent=np.array(parents),
        on_rows=np.array(sides),
        limit_of=np.array(limit_of),
        row_node=inner[True],
        column_node=inner[False],
        crossing=tuple(crossing),
    )


@dataclass(slots=True, eq=False)
class Bounds:
    """Hold how many pairs rows, columns and limits may at least and at most have; levels tighten them."""

    row_low: Int
    row_high: Int
    column_low: Int
    column_high: Int
    limit_low: Int
    limit_high: Int

    @classmethod
    def of(cls, frame: Frame, *, minimums: bool = True) -> Bounds:
        """Return the bounds that capacities and limits set, with or without the limits' minimums."""
        most = int(min(frame.row_capacity.sum(), frame.column_capacity.sum()))
        low = np.array([limit.at_least if minimums else 0 for limit in frame.limits], np.int64)
        high = np.array(
            [most if limit.at_most is None else min(most, limit.at_most) for limit in frame.limits], np.int64
        )
        if (low > high).any():
            raise NoFlow
        return cls(
            np.zeros(frame.n, np.int64),
            frame.row_capacity.copy(),
            np.zeros(frame.m, np.int64),
            frame.column_capacity.copy(),
            low,
            high,
        )

    def tighten(self, prices: Potentials) -> None:
        """Keep only what an optimal plan may do: a priced capacity is full, a priced limit is met exactly."""
        rows, columns = prices.rows > 0, prices.columns > 0
        self.row_low[rows] = self.row_high[rows]
        self.column_low[columns] = self.column_high[columns]
        above, below = prices.limits > 0, prices.limits < 0
        self.limit_low[above] = self.limit_high[above]
        self.limit_high[below] = self.limit_low[below]


@dataclass(frozen=True, slots=True, eq=False)
class Arcs:
    """Hold k pair arcs, sorted by row then column: row, column, and bounds low ≤ x ≤ high of 0 or 1."""

    row: Int
    column: Int
    low: Int
    high: Int


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Hold an optimal flow: x (k,) of 0 or 1, its dual prices, and its residual graph (None: no network)."""

    x: Int
    prices: Potentials
    residual: Residual | None
    potentials: Int


def solve_flow(frame: Frame, shape: Shape, bounds: Bounds, arcs: Arcs, values: Int) -> Flow:
    """Maximise Σ values · x over flows within the bounds, exactly; the dual prices are node potentials.

    Parameters
    ----------
    values : (k,) of int64, worth of each arc

    Raises
    ------
    NoFlow
        when the bounds cannot be met on these arcs.
    """
    x = circulate(frame, shape, bounds, arcs, values)
    residual = _residual(frame, shape, bounds, arcs, values, x)
    far = 4 * (int(np.abs(values).max()) if len(values) else 0) + 1
    start = np.full(residual.nodes, far, np.int64)
    start[ROOT] = 0
    potentials = -residual.distances_to(start)
    return Flow(x, _prices(frame, shape, bounds, residual, potentials), residual, potentials)


def any_flow(frame: Frame, x: Int) -> Flow:
    """Return a flow as an optimal one for a level in which no open arc is worth anything: prices are 0."""
    rows, columns = np.zeros(frame.n, np.int64), np.zeros(frame.m, np.int64)
    return Flow(
        x, Potentials(rows, columns, np.zeros(len(frame.limits), np.int64)), None, np.empty(0, np.int64)
    )


def circulate(frame: Frame, shape: Shape, bounds: Bounds, arcs: Arcs, values: Int) -> Int:
    """Return x (k,) of an optimal circulation root → rows → columns → root; rows without an arc stay out."""
    groups = len(shape.parent)
    active, row_of = runs_of(arcs.row)
    idle_low = int(bounds.row_low.sum() - bounds.row_low[active].sum())
    if idle_low:
        raise NoFlow
    first_column = groups + len(active)
    node = np.arange(1, groups)
    down, up = node[shape.on_rows[1:]], node[~shape.on_rows[1:]]
    tail = [
        groups + row_of,
        shape.row_node[active],
        first_column + np.arange(frame.m),
        shape.parent[down],
        up,
    ]
    head = [
        first_column + arcs.column,
        groups + np.arange(len(active)),
        shape.column_node,
        down,
        shape.parent[up],
    ]
    low = [
        arcs.low,
        bounds.row_low[active],
        bounds.column_low,
        bounds.limit_low[shape.limit_of[down]],
        bounds.limit_low[shape.limit_of[up]],
    ]
    high = [
        arcs.high,
        bounds.row_high[active],
        bounds.column_high,
        bounds.limit_high[shape.limit_of[down]],
        bounds.limit_high[shape.limit_of[up]],
    ]
    cost = np.zeros(sum(len(part) for part in tail), np.int64)
    cost[: len(values)] = -values
    flow = min_cost(
        np.concatenate(tail),
        np.concatenate(head),
        np.concatenate(low),
        np.concatenate(high),
        cost,
        first_column + frame.m,
    )
    x: Int = flow[: len(values)]
    return x


def min_cost(tail: Int, head: Int, low: Int, high: Int, cost: Int, nodes: int) -> Int:
    """Return an optimal circulation within low ≤ flow ≤ high; lower bounds become supplies."""
    if (low > high).any():
        raise NoFlow
    if (int(np.abs(cost).max()) if len(cost) else 0) * (nodes + 1) >= COST_LIMIT:
        raise ProblemError(f"points: too large for {nodes} nodes, |cost| x (nodes + 1) must stay below 2^62")
    flow = low.astype(np.int64)
    free = np.flatnonzero(high > low)
    supply = np.bincount(head, low, nodes).astype(np.int64) - np.bincount(tail, low, nodes).astype(np.int64)
    if not len(free):
        if supply.any():
            raise NoFlow
        return flow
    solver = _optimiser()
    solver.add_arcs_with_capacity_and_unit_cost(tail[free], head[free], (high - low)[free], cost[free])
    supplied = np.flatnonzero(supply)
    solver.set_nodes_supplies(supplied, supply[supplied])
    status = solver.solve()
    if status == solver.INFEASIBLE:
        raise NoFlow
    if status != solver.OPTIMAL:
        raise ProblemError(f"points: the flow solver refused the numbers ({status})")
    flow[free] += solver.flows(np.arange(len(free)))
    return flow


def refuse_clash() -> None:
    """Refuse to import OR-Tools beside highspy, whose wheel breaks its symbols (ortools issue 5246)."""
    if "highspy" in sys.modules:
        raise LibraryClash(
            "highspy is imported in this process and breaks ortools; run the engine in its own process"
        )


def _optimiser() -> Any:
    refuse_clash()
    from ortools.graph.python import min_cost_flow

    return min_cost_flow.SimpleMinCostFlow()


def _residual(frame: Frame, shape: Shape, bounds: Bounds, arcs: Arcs, values: Int, x: Int) -> Residual:
    groups = len(shape.parent)
    n, m = frame.n, frame.m
    free = arcs.high > arcs.low
    forward = np.flatnonzero(free & (x == 0))
    back = np.flatnonzero(free & (x == 1))
    used_rows = np.bincount(arcs.row[x > 0], minlength=n)
    used_columns = np.bincount(arcs.column[x > 0], minlength=m)
    through = group_flow(shape, used_rows, used_columns)
    active, _ = runs_of(arcs.row)
    column_nodes = groups + n + np.arange(m)
    node = np.arange(1, groups)
    on_rows = shape.on_rows[1:]
    up_tail = np.where(on_rows, shape.parent[1:], node)
    up_head = np.where(on_rows, node, shape.parent[1:])
    tail = np.concatenate([shape.row_node[active], column_nodes, up_tail])
    head = np.concatenate([groups + active, shape.column_node, up_head])
    flow = np.concatenate([used_rows[active], used_columns, through[1:]])
    low = np.concatenate([bounds.row_low[active], bounds.column_low, bounds.limit_low[shape.limit_of[1:]]])
    high = np.concatenate(
        [bounds.row_high[active], bounds.column_high, bounds.limit_high[shape.limit_of[1:]]]
    )
    more, less = flow < high, flow > low
    rows, run = runs_of(arcs.row[forward])
    first = np.searchsorted(run, np.arange(len(rows)))
    return Residual(
        nodes=groups + n + m,
        rows=active,
        first=first,
        tail_rows=groups + rows,
        heads=groups + n + arcs.column[forward],
        costs=-values[forward],
        other_tail=np.concatenate([groups + n + arcs.column[back], tail[more], head[less]]),
        other_head=np.concatenate([groups + arcs.row[back], head[more], tail[less]]),
        other_cost=np.concatenate([values[back], np.zeros(int(more.sum() + less.sum()), np.int64)]),
    )


def group_flow(shape: Shape, rows: Int, columns: Int) -> Int:
    """Return the flow through each group node; children come after their parents, so sum from the last."""
    groups = len(shape.parent)
    through = np.bincount(shape.row_node, rows, groups) + np.bincount(shape.column_node, columns, groups)
    through = through.astype(np.int64)
    for node in range(groups - 1, 0, -1):
        if shape.parent[node] != ROOT:
            through[shape.parent[node]] += through[node]
    return through


def _prices(frame: Frame, shape: Shape, bounds: Bounds, residual: Residual, potential: Int) -> Potentials:
    """Return signed prices of capacities and limits; a price below 0 means nothing where there is no minimum.

    Lowering such a price to 0 keeps the certificate: the flow there is 0, so no chosen pair changes its
    profit.
    """
    groups, n = len(shape.parent), frame.n
    rows = np.zeros(n, np.int64)
    active = residual.rows
    rows[active] = potential[groups + active] - potential[shape.row_node[active]]
    columns = potential[shape.column_node] - potential[groups + n :]
    limits = np.zeros(len(frame.limits), np.int64)
    node = np.arange(1, groups)
    price = potential[1:groups] - potential[shape.parent[1:]]
    price = np.where(shape.on_rows[1:], price, -price)
    limits[shape.limit_of[node]] = np.where(
        (price < 0) & (bounds.limit_low[shape.limit_of[1:]] == 0), 0, price
    )
    rows[(rows < 0) & (bounds.row_low == 0)] = 0
    columns[(columns < 0) & (bounds.column_low == 0)] = 0
    return Potentials(rows, columns, limits)
