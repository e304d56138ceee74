"""Prove a plan by its certificate: allowed, and worth exactly what its dual prices say no plan can exceed.

Nothing here is shared with the optimiser. For any prices the value below bounds every plan (weak duality); a
plan that reaches it is optimal, whoever found it and however.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from matching.engine.blocks import row_blocks, scored, worked
from matching.engine.frame import SHARE_WAR, Frame, Int, Mask, Scorer, inside, war_needed, with_box
from matching.engine.plan import SCALE, Box, Case, LevelValue, Plan, Potentials, Proof
from matching.engine.problem import Problem


def verify(problem: Problem, plan: Plan, urgent: Mask | None = None) -> Proof:
    """Check that a plan is allowed and that every level of its objective is closed.

    Parameters
    ----------
    problem : Problem, n rows and m columns
    plan : Plan, whose dual prices are taken as a claim and tested on all n × m pairs
    urgent : (n, m) of bool, for 'urgent_first'

    Returns
    -------
    Proof : `holds` only when nothing is wrong, else `faults` names what is; levels with value and bound

    Examples
    --------
    >>> import numpy as np
    >>> from dataclasses import replace
    >>> from matching.engine import Problem, solve, verify
    >>> points, one_each = np.array([[9000, 8500], [8000, 3000]]), np.array([1, 1])
    >>> problem = Problem(points, row_capacity=one_each, column_capacity=one_each)
    >>> plan = solve(problem)
    >>> verify(problem, plan).holds
    True
    >>> verify(problem, replace(plan, pairs=np.array([[0, 0], [1, 1]]))).faults
    ('points', 'gap:total', 'claim:total')
    """
    return verify_scored(problem.scorer, problem.frame, plan, urgent)


def verify_scored(scorer: Scorer, frame: Frame, plan: Plan, urgent: Mask | None = None) -> Proof:
    """Do as `verify` with points from ``scorer(start, stop)``; memory does not grow with n × m.

    Parameters
    ----------
    scorer : pure function of start and stop → (stop - start, m) of int, -1 marks a forbidden pair
    frame : Frame, n rows and m columns: the problem without its points
    plan : Plan, whose dual prices are taken as a claim
    urgent : (n, m) of bool, for 'urgent_first'

    Returns
    -------
    Proof, as `verify`

    Examples
    --------
    >>> import numpy as np
    >>> from matching.engine import Problem, solve, verify_scored
    >>> points, one_each = np.array([[9000, 8500], [8000, 3000]]), np.array([1, 1])
    >>> problem = Problem(points, row_capacity=one_each, column_capacity=one_each)
    >>> proof = verify_scored(lambda start, stop: points[start:stop], problem.frame, solve(problem))
    >>> proof.holds, proof.levels
    (True, (LevelValue(name='total', value=16500, bound=16500),))
    """
    faults = _plan_faults(frame, plan)
    if faults:
        return Proof(False, False, (), tuple(faults))
    claimed = [level.name for level in plan.levels]
    judge = _Judge(scorer, plan, urgent)
    points, highest, bounds = judge.scan(
        frame, claimed, () if frame.permille or plan.cases else plan.potentials
    )
    faults += _point_faults(frame, plan, points)
    feasible = not faults
    names = _names(plan, highest)
    if claimed != names or (not frame.permille and len(plan.cases or plan.potentials) != len(names)):
        return Proof(False, feasible, (), (*faults, "levels"))
    values = [int(judge.worth(name, points, plan.pairs[:, 0], plan.pairs[:, 1]).sum()) for name in names]
    if plan.cases and not frame.permille:
        if any(_wrong_cases(frame, cases, k) for k, cases in enumerate(plan.cases)):
            return Proof(False, feasible, (), (*faults, "cases"))
        bounds = [
            max(values[k], judge.case_bound(frame, names, plan.cases[k], values[:k]))
            for k in range(len(names))
        ]
    if frame.permille:
        box_faults = _box_faults(judge, frame, names, values)
        faults, bounds = faults + box_faults, [level.bound for level in plan.levels] if box_faults else values
    levels = tuple(LevelValue(*level) for level in zip(names, values, bounds, strict=True))
    faults += [f"gap:{level.name}" for level in levels if level.value != level.bound]
    claims = zip(levels, plan.levels, strict=True)
    faults += [f"claim:{level.name}" for level, claim in claims if level != claim]
    return Proof(not faults, feasible, levels, tuple(faults))


def _box_faults(judge: _Judge, frame: Frame, names: list[str], values: list[int]) -> list[str]:
    """Return which boxes of a share fail: they must cover all plans, and none may hold a better one."""
    faults, next_low = [], 0
    for box in judge.plan.boxes:
        boxed = with_box(frame, box.low, box.high, box.kind)
        if box.low != next_low or _wrong_shapes(boxed, box.potentials):
            return ["boxes"]
        if any(_wrong_cases(boxed, cases, k) for k, cases in enumerate(box.cases)):
            return ["boxes"]
        next_low = box.high + 1
        if box.cases:
            beaten = _beaten_by_cases(judge, frame, boxed, box, names, values)
        elif box.kind == "bound" and len(box.potentials) == len(names):
            beaten = judge.scan(boxed, names, box.potentials)[2] <= values
        elif box.kind == "war" and len(box.potentials) == 1:
            beaten = judge.scan(boxed, ["war"], box.potentials)[2][0] < war_needed(box.low, frame.permille)
        else:
            beaten = (
                len(box.potentials) == 1 and judge.scan(boxed, ["outside"], box.potentials)[2][0] < -box.high
            )
        if not beaten:
            faults.append(f"box:{box.low}")
    most = 0 if frame.permille == 1000 or frame.war is None else int(frame.column_capacity[~frame.war].sum())
    return faults if next_low == most + 1 else [*faults, "boxes"]


def _beaten_by_cases(
    judge: _Judge, frame: Frame, boxed: Frame, box: Box, names: list[str], values: list[int]
) -> bool:
    """Return whether a box's cases show that no plan in it is better: the first other level is lower."""
    if box.kind == "war":
        return judge.case_bound(boxed, ["war"], box.cases[0], []) < war_needed(box.low, frame.permille)
    if box.kind == "outside":
        return judge.case_bound(boxed, ["outside"], box.cases[0], []) < -box.high
    if len(box.cases) != len(names):
        return False
    for k, cases in enumerate(box.cases):
        bound = judge.case_bound(boxed, names, cases, values[:k])
        if bound != values[k]:
            return bound < values[k]
    return True


def _wrong_cases(frame: Frame, cases: Sequence[Case], earlier: int) -> bool:
    """Return whether cases have wrong shapes, or leave a plan out: each split must have both its sides."""
    if any(case.earlier.shape != (earlier,) or case.path.shape[1:] != (3,) for case in cases):
        return True
    if any(
        len(case.path) and (case.path.min() < 0 or (case.path >= (frame.n, frame.m, 2)).any())
        for case in cases
    ):
        return True
    return _wrong_shapes(frame, [case.prices for case in cases]) or not _cover(
        [case.path.tolist() for case in cases]
    )


def _cover(paths: list[list[list[int]]]) -> bool:
    """Return whether parts cover all plans: one that asks nothing does, and so do both sides of a pair."""
    if not paths or any(not path for path in paths):
        return bool(paths)
    i, j, _ = paths[0][0]
    if any(path[0][:2] != [i, j] for path in paths):
        return False
    return all(_cover([path[1:] for path in paths if path[0][2] == side]) for side in (0, 1))


def _plan_faults(frame: Frame, plan: Plan) -> list[str]:
    """Return what is wrong with the plan's pairs before any points are known."""
    pairs = np.asarray(plan.pairs)
    if pairs.ndim != 2 or pairs.shape[1:] != (2,) or pairs.dtype.kind not in "iu":
        return ["pairs"]
    if len(pairs) and (pairs.min() < 0 or (pairs >= (frame.n, frame.m)).any()):
        return ["pairs"]
    keys = pairs[:, 0].astype(np.int64) * frame.m + pairs[:, 1]
    faults = [] if (np.diff(keys) > 0).all() else ["order"]
    if (np.bincount(pairs[:, 0], minlength=frame.n) > frame.row_capacity).any():
        faults.append("row_capacity")
    if (np.bincount(pairs[:, 1], minlength=frame.m) > frame.column_capacity).any():
        faults.append("column_capacity")
    if not np.isin(frame.locked[:, 0] * frame.m + frame.locked[:, 1], keys).all():
        faults.append("locked")
    for limit, count in zip(frame.limits, frame.counts(pairs), strict=True):
        if count < limit.at_least or (limit.at_most is not None and count > limit.at_most):
            faults.append(f"limit:{limit.code}")
    if frame.war is not None and 1000 * int(frame.war[pairs[:, 1]].sum()) < frame.permille * len(pairs):
        faults.append("share")
    if not frame.permille and _wrong_shapes(frame, plan.potentials):
        faults.append("potentials")
    return faults


def _wrong_shapes(frame: Frame, potentials: Sequence[Potentials]) -> bool:
    shapes = (frame.n,), (frame.m,), (len(frame.limits),)
    return any((part.rows.shape, part.columns.shape, part.limits.shape) != shapes for part in potentials)


def _point_faults(frame: Frame, plan: Plan, points: Int) -> list[str]:
    keys = plan.pairs[:, 0].astype(np.int64) * frame.m + plan.pairs[:, 1]
    locked = np.isin(keys, frame.locked[:, 0] * frame.m + frame.locked[:, 1])
    faults = []
    if (points < 0).any() or (points[~locked] < frame.threshold).any():
        faults.append("forbidden")
    if not np.array_equal(points, plan.points) or int(points.sum()) != plan.total:
        faults.append("points")
    return faults


def _names(plan: Plan, highest: int) -> list[str]:
    """Return the levels the objective demands, from the best allowed pair's points."""
    bands = (
        [f"band:{k}" for k in range(highest // plan.leximin_band + 1)] if plan.objective == "leximin" else []
    )
    return {
        "total": ["total"],
        "partnerships": ["pairs", "total"],
        "leximin": ["pairs", *bands, "total"],
        "urgent_first": ["urgent", "pairs", "total"],
    }[plan.objective]


class _Seen(NamedTuple):
    """What a block shows the judge: the chosen pairs' points, the most points, locked pairs and those
    that may earn, each as rows, columns and points."""

    chosen: Int
    highest: int
    locked: tuple[Int, Int, Int]
    free: tuple[Int, Int, Int]


class _Judge:
    """Measures any claim about a plan against all pairs, block by block."""

    def __init__(self, scorer: Scorer, plan: Plan, urgent: Mask | None) -> None:
        self.scorer, self.plan, self.urgent = scorer, plan, urgent

    def worth(self, name: str, points: Int, rows: Int, columns: Int, war: Mask | None = None) -> Int:
        """Return what pairs are worth in a level, (k,) of int64."""
        if name == "total":
            return points.astype(np.int64)
        if name == "pairs":
            return np.ones(len(points), np.int64)
        if war is not None and name in {"war", "outside"}:
            inside_war = war[columns].astype(np.int64)
            return inside_war if name == "war" else inside_war - 1
        if name == "urgent":
            return (
                np.zeros(len(points), np.int64)
                if self.urgent is None
                else self.urgent[rows, columns].astype(np.int64)
            )
        in_band: Mask = points // self.plan.leximin_band == int(name.removeprefix("band:"))
        return -in_band.astype(np.int64)

    def scan(
        self, frame: Frame, names: Sequence[str], potentials: Sequence[Potentials]
    ) -> tuple[Int, int, list[int]]:
        """Return the chosen pairs' points, the best points (0 but for 'leximin') and each level's bound."""
        lines = [_line_prices(frame, potential) for potential in potentials]
        bounds = _capacity_bounds(frame, potentials)
        pairs = self.plan.pairs
        chosen, highest = np.zeros(len(pairs), np.int64), 0
        first = (names[0], lines[0]) if lines and len(lines) == len(names) else None
        task = partial(partial, self.look, frame, first)
        for start, stop, seen in worked(task, row_blocks(frame.n, frame.m), frame.m):
            chosen[slice(*np.searchsorted(pairs[:, 0], (start, stop)))] = seen.chosen
            highest = max(highest, seen.highest)
            if first is not None:
                self.add_profits(seen, frame, names, potentials, lines, bounds)
        return chosen, highest, bounds

    def look(self, frame: Frame, first: tuple[str, tuple[Int, Int]] | None, start: int, stop: int) -> _Seen:
        """Score a block and return what the proof needs; `first` is the first level with its line prices."""
        block, pairs, locked = self.scorer(start, stop), self.plan.pairs, frame.locked
        chosen = pairs[slice(*np.searchsorted(pairs[:, 0], (start, stop)))]
        locked = locked[(locked[:, 0] >= start) & (locked[:, 0] < stop)]
        highest = int(block.max(initial=0)) if self.plan.objective == "leximin" else 0
        empty = np.empty(0, np.int64)
        rows, columns, points = _candidates(block, start, frame, *first) if first else (empty, empty, empty)
        if len(locked):
            free = ~np.isin(rows * frame.m + columns, locked[:, 0] * frame.m + locked[:, 1])
            rows, columns, points = rows[free], columns[free], points[free]
        return _Seen(
            block[chosen[:, 0] - start, chosen[:, 1]],
            highest,
            (locked[:, 0], locked[:, 1], block[locked[:, 0] - start, locked[:, 1]]),
            (rows, columns, points),
        )

    def add_profits(
        self,
        seen: _Seen,
        frame: Frame,
        names: Sequence[str],
        potentials: Sequence[Potentials],
        lines: Sequence[tuple[Int, Int]],
        bounds: list[int],
    ) -> None:
        """Add to each level's bound what the block's pairs could at most earn beyond the prices.

        A pair that earns at one level is in every optimal plan of that level, so it counts as chosen in the
        later ones; one that loses is in none of them.
        """
        rows, columns, points = seen.free
        fixed_rows, fixed_columns, fixed_points = seen.locked
        war = next((limit.columns for limit in frame.limits if limit.code == SHARE_WAR), None)
        for k, name in enumerate(names):
            fixed = self.worth(name, fixed_points, fixed_rows, fixed_columns, war)
            fixed -= _price(frame, potentials[k], lines[k], fixed_rows, fixed_columns)
            bounds[k] += int(fixed.sum())
            profit = self.worth(name, points, rows, columns, war)
            profit -= _price(frame, potentials[k], lines[k], rows, columns)
            earns, even = profit > 0, profit == 0
            bounds[k] += int(profit[earns].sum())
            fixed_rows = np.concatenate([fixed_rows, rows[earns]])
            fixed_columns = np.concatenate([fixed_columns, columns[earns]])
            fixed_points = np.concatenate([fixed_points, points[earns]])
            rows, columns, points = rows[even], columns[even], points[even]

    def case_bound(
        self, frame: Frame, names: Sequence[str], cases: Sequence[Case], reached: Sequence[int]
    ) -> int:
        """Return what no plan of any case exceeds in the level after those reached, in whole worth.

        For a plan of the case, level + Σ price × earlier level is at most what its pairs can earn beyond the
        prices and what the bounds cost; the earlier levels are worth what was reached, so their part is taken
        off again.
        """
        name, war = (
            names[len(reached)],
            next((limit.columns for limit in frame.limits if limit.code == SHARE_WAR), None),
        )
        lines = [_line_prices(frame, case.prices) for case in cases]
        bounds = [
            _capacity_bounds(frame, [case.prices])[0]
            - sum(p * v for p, v in zip(case.earlier.tolist(), reached, strict=True))
            for case in cases
        ]
        open_lines = (frame.row_capacity > 0)[:, None], frame.column_capacity > 0
        for start, stop, block in scored(self.scorer, row_blocks(frame.n, frame.m), frame.m):
            rows, columns = (part.ravel() for part in np.indices(block.shape))
            worths = [
                self.worth(level, block.ravel(), rows + start, columns, war).reshape(block.shape)
                for level in (*names[: len(reached)], name)
            ]
            allowed = (block >= frame.threshold) & open_lines[0][start:stop] & open_lines[1]
            for k, case in enumerate(cases):
                profit = SCALE * worths[-1] - lines[k][0][start:stop, None] - lines[k][1]
                for price, worth in zip(case.earlier.tolist(), worths, strict=False):
                    profit += price * worth
                for limit, price in zip(frame.limits, case.prices.limits.tolist(), strict=True):
                    if price and limit.rows is not None and limit.columns is not None:
                        profit[np.ix_(limit.rows[start:stop], limit.columns)] -= price
                earned = np.where(allowed, np.maximum(profit, 0), 0)
                bounds[k] += int(earned.sum())
                fixed = dict.fromkeys(frame.locked.tolist(), 1) | {
                    (i, j): side for i, j, side in case.path.tolist()
                }
                for (i, j), side in fixed.items():
                    if start <= i < stop:
                        bounds[k] += side * int(profit[i - start, j]) - int(earned[i - start, j])
        return int(max(bounds)) // SCALE


def _candidates(
    block: Int, start: int, frame: Frame, name: str, lines: tuple[Int, Int]
) -> tuple[Int, Int, Int]:
    """Return rows, columns, points of the allowed pairs that do not lose at the first level, and others."""
    row_price, column_price = lines[0][start : start + len(block)], lines[1]
    plain = name == "total" and not any(
        limit.rows is not None and limit.columns is not None for limit in frame.limits
    )
    if plain and max(np.abs(row_price).max(initial=0), np.abs(column_price).max(initial=0)) < 2**29:
        # One comparison per pair, with the cheapest row's price; who loses in a dearer row earns nothing
        # below.
        keep = block >= (column_price + row_price.min(initial=0)).astype(np.int32)
    else:
        keep = block >= frame.threshold
    flat = np.flatnonzero(keep)
    rows, columns = np.divmod(flat, frame.m)
    points = block.reshape(-1)[flat]
    rows += start
    allowed = (
        (points >= frame.threshold) & (frame.row_capacity[rows] > 0) & (frame.column_capacity[columns] > 0)
    )
    return rows[allowed], columns[allowed], points[allowed]


def _price(frame: Frame, potential: Potentials, lines: tuple[Int, Int], rows: Int, columns: Int) -> Int:
    """Return the price of each pair, (k,) of int64: of its lines, and of limits on some rows and columns."""
    price: Int = lines[0][rows] + lines[1][columns]
    for limit, limit_price in zip(frame.limits, potential.limits, strict=True):
        if limit_price and limit.rows is not None and limit.columns is not None:
            price += limit_price * inside(limit, rows, columns)
    return price


def _line_prices(frame: Frame, potential: Potentials) -> tuple[Int, Int]:
    """Return prices of rows (n,) and columns (m,) with every limit that spans whole rows or columns added."""
    rows, columns = potential.rows.astype(np.int64), potential.columns.astype(np.int64)
    for limit, price in zip(frame.limits, potential.limits, strict=True):
        if limit.rows is not None and limit.columns is None:
            rows += price * limit.rows
        elif limit.rows is None:
            columns += price * (1 if limit.columns is None else limit.columns)
    return rows, columns


def _capacity_bounds(frame: Frame, potentials: Sequence[Potentials]) -> list[int]:
    """Return Σ price × capacity per level; what an earlier level priced is an equality in the later ones."""
    row_low, column_low = np.zeros(frame.n, np.int64), np.zeros(frame.m, np.int64)
    most = int(min(frame.row_capacity.sum(), frame.column_capacity.sum()))
    low = np.array([limit.at_least for limit in frame.limits], np.int64)
    high = np.array(
        [most if limit.at_most is None else min(most, limit.at_most) for limit in frame.limits], np.int64
    )
    bounds = []
    for price in potentials:
        bounds.append(
            _paid(price.rows, row_low, frame.row_capacity)
            + _paid(price.columns, column_low, frame.column_capacity)
            + _paid(price.limits, low, high)
        )
        row_low = np.where(price.rows > 0, frame.row_capacity, row_low)
        column_low = np.where(price.columns > 0, frame.column_capacity, column_low)
        low, high = np.where(price.limits > 0, high, low), np.where(price.limits < 0, low, high)
    return bounds


def _paid(price: Int, low: Int, high: Int) -> int:
    return int(np.where(price > 0, price * high, price * low).sum())
