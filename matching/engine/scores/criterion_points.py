"""Turn feature records into integer points: whole blocks of pairs as one product of small integers.

All numbers stay below 2^24, where float32 is exact in any order of summation, so the product may run on
floats.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from matching.engine.scores import lookup_tables
from matching.engine.scores.criteria import (
    DEFAULT_WEIGHTS,
    TOTAL,
    TRAITS,
    Bool,
    CandidateFeatures,
    FeatureError,
    Int,
    MunicipalityFeatures,
    PairFacts,
    Weights,
    apportion_by_line,
)

Float = npt.NDArray[np.float32]
Scorer = Callable[[int, int], npt.NDArray[np.int32]]
"""``scorer(start, stop)`` → (stop - start, m) of int32, -1 for pairs that must not be proposed; pure."""

SETTLEMENTS: Final = 3


def scorer(
    rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights = DEFAULT_WEIGHTS
) -> Scorer:
    """Return a pure function that scores rows start…stop against all columns; the set-up is done once.

    A pair has points when no side has a rule code, the row does not refuse the column's category, it is not
    among ``pairs.forbidden``, at least one theme is offered and needed on the same horizon, and the coverage
    is at least 600 permille; otherwise -1.

    Parameters
    ----------
    rows : MunicipalityFeatures, n rows; cols : CandidateFeatures, m columns, of the same themes and oblasts
    pairs : PairFacts, forbidden pairs and contacts, as indices from 0
    weights : Weights, points of each criterion, 10,000 in all

    Returns
    -------
    Scorer : function of start and stop → (stop - start, m) of int32, 10,000 = 1.0; -1 where a rule forbids

    Raises
    ------
    FeatureError
        when the two sides' themes or oblasts differ, or a pair lies outside.

    Examples
    --------
    >>> from matching.engine import scorer
    >>> from matching.engine.scores.criteria import PairFacts
    >>> from matching.engine.scores.example import EKSEMPEL, PRYKLAD
    >>> block = scorer(EKSEMPEL, PRYKLAD, PairFacts())
    >>> block(0, 1).tolist()
    [[5966]]
    """
    check_sides(rows, cols, pairs)
    themes = theme_factors(rows, cols, weights)
    others = _other_factors(rows, cols, weights)
    barred = _barred(rows, cols, weights)
    sparse = _sparse(rows, cols, pairs, weights)

    def block(start: int, stop: int) -> npt.NDArray[np.int32]:
        theme = themes[0][start:stop] @ themes[1]
        sums = others[0][start:stop] @ others[1]
        sums += theme
        points = sums.astype(np.int32)
        out = theme == 0
        barred.mark(out, start, stop)
        # All bits set is -1; several times as fast as writing it where the mask holds.
        points |= np.negative(out.view(np.int8))
        sparse.apply(points, start, stop)
        return points

    return block


def score(
    rows: MunicipalityFeatures,
    cols: CandidateFeatures,
    pairs: PairFacts,
    weights: Weights = DEFAULT_WEIGHTS,
    start: int = 0,
    stop: int | None = None,
) -> npt.NDArray[np.int32]:
    """Return the points of rows start…stop with all columns, in one array.

    Parameters
    ----------
    rows, cols, pairs, weights : as `scorer`
    start, stop : int, first row and the one after the last; None = all

    Returns
    -------
    (stop - start, m) of int32, 10,000 = 1.0; -1 where a rule forbids the pair

    Examples
    --------
    >>> import numpy as np
    >>> from matching.engine import score
    >>> from matching.engine.scores.criteria import PairFacts
    >>> from matching.engine.scores.example import EKSEMPEL, PRYKLAD
    >>> score(EKSEMPEL, PRYKLAD, PairFacts()).tolist()
    [[5966]]
    >>> apart = PairFacts(forbidden=np.array([[0, 0]]), rules=("already_partners",))
    >>> score(EKSEMPEL, PRYKLAD, apart).tolist()
    [[-1]]
    """
    return scorer(rows, cols, pairs, weights)(start, len(rows.codes) if stop is None else stop)


def check_sides(rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts) -> None:
    """Raise a `FeatureError` unless sides and pairs speak of the same themes, oblasts, rows and columns."""
    for name in ("themes", "oblasts"):
        if getattr(rows, name) != getattr(cols, name):
            raise FeatureError(f"{name}: the two sides differ")
    for name in ("forbidden", "contacts"):
        array = getattr(pairs, name)
        if len(array) and (array.max(axis=0) >= (len(rows.codes), len(cols.codes))).any():
            raise FeatureError(f"{name}: a pair lies outside ({len(rows.codes)}, {len(cols.codes)})")


def theme_shares(cols: CandidateFeatures, weights: Weights) -> Int:
    """Return the shares (m, t, 2) that a level is multiplied with; they sum to a quarter of the weight."""
    whole = weights.theme // 4
    if whole == 1_000:
        return cols.needs.astype(np.int64)
    return apportion_by_line(cols.needs, whole)


def levels_by_horizon(rows: MunicipalityFeatures) -> Int:
    """Return the level a row offers per theme and horizon, (n, t, 2): 0 on horizons it does not work on."""
    # Horizon by horizon: a product whose last axis is 2 long takes ten times as long.
    level = rows.offer_level
    return np.stack([level * horizon[:, None] for horizon in (rows.short_horizon, rows.long_horizon)], axis=2)


def theme_factors(
    rows: MunicipalityFeatures, cols: CandidateFeatures, weights: Weights
) -> tuple[Float, Float]:
    """Return levels (n, 2t) and shares (2t, m).

    A line with a rule code gives nothing, so its pairs stay without points.
    """
    n, m, t = len(rows.codes), len(cols.codes), len(rows.themes)
    left = levels_by_horizon(rows).reshape(n, 2 * t).astype(np.float32)
    right = theme_shares(cols, weights).reshape(m, 2 * t).astype(np.float32)
    left[_ruled(rows.rules)] = 0
    right[_ruled(cols.rules)] = 0
    return left, np.ascontiguousarray(right.T)


def _ruled(rules: tuple[str, ...]) -> Bool:
    return np.array([bool(rule) for rule in rules], np.bool_)


def _other_factors(
    rows: MunicipalityFeatures, cols: CandidateFeatures, weights: Weights
) -> tuple[Float, Float]:
    """Return (n, k) and (k, m) whose product is the points of all criteria but `theme`."""
    n, m = len(rows.codes), len(cols.codes)
    row_constant = lookup_tables.wait_points(weights.waiting // 2, rows.months_waited)
    column_constant = lookup_tables.wait_points(weights.waiting - weights.waiting // 2, cols.months_waited)
    column_constant = column_constant + lookup_tables.unpartnered_table(
        weights.unpartnered, cols.active_partners
    )
    parts = [
        (row_constant[:, None], np.ones((1, m))),
        (np.ones((n, 1)), column_constant[None, :]),
        _by_class(
            lookup_tables.size_class(rows.population),
            lookup_tables.size_class(cols.population),
            weights.likeness,
            lookup_tables.size_table,
        ),
        _traits(rows.traits, cols.traits, weights.likeness),
        _by_class(
            np.maximum(rows.preference, 0), cols.category, weights.category, lookup_tables.category_table
        ),
        _by_class(
            rows.short_term_capacity, cols.acute_needs, weights.short_term, lookup_tables.short_term_table
        ),
        _by_class(_spoken(rows), _spoken(cols), weights.language, lookup_tables.language_table),
        (rows.ties, (np.arange(len(cols.oblasts))[:, None] == cols.oblast) * (weights.contact // 2)),
        *_reciprocity(rows.wishes, cols.teaches, weights.reciprocity),
    ]
    left, right = zip(*parts, strict=True)
    return _joined(left, 1), _joined(right, 0)


def _joined(parts: Sequence[npt.NDArray[Any]], axis: int) -> Float:
    return np.concatenate(parts, axis, dtype=np.float32, casting="unsafe")


def _by_class(
    row_class: Int, column_class: Int, weight: int, table: Callable[[int, Int, Int], Int]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return a table over two classes as a product: ones for the side with fewer classes, else points."""
    row_values, row_index = np.unique(row_class, return_inverse=True)
    column_values, column_index = np.unique(column_class, return_inverse=True)
    points = table(weight, row_values[:, None], column_values[None, :]).astype(np.float32)
    if len(row_values) <= len(column_values):
        return np.eye(len(row_values), dtype=np.float32)[row_index], points[:, column_index]
    return points[row_index], np.eye(len(column_values), dtype=np.float32)[:, column_index]


def _traits(rows: Int, columns: Int, likeness: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return likeness in traits as a product.

    Half for each trait, and half more or less where it is known to be equal or unequal.
    """
    half = lookup_tables.trait_points(likeness) // 2
    left, right = [np.full((len(rows), 1), len(TRAITS) * half)], [np.ones((1, len(columns)))]
    for k, name in enumerate(TRAITS):
        for value in range(SETTLEMENTS) if name == "settlement" else (1,):
            row_sign = (rows[:, k] == value).astype(np.int64)
            if name != "settlement":
                row_sign -= rows[:, k] == 0
            column_sign = np.where(columns[:, k] < 0, 0, np.where(columns[:, k] == value, half, -half))
            left.append(row_sign[:, None])
            right.append(column_sign[None, :])
    return np.concatenate(left, axis=1), np.concatenate(right, axis=0)


def _spoken(side: MunicipalityFeatures | CandidateFeatures) -> Int:
    return lookup_tables.language_class(side.languages, side.languages_known, side.interpreter)


def _reciprocity(wishes: Bool, teaches: Bool, weight: int) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Return shares × what can be taught, and half where no wish or nothing to teach is known."""
    silent_row: Bool = ~np.asarray(wishes.any(axis=1))
    silent_column: Bool = ~np.asarray(teaches.any(axis=1))
    half = weight // 2
    return [
        (lookup_tables.wish_shares(weight, wishes), teaches.T),
        (silent_row[:, None], np.full((1, len(teaches)), half)),
        (~silent_row[:, None], (silent_column * half)[None, :]),
    ]


def known_parts(side: MunicipalityFeatures | CandidateFeatures) -> Bool:
    """Return for which parts of the score a side has answered, (lines, parts) of bool; see `part_points`."""
    count = len(side.codes)
    always = np.ones(count, np.bool_)
    if isinstance(side, MunicipalityFeatures):
        of_this_side = [
            side.preference >= 0,
            always,
            side.short_term_capacity >= 0,
            side.contacts_known,
            side.wishes.any(axis=1),
        ]
    else:
        of_this_side = [always, side.active_partners >= 0, always, always, side.teaches.any(axis=1)]
    common = [side.population >= 0, *(side.traits >= 0).T, side.languages_known]
    return np.stack([*common, *of_this_side], axis=1)


def part_points(weights: Weights) -> Int:
    """Return the points of each part, (13,) of int.

    Size, six traits, language, category, unpartnered, short_term, contact, reciprocity.
    """
    trait = lookup_tables.trait_points(weights.likeness)
    others = [weights.category, weights.unpartnered, weights.short_term, weights.contact, weights.reciprocity]
    return np.array(
        [lookup_tables.size_points(weights.likeness), *[trait] * len(TRAITS), weights.language, *others]
    )


def too_little_known(row_parts: Bool, column_parts: Bool, weights: Weights) -> Bool:
    """Return (n, m) of bool: pairs whose points rest on too few known answers to be proposed.

    `row_parts` (n, parts) and `column_parts` (m, parts) are what `known_parts` says of either side. This is the rule
    `low_coverage`, and the only place where a coverage is held against its lowest.
    """
    # Sums of at most 10,000 × 1,000: float32, whose product is many times faster than that of integers, has them exactly.
    worth = part_points(weights).astype(np.float32)
    covered = (row_parts * worth) @ column_parts.T.astype(np.float32) + weights.theme + weights.waiting
    short: Bool = covered * 1_000 < lookup_tables.LOWEST_COVERAGE * TOTAL
    return short


def waits_for_answers(
    rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights
) -> Bool:
    """Return (n, m) of bool: pairs that `low_coverage` alone keeps out, among sides without a rule of their own.

    They have a common theme on a common horizon and no rule against them, and would be proposed if more were known.
    """
    levels, shares = theme_factors(rows, cols, weights)
    waiting = too_little_known(known_parts(rows), known_parts(cols), weights) & (levels @ shares > 0)
    waiting &= ~((rows.refusal[:, None] > 0) & (rows.refusal[:, None] == cols.category))
    waiting[pairs.forbidden[:, 0], pairs.forbidden[:, 1]] = False
    return waiting


@dataclass(frozen=True, slots=True, eq=False)
class _Barred:
    """Hold which pairs a refused category or low coverage bars, per class of rows: `bars` (classes, m)."""

    row_class: Int
    any_bar: Bool
    bars: Bool

    def mark(self, out: Bool, start: int, stop: int) -> None:
        """Mark the barred pairs of rows start…stop in ``out`` (stop - start, m)."""
        classes = self.row_class[start:stop]
        some = np.flatnonzero(self.any_bar[classes])
        if len(some):
            out[some] |= self.bars[classes[some]]


def _barred(rows: MunicipalityFeatures, cols: CandidateFeatures, weights: Weights) -> _Barred:
    """Judge each kind of row against each kind of column once: kinds are few, pairs are many."""
    sides = []
    for parts, extra in ((known_parts(rows), rows.refusal), (known_parts(cols), cols.category)):
        key = parts @ (1 << np.arange(parts.shape[1])) * 3 + extra
        _, first, kind = np.unique(key, return_index=True, return_inverse=True)
        sides.append((parts[first], extra[first], kind))
    (row_known, refusal, row_kind), (column_known, category, column_kind) = sides
    bars = too_little_known(row_known, column_known, weights)
    bars |= (refusal[:, None] == category) & (refusal[:, None] > 0)
    bars = bars[:, column_kind]
    return _Barred(row_kind, np.asarray(bars.any(axis=1)), bars)


@dataclass(frozen=True, slots=True, eq=False)
class _Sparse:
    """Hold single pairs by row: existing contacts with the points they add, and forbidden pairs."""

    contacts: Int
    gains: Int
    forbidden: Int

    def apply(self, points: Int, start: int, stop: int) -> None:
        contacts = slice(*np.searchsorted(self.contacts[:, 0], (start, stop)))
        i, j = self.contacts[contacts, 0] - start, self.contacts[contacts, 1]
        points[i, j] += np.where(points[i, j] < 0, 0, self.gains[contacts])
        forbidden = self.forbidden[slice(*np.searchsorted(self.forbidden[:, 0], (start, stop)))]
        points[forbidden[:, 0] - start, forbidden[:, 1]] = -1


def _sparse(
    rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights
) -> _Sparse:
    contacts = np.unique(pairs.contacts, axis=0).astype(np.int64)
    tied = rows.ties[contacts[:, 0], cols.oblast[contacts[:, 1]]]
    gains = weights.contact - lookup_tables.contact_table(weights.contact, False, tied)
    order = np.argsort(pairs.forbidden[:, 0], kind="stable")
    return _Sparse(contacts, gains, pairs.forbidden[order].astype(np.int64))
