"""The engine's frozen records: a problem is checked once, here, and everything after may trust its shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Int = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
Scorer = Callable[[int, int], Int]
Members = Sequence[int] | Int | None

NEVER: Final = -1
LEVEL: Final = -2
WAR_ZONE: Final = "war_zone"
TOTAL: Final = "total"
SHARE_OUTSIDE: Final = "share:outside"
SHARE_WAR: Final = "share:war"
OBJECTIVES: Final = ("total", "partnerships", "leximin", "urgent_first")
COST_LIMIT: Final = 2**62
POINT_LIMIT: Final = 2**31 - 1
SCALE: Final = 2520
"""Prices of crossing limits are fractions; in parts of 1/2520 those with denominators up to 10 are exact."""


class EngineError(Exception):
    """Base of everything the engine raises on purpose."""


class ProblemError(EngineError, ValueError):
    """Raised when a problem contradicts itself; the message names the field, the shapes or the pair."""


class Infeasible(EngineError):
    """Raised when the required minimums cannot be met.

    Attributes
    ----------
    required, reachable : int, the sum of all minimums and the most of it that any plan meets.
    binding : codes of the caps, minimums or capacities that stand in the way.
    """

    def __init__(self, required: int, reachable: int, binding: tuple[str, ...]) -> None:
        self.required, self.reachable, self.binding = required, reachable, binding
        super().__init__(
            f"at most {reachable} of the {required} required; binding: {', '.join(binding) or 'capacity'}"
        )


class NeedsResolve(EngineError):
    """Raised by `prices` where only `price`, by re-solve, is exact: a share, crossing caps or too many pairs."""


class NotProved(EngineError):
    """Raised when a plan is asked for as final although a gap is left."""


class LibraryClash(EngineError):
    """Raised when another optimiser in the process would break OR-Tools."""


@dataclass(frozen=True, slots=True, eq=False)
class Cap:
    """Limit the number of pairs between some rows and some columns.

    Attributes
    ----------
    code : unique name, shown to people through the portal's wording.
    rows, columns : indices or a mask of bool; None = all.
    at_most : int or None = no limit; at_least : int, 0 = no minimum.
    """

    code: str
    rows: Members = None
    columns: Members = None
    at_most: int | None = None
    at_least: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """Hold a checked cap: masks over rows and columns (None = all), and its bounds."""

    code: str
    kind: str
    rows: Mask | None
    columns: Mask | None
    at_most: int | None
    at_least: int


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Hold everything about a problem except the points: n rows, m columns, checked.

    Attributes
    ----------
    row_capacity (n,), column_capacity (m,) : int64; limits : caps, war-zone bound and total as `Limit`;
    war (m,) bool and permille : the share, or None and 0; locked (k, 2) int64, sorted, unique.
    """

    n: int
    m: int
    row_capacity: Int
    column_capacity: Int
    limits: tuple[Limit, ...]
    war: Mask | None
    permille: int
    locked: Int
    threshold: int
    row_codes: tuple[str, ...]
    column_codes: tuple[str, ...]
    seed: int

    def counts(self, pairs: Int) -> list[int]:
        """Return how many of `pairs` (k, 2) each limit contains."""
        return [int(inside(limit, pairs[:, 0], pairs[:, 1]).sum()) for limit in self.limits]


@dataclass(frozen=True, slots=True, eq=False)
class Potentials:
    """Hold one level's dual prices: rows (n,), columns (m,), limits (c,) of int64.

    A price of a limit is positive where its maximum binds and negative where its minimum does.
    """

    rows: Int
    columns: Int
    limits: Int


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Hold the prices that bound one part of the plans, in parts of a point: `SCALE` of them make one.

    Attributes
    ----------
    path : (d, 3) of int64, row, column, and 1 if the pair is in the part's plans or 0 if it is in none of them;
        prices : as `Potentials`, in parts of a point; earlier : (levels before,) of int64, the price of each earlier
        level's worth, which all these plans share.
    """

    path: Int
    prices: Potentials
    earlier: Int


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """Hold the proof for all plans with `low` to `high` pairs outside the war zone, when a share is asked for.

    Each such plan has at least ``war_needed(low, permille)`` pairs in the war zone, so it lies in a network problem of
    its own (or, with crossing limits, has `cases` instead of potentials). `kind` is 'bound': `potentials` (per level, two more limits: outside, war) show that none of them beats
    the plan; or they show that there is none: 'war', not enough war-zone pairs; 'outside', too many others needed.
    """

    low: int
    high: int
    kind: str
    potentials: tuple[Potentials, ...]
    cases: tuple[tuple[Case, ...], ...] = ()


def war_needed(outside: int, permille: int) -> int:
    """Return how many war-zone pairs the share asks for beside `outside` others; share below 1000 permille."""
    return -(-permille * outside // (1000 - permille))


@dataclass(frozen=True, slots=True)
class LevelValue:
    """Say what a level of the objective reached and what no plan can exceed."""

    name: str
    value: int
    bound: int


@dataclass(frozen=True, slots=True)
class Binding:
    """Name a limit that is reached, and what one more (or one fewer required) would be worth in total points.

    `worth` is None where the gain is not a number of points alone (an earlier level might rise too).
    """

    kind: str
    code: str
    limit: int
    worth: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Hold a plan and what proves it.

    Attributes
    ----------
    pairs : (k, 2) of int32, row and column, sorted; points : (k,) of int64; total : their sum.
    bound : no plan that keeps the earlier levels exceeds this total; proved : every level's value is its bound.
    levels, binding : see `LevelValue`, `Binding`; ties : another plan is equal even after the tie-break (None = not
    checked); rounds : pricing rounds; potentials : per level, for `verify`; column_prices : (m,) of int64, what a
    place at each column costs at the last level, for `rank_late`; method : how the bound was reached ('network',
    'share' or 'integer'); boxes : with a share, the cases that together cover every plan;
    cases : with crossing limits, whose potentials are rounded and prove nothing: per level, parts of the plans that
    together cover all of them.
    """

    objective: str
    pairs: Int
    points: Int
    total: int
    bound: int
    proved: bool
    levels: tuple[LevelValue, ...]
    binding: tuple[Binding, ...]
    ties: bool | None
    rounds: int
    potentials: tuple[Potentials, ...]
    column_prices: Int
    leximin_band: int = 250
    method: str = "network"
    boxes: tuple[Box, ...] = ()
    cases: tuple[tuple[Case, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """Hold what `verify` found: `holds` is true when the plan is allowed and every level meets its bound.

    `faults` names what is wrong, in codes; `levels` are recomputed from the plan's pairs and potentials.
    """

    holds: bool
    feasible: bool
    levels: tuple[LevelValue, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """State whom may be paired with whom, and how many.

    Attributes
    ----------
    points : (n, m) of int, 10,000 = 1.0; -1 marks a pair that must not be proposed.
    row_capacity : (n,) of int ≥ 0; column_capacity : (m,) of int ≥ 0.
    caps : limits on sets of pairs, see `Cap`.
    in_war_zone : (m,) of bool; war_zone_at_least : int, pairs with such columns;
    war_zone_share_permille : int, 1000 × war ≥ permille × all pairs.
    total_at_most : int or None.
    locked : pairs that must be in the plan; they ignore `threshold`, and count in every limit.
    threshold : pairs with fewer points are not chosen.
    row_codes, column_codes : unique codes; they, not positions, break ties. seed : of the tie-break.

    Raises
    ------
    ProblemError
        for a wrong shape, a value out of range, or a lock that breaks a capacity, a cap or a rule.
    """

    points: Int
    row_capacity: Int
    column_capacity: Int
    caps: Sequence[Cap] = ()
    in_war_zone: Mask | None = None
    war_zone_at_least: int | None = None
    war_zone_share_permille: int | None = None
    total_at_most: int | None = None
    locked: Sequence[tuple[int, int]] | Int = ()
    threshold: int = 0
    row_codes: Sequence[str] | None = None
    column_codes: Sequence[str] | None = None
    seed: int = 0
    frame: Frame = field(init=False, repr=False)

    def __post_init__(self) -> None:
        points = whole("points", self.points, 2)
        if points.size and (points.min() < NEVER or points.max() > POINT_LIMIT):
            raise ProblemError(
                f"points: expected {NEVER} to {POINT_LIMIT}, found {points.min()} to {points.max()}"
            )
        object.__setattr__(self, "points", points.astype(np.int32, copy=False))
        frame = frame_of(
            *points.shape,
            row_capacity=self.row_capacity,
            column_capacity=self.column_capacity,
            caps=self.caps,
            in_war_zone=self.in_war_zone,
            war_zone_at_least=self.war_zone_at_least,
            war_zone_share_permille=self.war_zone_share_permille,
            total_at_most=self.total_at_most,
            locked=self.locked,
            threshold=self.threshold,
            row_codes=self.row_codes,
            column_codes=self.column_codes,
            seed=self.seed,
        )
        object.__setattr__(self, "frame", frame)
        for i, j in frame.locked:
            if self.points[i, j] < 0:
                raise ProblemError(
                    f"locked: pair ({frame.row_codes[i]}, {frame.column_codes[j]}) is forbidden"
                )

    def scorer(self, start: int, stop: int) -> Int:
        """Return rows start…stop of the points: the problem as a `Scorer`."""
        block: Int = self.points[start:stop]
        return block


def frame_of(
    n: int,
    m: int,
    *,
    row_capacity: Int,
    column_capacity: Int,
    caps: Sequence[Cap] = (),
    in_war_zone: Mask | None = None,
    war_zone_at_least: int | None = None,
    war_zone_share_permille: int | None = None,
    total_at_most: int | None = None,
    locked: Sequence[tuple[int, int]] | Int = (),
    threshold: int = 0,
    row_codes: Sequence[str] | None = None,
    column_codes: Sequence[str] | None = None,
    seed: int = 0,
) -> Frame:
    """Check all of a problem but its points, and return it with masks, int64 and codes."""
    limits = [_limit(cap, n, m) for cap in caps]
    war = None
    if in_war_zone is not None:
        war = np.asarray(in_war_zone)
        if war.dtype != np.bool_ or war.shape != (m,):
            raise ProblemError(f"in_war_zone: expected ({m},) of bool, found {war.shape} of {war.dtype}")
    for name, value in (("at_least", war_zone_at_least), ("share_permille", war_zone_share_permille)):
        if value is not None and war is None:
            raise ProblemError(f"war_zone_{name}: needs in_war_zone")
    permille = number("war_zone_share_permille", war_zone_share_permille or 0)
    if permille > 1000:
        raise ProblemError(f"war_zone_share_permille: expected 0 to 1000, found {permille}")
    if war_zone_at_least is not None:
        limits.append(
            Limit(WAR_ZONE, WAR_ZONE, None, war, None, number("war_zone_at_least", war_zone_at_least))
        )
    if total_at_most is not None:
        limits.append(Limit(TOTAL, TOTAL, None, None, number("total_at_most", total_at_most), 0))
    codes = [limit.code for limit in limits]
    if len(set(codes)) != len(codes):
        raise ProblemError(f"caps: a code stands twice among {sorted(codes)}")
    frame = Frame(
        n=n,
        m=m,
        row_capacity=_capacity("row_capacity", row_capacity, n),
        column_capacity=_capacity("column_capacity", column_capacity, m),
        limits=tuple(limits),
        war=war if permille else None,
        permille=permille,
        locked=_pairs(locked, n, m),
        threshold=number("threshold", threshold),
        row_codes=_codes("row_codes", row_codes, n),
        column_codes=_codes("column_codes", column_codes, m),
        seed=number("seed", seed),
    )
    _check_locks(frame)
    return frame


def with_box(frame: Frame, low: int, high: int, kind: str = "bound") -> Frame:
    """Return the frame of all plans with at most `high` pairs outside and the war-zone pairs that `low` others need.

    'war' leaves the war-zone minimum out, 'outside' both: what remains is asked how far it can go.
    """
    if frame.war is None:
        raise ProblemError("war_zone_share_permille: missing")
    outside = Limit(SHARE_OUTSIDE, "share", None, ~frame.war, None if kind == "outside" else high, 0)
    needed = 0 if frame.permille == 1000 else war_needed(low, frame.permille)
    war = Limit(SHARE_WAR, "share", None, frame.war, None, needed if kind == "bound" else 0)
    return replace(frame, limits=(*frame.limits, outside, war), war=None, permille=0)


def whole(name: str, values: Any, dimensions: int) -> Int:
    """Return `values` as an array of whole numbers, or raise a `ProblemError` that names the field."""
    array = np.asarray(values)
    if array.ndim != dimensions:
        raise ProblemError(f"{name}: expected {dimensions} dimensions, found shape {array.shape}")
    if array.dtype.kind == "f" and array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise ProblemError(f"{name}: expected whole numbers, found {array.dtype}")
    return array


def number(name: str, value: Any) -> int:
    """Return `value` as an int ≥ 0, or raise a `ProblemError` that names the field."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise ProblemError(f"{name}: expected a whole number from 0 on, found {value!r}")
    return int(value)


def inside(limit: Limit, rows: Int, columns: Int) -> Mask:
    """Return which of the pairs (rows[k], columns[k]) a limit contains."""
    found = np.ones(len(rows), np.bool_)
    if limit.rows is not None:
        found &= limit.rows[rows]
    if limit.columns is not None:
        found &= limit.columns[columns]
    return found


def _capacity(name: str, values: Int, count: int) -> Int:
    array = whole(name, values, 1)
    if array.shape != (count,):
        raise ProblemError(f"{name}: expected shape ({count},), found {array.shape}")
    if array.size and (array.min() < 0 or array.max() > POINT_LIMIT):
        raise ProblemError(f"{name}: expected 0 to {POINT_LIMIT}, found {array.min()} to {array.max()}")
    return array.astype(np.int64)


def _codes(name: str, codes: Sequence[str] | None, count: int) -> tuple[str, ...]:
    if codes is None:
        return tuple(str(k) for k in range(count))
    if len(codes) != count or len(set(codes)) != count:
        raise ProblemError(
            f"{name}: expected {count} different codes, found {len(set(codes))} in {len(codes)}"
        )
    return tuple(codes)


def _limit(cap: Cap, n: int, m: int) -> Limit:
    at_most = None if cap.at_most is None else number(f"caps[{cap.code}].at_most", cap.at_most)
    at_least = number(f"caps[{cap.code}].at_least", cap.at_least)
    if at_most is not None and at_least > at_most:
        raise ProblemError(f"caps[{cap.code}]: at_least {at_least} exceeds at_most {at_most}")
    rows = _members(f"caps[{cap.code}].rows", cap.rows, n)
    columns = _members(f"caps[{cap.code}].columns", cap.columns, m)
    return Limit(cap.code, "cap", rows, columns, at_most, at_least)


def _members(name: str, members: Members, count: int) -> Mask | None:
    if members is None:
        return None
    array = np.asarray(members)
    if array.dtype == np.bool_:
        if array.shape != (count,):
            raise ProblemError(f"{name}: expected shape ({count},), found {array.shape}")
        mask = array
    else:
        index = whole(name, array, 1)
        if index.size and (index.min() < 0 or index.max() >= count):
            raise ProblemError(
                f"{name}: expected indices 0 to {count - 1}, found {index.min()} to {index.max()}"
            )
        mask = np.zeros(count, np.bool_)
        mask[index.astype(np.int64)] = True
    return None if count and mask.all() else mask


def _pairs(locked: Sequence[tuple[int, int]] | Int, n: int, m: int) -> Int:
    if len(locked) == 0:
        return np.empty((0, 2), np.int64)
    array = whole("locked", locked, 2)
    if array.shape[1] != 2:
        raise ProblemError(f"locked: expected shape (k, 2), found {array.shape}")
    for i, j in array:
        if not (0 <= i < n and 0 <= j < m):
            raise ProblemError(f"locked: pair ({i}, {j}) is outside ({n}, {m})")
    found = np.unique(array.astype(np.int64), axis=0)
    if len(found) != len(array):
        raise ProblemError("locked: a pair stands twice")
    return found


def _check_locks(frame: Frame) -> None:
    rows, columns = np.zeros(frame.n, np.int64), np.zeros(frame.m, np.int64)
    used = [0] * len(frame.limits)
    for i, j in frame.locked:
        pair = f"({frame.row_codes[i]}, {frame.column_codes[j]})"
        rows[i] += 1
        columns[j] += 1
        if rows[i] > frame.row_capacity[i] or columns[j] > frame.column_capacity[j]:
            raise ProblemError(f"locked: pair {pair} exceeds a capacity")
        for k, limit in enumerate(frame.limits):
            used[k] += int(inside(limit, np.array([i]), np.array([j]))[0])
            if limit.at_most is not None and used[k] > limit.at_most:
                raise ProblemError(f"locked: pair {pair} exceeds cap {limit.code}")
