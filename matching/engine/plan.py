"""A plan and its certificate: the dual prices, cases and boxes that prove that none is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from matching.engine.frame import Int

SCALE: Final = 2520
"""Prices of crossing limits are fractions; in parts of 1/2520 those with denominators up to 10 are exact."""


@dataclass(frozen=True, slots=True, eq=False)
class Potentials:
    """Hold one level's dual prices, in the level's own unit (points at level 'total').

    Attributes
    ----------
    rows : (n,) of int64; columns : (m,) of int64
    limits : (c,) of int64, positive where a limit's maximum binds and negative where its minimum does
    """

    rows: Int
    columns: Int
    limits: Int


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Hold the prices that bound one part of the plans, in parts of a point: `SCALE` of them make one.

    Attributes
    ----------
    path : (d, 3) of int64, the branch: row, column, and 1 if all plans of the part have the pair, 0 if none
    prices : Potentials, in parts of a point
    earlier : (levels before,) of int64, the price of each earlier level's worth, which all these plans share
    """

    path: Int
    prices: Potentials
    earlier: Int


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """Hold the proof for all plans with `low` to `high` pairs outside the war zone, where a share is set.

    Each such plan has at least ``war_needed(low, permille)`` pairs in the war zone, so it lies in a network
    problem of its own (or, with crossing limits, has `cases` instead of potentials). `kind` is 'bound':
    `potentials` (per level, two more limits: outside, war) show that none of them beats the plan; or they
    show that there is none: 'war', not enough war-zone pairs; 'outside', too many others needed.
    """

    low: int
    high: int
    kind: str
    potentials: tuple[Potentials, ...]
    cases: tuple[tuple[Case, ...], ...] = ()


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
    pairs : (k, 2) of int32, row and column, sorted; points : (k,) of int64, 10,000 = 1.0; total : their sum
    bound : int, points; no plan that keeps the earlier levels exceeds it
    proved : bool, every level's value is its bound
    levels, binding : see `LevelValue`, `Binding`
    ties : bool, another plan is equal even after the tie-break; None = not checked
    rounds : int, pricing rounds
    potentials : dual prices per level, for `verify`
    column_prices : (m,) of int64, points that capacity there is worth at the last level, for `rank_late`
    method : how the bound was reached ('network', 'share' or 'integer')
    boxes : with a share, the cases that together cover every plan
    cases : with crossing limits, whose potentials are rounded and prove nothing: per level, parts of the
        plans that together cover all of them
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
