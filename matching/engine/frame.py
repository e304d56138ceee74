"""A problem without its points, checked: capacities, limits and locks; and the boxes of a war-zone share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from matching.engine.errors import ProblemError

Int = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
Scorer = Callable[[int, int], Int]
Members = Sequence[int] | Int | None
NEVER: Final = -1
"""Points of a pair that must not be proposed, and the price of a pair that no plan has."""
LEVEL: Final = -2
"""The price of a pair that would lower an earlier level of the objective."""
WAR_ZONE: Final = "war_zone"
TOTAL: Final = "total"
SHARE_OUTSIDE: Final = "share:outside"
SHARE_WAR: Final = "share:war"
OBJECTIVES: Final = ("total", "partnerships", "leximin", "urgent_first")
COST_LIMIT: Final = 2**62
POINT_LIMIT: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Cap:
    """Limit the number of pairs between some rows and some columns.

    Attributes
    ----------
    code : str, unique, shown to people through the portal's wording
    rows : (k,) of int, indices, or (n,) of bool; None = all
    columns : (k,) of int, indices, or (m,) of bool; None = all
    at_most : int ≥ 0, pairs; None = no limit
    at_least : int ≥ 0, pairs; 0 = no minimum
    """

    code: str
    rows: Members = None
    columns: Members = None
    at_most: int | None = None
    at_least: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """Hold a checked cap: masks over rows (n,) and columns (m,), None = all, and its bounds in pairs."""

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
    row_capacity : (n,) of int64 ≥ 0, pairs; column_capacity : (m,) of int64 ≥ 0, pairs
    limits : caps, war-zone minimum and total, as `Limit`
    war : (m,) of bool and permille : int, the war-zone share; None and 0 without one
    locked : (k, 2) of int64, row and column, sorted, unique
    threshold : int ≥ 0, points, 10,000 = 1.0
    row_codes, column_codes : n and m unique codes; seed : int, both for the tie-break
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


def inside(limit: Limit, rows: Int, columns: Int) -> Mask:
    """Return which of the pairs (rows[k], columns[k]) a limit contains."""
    members = np.ones(len(rows), np.bool_)
    if limit.rows is not None:
        members &= limit.rows[rows]
    if limit.columns is not None:
        members &= limit.columns[columns]
    return members


def war_needed(outside: int, permille: int) -> int:
    """Return how many war-zone pairs a share below 1000 permille asks for beside `outside` others."""
    return -(-permille * outside // (1000 - permille))


def with_box(frame: Frame, low: int, high: int, kind: str = "bound") -> Frame:
    """Return the frame of all plans with at most `high` pairs outside, and the war-zone pairs `low` need.

    'war' leaves the war-zone minimum out, 'outside' both: what remains is asked how far it can go.
    """
    if frame.war is None:
        raise ProblemError("war_zone_share_permille: missing")
    outside = Limit(SHARE_OUTSIDE, "share", None, ~frame.war, None if kind == "outside" else high, 0)
    needed = 0 if frame.permille == 1000 else war_needed(low, frame.permille)
    war = Limit(SHARE_WAR, "share", None, frame.war, None, needed if kind == "bound" else 0)
    return replace(frame, limits=(*frame.limits, outside, war), war=None, permille=0)
