"""A problem is checked once, here, and everything after may trust its shapes, its numbers and its locks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from matching.engine.errors import ProblemError
from matching.engine.frame import (
    NEVER,
    POINT_LIMIT,
    TOTAL,
    WAR_ZONE,
    Cap,
    Frame,
    Int,
    Limit,
    Mask,
    Members,
    inside,
)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """State whom may be paired with whom, and how many.

    Attributes
    ----------
    points : (n, m) of int, 10,000 = 1.0; -1 marks a pair that must not be proposed
    row_capacity : (n,) of int ≥ 0, pairs; column_capacity : (m,) of int ≥ 0, pairs
    caps : limits on sets of pairs, see `Cap`
    in_war_zone : (m,) of bool; war_zone_at_least : int ≥ 0, pairs with such columns
    war_zone_share_permille : int, 0 to 1000: 1000 × pairs in the war zone ≥ permille × all pairs
    total_at_most : int ≥ 0, pairs; None = no limit
    locked : (k, 2) of int, pairs that must be in the plan; they ignore `threshold`, and count in every limit
    threshold : int ≥ 0, points; pairs with fewer are not chosen
    row_codes, column_codes : n and m unique codes; they, not positions, break ties; seed : int, as well

    Raises
    ------
    ProblemError
        for a wrong shape, a value out of range, or a lock that breaks a capacity, a cap or a rule.

    Examples
    --------
    >>> import numpy as np
    >>> from matching.engine import Cap, Problem
    >>> points = np.array([[9000, 8500], [8000, -1]])
    >>> east = Cap("east", columns=[0, 1], at_most=1)
    >>> Problem(points, row_capacity=np.array([1, 2]), column_capacity=np.array([1, 1]), caps=[east]).frame.n
    2
    >>> Problem(points, row_capacity=np.array([1]), column_capacity=np.array([1, 1]))
    Traceback (most recent call last):
    matching.engine.errors.ProblemError: row_capacity: expected shape (2,), found (1,)
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
    """Check all of a problem but its points, and return it with masks, int64 and codes.

    Parameters
    ----------
    n, m : int, number of rows and of columns; all others as the fields of `Problem`

    Raises
    ------
    ProblemError
        as `Problem`.
    """
    limits = [_limit(cap, n, m) for cap in caps]
    war = _war(in_war_zone, m)
    for name, value in (("at_least", war_zone_at_least), ("share_permille", war_zone_share_permille)):
        if value is not None and war is None:
            raise ProblemError(f"war_zone_{name}: needs in_war_zone")
    permille = _permille(war_zone_share_permille)
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


def _war(in_war_zone: Mask | None, m: int) -> Mask | None:
    if in_war_zone is None:
        return None
    war: Mask = np.asarray(in_war_zone)
    if war.dtype != np.bool_ or war.shape != (m,):
        raise ProblemError(f"in_war_zone: expected ({m},) of bool, found {war.shape} of {war.dtype}")
    return war


def _permille(share: int | None) -> int:
    permille = number("war_zone_share_permille", share or 0)
    if permille > 1000:
        raise ProblemError(f"war_zone_share_permille: expected 0 to 1000, found {permille}")
    return permille


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
    pairs = np.unique(array.astype(np.int64), axis=0)
    if len(pairs) != len(array):
        raise ProblemError("locked: a pair stands twice")
    return pairs


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
