"""Explain one pair: the points of every criterion, the rule that keeps it out, and how much is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from matching.engine.scores import lookup_tables
from matching.engine.scores.criteria import (
    HORIZONS,
    LANGUAGES,
    TOTAL,
    TRAITS,
    Bool,
    CandidateFeatures,
    Int,
    MunicipalityFeatures,
    PairFacts,
    Weights,
    some_lines,
)
from matching.engine.scores.criterion_points import (
    known_parts,
    levels_by_horizon,
    part_points,
    theme_shares,
    too_little_known,
)

CATEGORIES: Final = ("undetermined", "war_zone", "outside")


class CriterionPoints(NamedTuple):
    """Say what one criterion gave one pair.

    Attributes
    ----------
    code : criterion code, or the trait's for a part of `likeness`.
    points, max : of 10,000; known : every answer behind it is known; known_max : the part of max that rests
    on known answers; row_value, column_value : what each side said, as plain JSON values, None for unknown
    (of `theme` the needs that the row offers, with its level, and those that it does not); parts : the parts
    of `likeness`, else empty.
    """

    code: str
    points: int
    max: int
    known: bool
    known_max: int
    row_value: Any
    column_value: Any
    parts: tuple[CriterionPoints, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Some pairs, i and j (k,) of int, with all their criteria read: each is looked up for all at once."""

    rows: MunicipalityFeatures
    cols: CandidateFeatures
    pairs: PairFacts
    weights: Weights
    i: Int
    j: Int

    def criteria(self) -> list[tuple[CriterionPoints, ...]]:
        """Return all criteria of each pair in their fixed order."""
        by_criterion = (
            self.theme(),
            self.likeness(),
            self.category(),
            self.unpartnered(),
            self.short_term(),
            self.language(),
            self.contact(),
            self.reciprocity(),
            self.waiting(),
        )
        return list(zip(*by_criterion, strict=True))

    def theme(self) -> list[CriterionPoints]:
        used, index = np.unique(self.j, return_inverse=True)
        shares = theme_shares(some_lines(self.cols, used), self.weights)[index]
        levels = levels_by_horizon(some_lines(self.rows, self.i))
        points = (levels * shares).sum(axis=(1, 2)).tolist()
        met: list[list[dict[str, Any]]] = [[] for _ in points]
        unmet: list[list[dict[str, Any]]] = [[] for _ in points]
        themes, cells = self.rows.themes, np.nonzero(shares)
        needs = (*cells, shares[cells], levels[cells])
        for k, t, h, share, level in zip(*(values.tolist() for values in needs), strict=True):
            need = {"theme": themes[t], "horizon": HORIZONS[h], "share": share}
            if level:
                need["level"] = level
            (met if level else unmet)[k].append(need)
        return [
            _points("theme", sum_of_needs, self.weights.theme, True, *needs_by_offer)
            for *needs_by_offer, sum_of_needs in zip(met, unmet, points, strict=True)
        ]

    def likeness(self) -> list[CriterionPoints]:
        weight = self.weights.likeness
        sizes = self.rows.population[self.i], self.cols.population[self.j]
        near = lookup_tables.size_table(
            weight, lookup_tables.size_class(sizes[0]), lookup_tables.size_class(sizes[1])
        )
        parts = [self._part("population", near, lookup_tables.size_points(weight), *sizes)]
        for k, name in enumerate(TRAITS):
            classes = self.rows.traits[self.i, k], self.cols.traits[self.j, k]
            equal = lookup_tables.trait_table(weight, *classes)
            parts.append(self._part(name, equal, lookup_tables.trait_points(weight), *classes))
        return [
            CriterionPoints(
                code="likeness",
                points=sum(part.points for part in pair_parts),
                max=weight,
                known=all(part.known for part in pair_parts),
                known_max=sum(part.known_max for part in pair_parts),
                row_value=None,
                column_value=None,
                parts=pair_parts,
            )
            for pair_parts in zip(*parts, strict=True)
        ]

    def category(self) -> list[CriterionPoints]:
        weight = self.weights.category
        preference, category = self.rows.preference[self.i], self.cols.category[self.j]
        points = lookup_tables.category_table(weight, preference, category)
        wishes = (*("none", *CATEGORIES[1:]), None)
        return [
            _points("category", gain, weight, wish >= 0, wishes[wish], CATEGORIES[kind])
            for gain, wish, kind in zip(points.tolist(), preference.tolist(), category.tolist(), strict=True)
        ]

    def unpartnered(self) -> list[CriterionPoints]:
        weight, partners = self.weights.unpartnered, self.cols.active_partners[self.j]
        points = lookup_tables.unpartnered_table(weight, partners)
        return [
            _points("unpartnered", gain, weight, count >= 0, None, _or_unknown(count))
            for gain, count in zip(points.tolist(), partners.tolist(), strict=True)
        ]

    def short_term(self) -> list[CriterionPoints]:
        weight = self.weights.short_term
        capacity, acute = self.rows.short_term_capacity[self.i], self.cols.acute_needs[self.j]
        points = lookup_tables.short_term_table(weight, capacity, acute)
        return [
            _points("short_term", gain, weight, offer >= 0, _or_unknown(offer), needs)
            for gain, offer, needs in zip(points.tolist(), capacity.tolist(), acute.tolist(), strict=True)
        ]

    def language(self) -> list[CriterionPoints]:
        row, column = (
            tuple(answers[k] for answers in (side.languages, side.languages_known, side.interpreter))
            for side, k in ((self.rows, self.i), (self.cols, self.j))
        )
        points = lookup_tables.language_table(
            self.weights.language, lookup_tables.language_class(*row), lookup_tables.language_class(*column)
        )
        spoken = (
            [_spoken(*line) for line in zip(*(answers.tolist() for answers in side), strict=True)]
            for side in (row, column)
        )
        weight = self.weights.language
        return [
            _points(
                "language",
                gain,
                weight,
                row_spoken is not None and column_spoken is not None,
                row_spoken,
                column_spoken,
            )
            for gain, row_spoken, column_spoken in zip(points.tolist(), *spoken, strict=True)
        ]

    def contact(self) -> list[CriterionPoints]:
        weight, m = self.weights.contact, len(self.cols.codes)
        contacts = self.pairs.contacts.astype(np.int64)
        contact = np.isin(self.i.astype(np.int64) * m + self.j, contacts[:, 0] * m + contacts[:, 1])
        oblast = self.cols.oblast[self.j]
        tied = self.rows.ties[self.i, oblast]
        points = lookup_tables.contact_table(weight, contact, tied)
        values = (points, self.rows.contacts_known[self.i], contact, tied, oblast)
        return [
            _points(
                "contact",
                gain,
                weight,
                sure,
                {"contact": c, "ties": t} if sure or c or t else None,
                self.cols.oblasts[o],
            )
            for gain, sure, c, t, o in zip(*(array.tolist() for array in values), strict=True)
        ]

    def reciprocity(self) -> list[CriterionPoints]:
        weight = self.weights.reciprocity
        wishes, teaches = self.rows.wishes[self.i], self.cols.teaches[self.j]
        both_said = wishes.any(axis=1) & teaches.any(axis=1)
        points = np.where(
            both_said, (lookup_tables.wish_shares(weight, wishes) * teaches).sum(axis=1), weight // 2
        )
        wished, taught = ([_marked(self.rows.themes, line) for line in lines] for lines in (wishes, teaches))
        sures = np.asarray(both_said).tolist()
        return [
            _points("reciprocity", gain, weight, sure, wish, offer)
            for gain, sure, wish, offer in zip(points.tolist(), sures, wished, taught, strict=True)
        ]

    def waiting(self) -> list[CriterionPoints]:
        weight = self.weights.waiting
        row, column = self.rows.months_waited[self.i], self.cols.months_waited[self.j]
        points = lookup_tables.wait_points(weight // 2, row) + lookup_tables.wait_points(
            weight - weight // 2, column
        )
        return [
            _points("waiting", gain, weight, True, *months)
            for gain, *months in zip(points.tolist(), row.tolist(), column.tolist(), strict=True)
        ]

    def coverage(self) -> list[int]:
        covering = known_parts(some_lines(self.rows, self.i)) & known_parts(some_lines(self.cols, self.j))
        covered = covering @ part_points(self.weights) + self.weights.theme + self.weights.waiting
        shares: list[int] = (covered * 1_000 // TOTAL).tolist()
        return shares

    @staticmethod
    def _part(code: str, points: Int, most: int, row: Int, column: Int) -> list[CriterionPoints]:
        return [
            _points(code, gain, most, a >= 0 and b >= 0, _or_unknown(a), _or_unknown(b))
            for gain, a, b in zip(points.tolist(), row.tolist(), column.tolist(), strict=True)
        ]


def breakdown(
    rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights, i: int, j: int
) -> tuple[CriterionPoints, ...]:
    """Return the points of pair (i, j) per criterion; they sum to its score exactly.

    Parameters
    ----------
    rows : MunicipalityFeatures, n rows; cols : CandidateFeatures, m columns, of the same themes and oblasts
    pairs : PairFacts, forbidden pairs and contacts, as indices from 0
    weights : Weights, points of each criterion, 10,000 in all
    i, j : int, row and column, indices from 0

    Returns
    -------
    tuple of CriterionPoints, in the order of `CRITERIA`
        A forbidden pair has points too (what it would have got); only `score` marks it -1.

    Examples
    --------
    >>> from matching.engine import breakdown
    >>> from matching.engine.scores.criteria import DEFAULT_WEIGHTS, PairFacts
    >>> from matching.engine.scores.example import EKSEMPEL, PRYKLAD
    >>> parts = breakdown(EKSEMPEL, PRYKLAD, PairFacts(), DEFAULT_WEIGHTS, 0, 0)
    >>> [(part.code, part.points, part.max) for part in parts[:3]]
    [('theme', 2167, 4000), ('likeness', 1000, 1500), ('category', 800, 1000)]
    >>> sum(part.points for part in parts)
    5966
    """
    return breakdowns(rows, cols, pairs, weights, np.array([[i, j]]))[0]


def breakdowns(
    rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights, chosen: Int
) -> list[tuple[CriterionPoints, ...]]:
    """Return `breakdown` of each of the pairs `chosen` (k, 2): the tables are looked up for all at once."""
    return _Pairs(rows, cols, pairs, weights, chosen[:, 0], chosen[:, 1]).criteria()


def coverages(
    rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights, chosen: Int
) -> list[int]:
    """Return `coverage` of each of the pairs `chosen` (k, 2)."""
    return _Pairs(rows, cols, pairs, weights, chosen[:, 0], chosen[:, 1]).coverage()


def rule(
    rows: MunicipalityFeatures,
    cols: CandidateFeatures,
    pairs: PairFacts,
    weights: Weights,
    i: int,
    j: int,
    threshold: int = 0,
) -> str | None:
    """Return the code of the first rule that keeps pair (i, j) out, or None.

    Rules of the municipality come first, then of the candidate, of the pair, and last of the score.

    Parameters
    ----------
    rows : MunicipalityFeatures, n rows; cols : CandidateFeatures, m columns, of the same themes and oblasts
    pairs : PairFacts, forbidden pairs and contacts, as indices from 0
    weights : Weights, points of each criterion, 10,000 in all
    i, j : int, row and column, indices from 0
    threshold : int ≥ 0, points; a pair with fewer is 'below_threshold'

    Examples
    --------
    >>> from dataclasses import replace
    >>> from matching.engine import rule
    >>> from matching.engine.scores.criteria import DEFAULT_WEIGHTS, PairFacts
    >>> from matching.engine.scores.example import EKSEMPEL, PRYKLAD
    >>> rule(EKSEMPEL, PRYKLAD, PairFacts(), DEFAULT_WEIGHTS, 0, 0) is None
    True
    >>> rule(EKSEMPEL, PRYKLAD, PairFacts(), DEFAULT_WEIGHTS, 0, 0, threshold=6000)
    'below_threshold'
    >>> rule(EKSEMPEL, replace(PRYKLAD, rules=("no_consent",)), PairFacts(), DEFAULT_WEIGHTS, 0, 0)
    'no_consent'
    """
    if rows.rules[i] or cols.rules[j]:
        return str(rows.rules[i] or cols.rules[j])
    if rows.refusal[i] and rows.refusal[i] == cols.category[j]:
        return "category_refused"
    marked = (pairs.forbidden == (i, j)).all(axis=1).nonzero()[0]
    if len(marked):
        return pairs.rules[int(marked[0])]
    row, column = some_lines(rows, np.array([i])), some_lines(cols, np.array([j]))
    needed = column.needs[0].any(axis=1)
    if not (needed & (row.offer_level[0] > 0)).any():
        return "no_common_theme"
    if not (levels_by_horizon(row)[0] * theme_shares(column, weights)[0]).any():
        return "no_common_horizon"
    if too_little_known(known_parts(row), known_parts(column), weights)[0, 0]:
        return "low_coverage"
    if sum(part.points for part in breakdown(rows, cols, pairs, weights, i, j)) < threshold:
        return "below_threshold"
    return None


def coverage(
    rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights, i: int, j: int
) -> int:
    """Return the share of pair (i, j)'s points that rest on known answers.

    Parameters
    ----------
    rows : MunicipalityFeatures, n rows; cols : CandidateFeatures, m columns, of the same themes and oblasts
    pairs : PairFacts, forbidden pairs and contacts, as indices from 0
    weights : Weights, points of each criterion, 10,000 in all
    i, j : int, row and column, indices from 0

    Returns
    -------
    int, permille, rounded down; below `LOWEST_COVERAGE` (600) the pair is out

    Examples
    --------
    >>> from matching.engine import coverage
    >>> from matching.engine.scores.criteria import DEFAULT_WEIGHTS, PairFacts
    >>> from matching.engine.scores.example import EKSEMPEL, PRYKLAD
    >>> coverage(EKSEMPEL, PRYKLAD, PairFacts(), DEFAULT_WEIGHTS, 0, 0)
    990
    """
    return coverages(rows, cols, pairs, weights, np.array([[i, j]]))[0]


def _marked(codes: Sequence[str], marks: Bool) -> list[str] | None:
    return [codes[k] for k in marks.nonzero()[0].tolist()] or None


def _points(
    code: str, points: int, most: int, sure: bool, row_value: Any, column_value: Any
) -> CriterionPoints:
    return CriterionPoints(code, points, most, sure, most if sure else 0, row_value, column_value)


def _or_unknown(value: int) -> int | None:
    return None if value < 0 else value


def _spoken(languages: Any, answered: Any, interpreter: Any) -> dict[str, Any] | None:
    if not answered:
        return None
    mask = int(languages)
    return {
        "languages": [code for k, code in enumerate(LANGUAGES) if mask >> k & 1],
        "interpreter": bool(interpreter),
    }
