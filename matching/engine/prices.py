"""The exact price of any decision: what forcing a pair, or banning a chosen one, costs the whole plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from matching.engine.errors import Infeasible, NeedsResolve, ProblemError
from matching.engine.frame import LEVEL, NEVER, Frame, Int, Limit, Mask
from matching.engine.optimiser import network
from matching.engine.optimiser.levels import levels_of
from matching.engine.optimiser.objectives import solve
from matching.engine.plan import Plan, Potentials
from matching.engine.problem import Problem

MOST_PAIRS: Final = 2_000_000
ALTERNATIVES: Final = 3
FAR: Final = 2**29


@dataclass(frozen=True, slots=True)
class Move:
    """Say that a row joins or leaves a column, in codes."""

    kind: str
    row: str
    column: str


@dataclass(frozen=True, slots=True)
class Why:
    """Answer "why not this pair?": its price, and the moves that forcing it would set off, itself first."""

    price: int
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Hold what every decision costs in total points.

    Attributes
    ----------
    force : (n, m) of int64, points: total − best total of a plan that contains the pair and keeps the earlier
        levels; 0 if chosen, `NEVER` (-1) if forbidden or in no plan, `LEVEL` (-2) if an earlier level falls
    ban : (k,) of int64, points: total − best total of a plan without that chosen pair; `NEVER` if locked
    """

    force: Int
    ban: Int
    problem: Problem
    plan: Plan
    urgent: Mask | None = None

    def why(self, i: int, j: int) -> Why:
        """Return the price of pair (i, j) and the moves it sets off, both by solving again."""
        return why(self.problem, self.plan, i, j, urgent=self.urgent)


def prices(problem: Problem, plan: Plan, urgent: Mask | None = None) -> Prices:
    """Return the exact price of forcing any pair and of banning any chosen one.

    Parameters
    ----------
    problem : Problem, n rows and m columns
    plan : Plan, optimal, with k pairs, as `solve` returns it
    urgent : (n, m) of bool, for 'urgent_first'

    Returns
    -------
    Prices : `force` (n, m) and `ban` (k,) of int64, in points of the whole plan, 10,000 = 1.0

    Raises
    ------
    NeedsResolve
        with a war-zone share, crossing caps or more than 2 million pairs; then only `price` is exact.

    Notes
    -----
    Shortest paths between all columns in the plan's residual graph (rows folded away) give every price at
    once. The reduced cost of a pair is a lower bound on it, and exact for few pairs only.

    Examples
    --------
    The best pair of all, (0, 0), would cost the plan 4500 points, because row 1 is left with 3000:

    >>> import numpy as np
    >>> from matching.engine import Problem, prices, solve
    >>> points, one_each = np.array([[9000, 8500], [8000, 3000]]), np.array([1, 1])
    >>> problem = Problem(points, row_capacity=one_each, column_capacity=one_each)
    >>> costs = prices(problem, solve(problem))
    >>> costs.force.tolist(), costs.ban.tolist()
    ([[4500, 0], [0, 4500]], [4500, 4500])
    """
    frame = problem.frame
    if frame.permille or network.shape_of(frame).crossing or frame.n * frame.m > MOST_PAIRS:
        raise NeedsResolve("a share, crossing caps or more than 2 million pairs: ask price() for one pair")
    if frame.n < frame.m:
        force, ban = _all_prices(
            problem.points.T, _turned(frame), _turned_plan(plan), None if urgent is None else urgent.T
        )
        order = np.lexsort((plan.pairs[:, 0], plan.pairs[:, 1]))
        straight = np.empty_like(ban)
        straight[order] = ban
        return Prices(np.ascontiguousarray(force.T), straight, problem, plan, urgent)
    return Prices(*_all_prices(problem.points, frame, plan, urgent), problem, plan, urgent)


def price(
    problem: Problem, plan: Plan, i: int, j: int, *, ban: bool = False, urgent: Mask | None = None
) -> int:
    """Return what forcing pair (i, j), or banning it, costs, by solving again.

    Parameters
    ----------
    problem : Problem, n rows and m columns
    plan : Plan, optimal, as `solve` returns it
    i, j : int, row and column, indices from 0
    ban : bool, price the plan without the pair instead of the plan with it
    urgent : (n, m) of bool, for 'urgent_first'

    Returns
    -------
    int, points lost, 10,000 = 1.0
        `NEVER` (-1) when no plan allows it, `LEVEL` (-2) when an earlier level of the objective would fall.

    Examples
    --------
    >>> import numpy as np
    >>> from matching.engine import Problem, price, solve
    >>> points, one_each = np.array([[9000, 8500], [8000, 3000]]), np.array([1, 1])
    >>> problem = Problem(points, row_capacity=one_each, column_capacity=one_each)
    >>> plan = solve(problem)
    >>> price(problem, plan, 0, 0), price(problem, plan, 0, 1, ban=True)
    (4500, 4500)
    """
    changed = _changed(problem, i, j, ban)
    if changed is None:
        return NEVER
    try:
        other = solve(changed, plan.objective, leximin_band=plan.leximin_band, urgent=urgent)
    except Infeasible:
        return NEVER
    before, after = dict(_reached(plan)), dict(_reached(other))
    if any(after.get(name, 0) < value for name, value in before.items() if name != "total"):
        return LEVEL
    return plan.total - other.total


def why(problem: Problem, plan: Plan, i: int, j: int, *, urgent: Mask | None = None) -> Why:
    """Return the price of forcing pair (i, j), and the moves that it sets off.

    Parameters
    ----------
    problem : Problem, n rows and m columns
    plan : Plan, optimal, as `solve` returns it
    i, j : int, row and column, indices from 0
    urgent : (n, m) of bool, for 'urgent_first'

    Returns
    -------
    Why : the price in points, as `price` returns it, and the moves in codes: the pair itself first, then
    along
        the chain that it pushes (an alternating cycle of the residual graph)

    Examples
    --------
    >>> import numpy as np
    >>> from matching.engine import Problem, solve, why
    >>> points, one_each = np.array([[9000, 8500], [8000, 3000]]), np.array([1, 1])
    >>> problem = Problem(points, one_each, one_each, row_codes=["N1", "N2"], column_codes=["U1", "U2"])
    >>> reason = why(problem, solve(problem), 0, 0)
    >>> reason.price
    4500
    >>> for move in reason.moves:
    ...     print(move.row, move.kind, move.column)
    N1 joins U1
    N1 leaves U2
    N2 joins U2
    N2 leaves U1
    """
    cost = price(problem, plan, i, j, urgent=urgent)
    changed = _changed(problem, i, j, ban=False)
    if cost < 0 or changed is None:
        return Why(cost, ())
    other = solve(changed, plan.objective, leximin_band=plan.leximin_band, urgent=urgent)
    before, after = (
        {tuple(pair) for pair in plan.pairs.tolist()},
        {tuple(pair) for pair in other.pairs.tolist()},
    )
    moves = [("leaves", pair) for pair in sorted(before - after)] + [
        ("joins", pair) for pair in sorted(after - before)
    ]
    rows, columns = problem.frame.row_codes, problem.frame.column_codes
    return Why(cost, tuple(Move(kind, rows[a], columns[b]) for kind, (a, b) in _chain(moves, (i, j))))


def alternatives(costs: Prices, count: int = ALTERNATIVES) -> tuple[Int, Int]:
    """Return the cheapest other partners of each line.

    Parameters
    ----------
    costs : Prices, as `prices` returns them
    count : int ≥ 1, alternatives per line

    Returns
    -------
    by_row : (n, count) of int, columns with the smallest force, then more points, then code; -1 where there
    are fewer by_column : (m, count) of int, rows likewise

    Examples
    --------
    >>> import numpy as np
    >>> from matching.engine import Problem, alternatives, prices, solve
    >>> points = np.array([[9000, 8500, 7000], [8000, 3000, -1]])
    >>> problem = Problem(points, row_capacity=np.array([1, 1]), column_capacity=np.array([1, 1, 1]))
    >>> plan = solve(problem)
    >>> by_row, by_column = alternatives(prices(problem, plan), count=1)
    >>> plan.pairs.tolist(), by_row.tolist(), by_column.tolist()
    ([[0, 1], [1, 0]], [[2], [1]], [[0], [1], [0]])
    """
    frame, points = costs.problem.frame, costs.problem.points.astype(np.int64)
    force = costs.force.copy()
    force[costs.plan.pairs[:, 0], costs.plan.pairs[:, 1]] = NEVER
    row_rank, column_rank = _ranks(frame.row_codes), _ranks(frame.column_codes)
    return _cheapest(force, points, column_rank, count), _cheapest(force.T, points.T, row_rank, count)


def _ranks(codes: tuple[str, ...]) -> Int:
    ranks = np.empty(len(codes), np.int64)
    ranks[sorted(range(len(codes)), key=codes.__getitem__)] = np.arange(len(codes))
    return ranks


def _cheapest(force: Int, points: Int, rank: Int, count: int) -> Int:
    """Return each line's `count` others with the smallest force ≥ 0, most points, then code; -1 for none."""
    lines, others = force.shape
    picked = np.full((lines, count), -1, np.int64)
    if not lines or not others:
        return picked
    impossible = np.iinfo(np.int64).max
    limit = np.where(force < 0, impossible, force)
    if others > count:
        limit = np.partition(limit, count - 1, axis=1)[:, count - 1 : count]
    line, other = np.nonzero((force >= 0) & (force <= limit))
    order = np.lexsort((rank[other], -points[line, other], force[line, other], line))
    line, other = line[order], other[order]
    rank_in_line = np.arange(len(line)) - np.searchsorted(line, line)
    good = rank_in_line < count
    picked[line[good], rank_in_line[good]] = other[good]
    return picked


def _reached(plan: Plan) -> list[tuple[str, int]]:
    return [(level.name, level.value) for level in plan.levels]


def _changed(problem: Problem, i: int, j: int, ban: bool) -> Problem | None:
    """Return the problem with pair (i, j) locked or banned; None when its own rules refuse that."""
    fields = {
        name: getattr(problem, name)
        for name in Problem.__dataclass_fields__
        if Problem.__dataclass_fields__[name].init
    }
    locked = [(int(a), int(b)) for a, b in problem.frame.locked]
    if ban:
        if (i, j) in locked:
            return None
        points = problem.points.copy()
        points[i, j] = -1
        return Problem(**{**fields, "points": points})
    if problem.points[i, j] < problem.threshold and (i, j) not in locked:
        return None
    try:
        return Problem(**{**fields, "locked": sorted({*locked, (i, j)})})
    except ProblemError:
        return None


def _chain(
    moves: list[tuple[str, tuple[int, int]]], first: tuple[int, int]
) -> list[tuple[str, tuple[int, int]]]:
    """Order moves so that each touches the one before it where that is possible, starting with `first`."""
    left = [move for move in moves if move[1] != first]
    ordered = [("joins", first)] if len(left) < len(moves) else []
    last = first
    while left:
        near = [move for move in left if move[1][1] == last[1] or move[1][0] == last[0]]
        move = (near or left)[0]
        left.remove(move)
        ordered.append(move)
        last = move[1]
    return ordered


def _turned(frame: Frame) -> Frame:
    """Return the frame with both sides exchanged."""
    limits = tuple(
        Limit(limit.code, limit.kind, limit.columns, limit.rows, limit.at_most, limit.at_least)
        for limit in frame.limits
    )
    return replace(
        frame,
        n=frame.m,
        m=frame.n,
        row_capacity=frame.column_capacity,
        column_capacity=frame.row_capacity,
        limits=limits,
        locked=frame.locked[:, ::-1],
        row_codes=frame.column_codes,
        column_codes=frame.row_codes,
    )


def _turned_plan(plan: Plan) -> Plan:
    order = np.lexsort((plan.pairs[:, 0], plan.pairs[:, 1]))
    return replace(
        plan,
        pairs=plan.pairs[order][:, ::-1],
        points=plan.points[order],
        potentials=tuple(Potentials(p.columns, p.rows, p.limits) for p in plan.potentials),
    )


def _all_prices(points: Int, frame: Frame, plan: Plan, urgent: Mask | None) -> tuple[Int, Int]:
    """Return force (n, m) and ban (k,) for a frame whose columns are the shorter side."""
    shape = network.shape_of(frame)
    bounds = network.Bounds.of(frame)
    open_pair = (points >= frame.threshold) & (frame.row_capacity > 0)[:, None] & (frame.column_capacity > 0)
    movable = open_pair.copy()
    movable[frame.locked[:, 0], frame.locked[:, 1]] = False
    plain = movable.copy()
    levels = levels_of(plan.objective, int(points.max(initial=0)), plan.leximin_band, urgent)
    for level, potential in zip(levels[:-1], plan.potentials, strict=False):
        rows, columns = _line_prices(frame, potential)
        everything = np.arange(frame.n)[:, None], np.arange(frame.m)[None, :]
        profit = level.value(points, *everything) - columns
        movable &= profit == rows[:, None]
        bounds.tighten(potential)
    force, ban = _Folded(points, frame, shape, bounds, movable, plan.pairs).prices()
    if len(levels) > 1:
        free = _Folded(np.zeros_like(points), frame, shape, network.Bounds.of(frame), plain, plan.pairs)
        could, could_ban = free.prices()
        force = np.where((force == NEVER) & (could != NEVER), LEVEL, force)
        ban = np.where((ban == NEVER) & (could_ban != NEVER), LEVEL, ban)
    force[~open_pair] = NEVER
    force[plan.pairs[:, 0], plan.pairs[:, 1]] = 0
    return force, ban


def _line_prices(frame: Frame, potential: Potentials) -> tuple[Int, Int]:
    rows, columns = potential.rows.copy(), potential.columns.copy()
    for limit, price_of_limit in zip(frame.limits, potential.limits, strict=True):
        if limit.rows is not None:
            rows[limit.rows] += price_of_limit
        else:
            columns += price_of_limit * (1 if limit.columns is None else limit.columns)
    return rows, columns


class _Folded:
    """The residual graph of a plan on limits and columns alone: every way through a row is one arc."""

    def __init__(
        self,
        points: Int,
        frame: Frame,
        shape: network.Shape,
        bounds: network.Bounds,
        movable: Mask,
        pairs: Int,
    ) -> None:
        groups = len(shape.parent)
        self.pairs, self.movable, self.groups = pairs, movable, groups
        wide = int(points.max(initial=0)) * (groups + frame.m + 1) >= FAR // 2
        self.far = 2**60 if wide else FAR
        self.points: Int = points.astype(np.int64 if wide else np.int32)
        used_rows = np.bincount(pairs[:, 0], minlength=frame.n)
        used_columns = np.bincount(pairs[:, 1], minlength=frame.m)
        self.gains, self.loses = used_rows < bounds.row_high, used_rows > bounds.row_low
        self.row_node = shape.row_node
        chosen = np.zeros(points.shape, np.bool_)
        chosen[pairs[:, 0], pairs[:, 1]] = True
        self.out = np.negative(self.points)
        self.out[~movable | chosen] = self.far
        self.column_node = groups + np.arange(frame.m)
        self.ways = np.full((groups + frame.m,) * 2, self.far, self.points.dtype)
        self._add_limits(shape, bounds, used_rows, used_columns)
        self._add_rows()
        self._close()

    def _add_limits(
        self, shape: network.Shape, bounds: network.Bounds, used_rows: Int, used_columns: Int
    ) -> None:
        through = network.group_flow(shape, used_rows, used_columns)
        node = np.arange(1, self.groups)
        on_rows = shape.on_rows[1:]
        tail = np.concatenate([self.column_node, np.where(on_rows, shape.parent[1:], node)])
        head = np.concatenate([shape.column_node, np.where(on_rows, node, shape.parent[1:])])
        flow = np.concatenate([used_columns, through[1:]])
        more = flow < np.concatenate([bounds.column_high, bounds.limit_high[shape.limit_of[1:]]])
        less = flow > np.concatenate([bounds.column_low, bounds.limit_low[shape.limit_of[1:]]])
        self.ways[tail[more], head[more]] = 0
        self.ways[head[less], tail[less]] = 0

    def _add_rows(self) -> None:
        """Fold each row: in by its own column or by spare capacity, out to another column or to its limit."""
        first = self.groups
        for node in np.unique(self.row_node[self.gains]):
            spare = self.gains & (self.row_node == node)
            self.ways[node, first:] = np.minimum(self.ways[node, first:], self.out[spare].min(axis=0))
        for i, j in self.pairs:
            if self.movable[i, j]:
                way = self.ways[first + j]
                np.minimum(way[first:], self.out[i] + self.points[i, j], out=way[first:])
                if self.loses[i]:
                    way[self.row_node[i]] = min(way[self.row_node[i]], self.points[i, j])

    def _close(self) -> None:
        """Make `ways` the shortest distances between all nodes (Floyd and Warshall 1962)."""
        ways = self.ways
        np.fill_diagonal(ways, 0)
        through = np.empty_like(ways)
        for k in range(len(ways)):
            np.add(ways[:, k, None], ways[k], out=through)
            np.minimum(ways, through, out=ways)
        ways[ways > self.far // 2] = self.far

    def prices(self) -> tuple[Int, Int]:
        """Return force (n, m), `NEVER` where no cycle passes the pair, and ban (k,)."""
        first, far = self.groups, self.far
        into = np.where(self.gains[:, None], self.ways[first:, :first].T[self.row_node], far)
        for i, j in self.pairs:
            if self.movable[i, j]:
                np.minimum(into[i], self.ways[first:, first + j] + self.points[i, j], out=into[i])
        force = np.subtract(into, self.points, dtype=np.int64)
        force[(into >= far // 2) | ~self.movable] = NEVER
        return force, np.array([self._ban(int(i), int(j)) for i, j in self.pairs], np.int64)

    def _ban(self, i: int, j: int) -> int:
        if not self.movable[i, j]:
            return NEVER
        back = int((self.out[i] + self.ways[self.groups :, self.groups + j]).min())
        if self.loses[i]:
            back = min(back, int(self.ways[self.row_node[i], self.groups + j]))
        return NEVER if back >= self.far // 2 else back + int(self.points[i, j])
