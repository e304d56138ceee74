"""Explain one pair: the points of every criterion, the rule that keeps it out, and how much of it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from matching.engine import tables
from matching.engine.criteria import (
    HORIZONS,
    LANGUAGES,
    TOTAL,
    TRAITS,
    CandidateFeatures,
    MunicipalityFeatures,
    PairFacts,
    Weights,
    only_line,
)
from matching.engine.scoring import known_parts, levels_by_horizon, part_points, theme_shares

CATEGORIES: Final = ("undetermined", "war_zone", "outside")


@dataclass(frozen=True, slots=True)
class CriterionPoints:
    """Say what one criterion gave one pair.

    Attributes
    ----------
    code : criterion code, or the trait's for a part of `likeness`.
    points, max : of 10,000; known : every answer behind it is known; known_max : the part of max that rests on known
    answers; row_value, column_value : what each side said, as plain JSON values, None for unknown;
    parts : the parts of `likeness`, else empty.
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
class _Pair:
    """One pair of lines with everything its criteria read."""

    rows: MunicipalityFeatures
    cols: CandidateFeatures
    pairs: PairFacts
    weights: Weights
    i: int
    j: int

    def criteria(self) -> tuple[CriterionPoints, ...]:
        """Return all criteria in their fixed order."""
        return (
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

    def theme(self) -> CriterionPoints:
        row, column = only_line(self.rows, self.i), only_line(self.cols, self.j)
        levels, shares = levels_by_horizon(row)[0], theme_shares(column, self.weights)[0]
        met = [
            {"theme": code, "horizon": horizon, "level": int(levels[k, h]), "share": int(shares[k, h])}
            for k, code in enumerate(self.rows.themes)
            for h, horizon in enumerate(HORIZONS)
            if levels[k, h] and shares[k, h]
        ]
        needs = [
            {"theme": code, "horizon": horizon, "share": int(shares[k, h])}
            for k, code in enumerate(self.rows.themes)
            for h, horizon in enumerate(HORIZONS)
            if shares[k, h]
        ]
        return _points("theme", (levels * shares).sum(), self.weights.theme, True, met, needs)

    def likeness(self) -> CriterionPoints:
        weight, i, j = self.weights.likeness, self.i, self.j
        sizes = int(self.rows.population[i]), int(self.cols.population[j])
        near = tables.size_table(weight, tables.size_class(sizes[0]), tables.size_class(sizes[1]))
        parts = [_part("population", near, tables.size_points(weight), *sizes)]
        for k, name in enumerate(TRAITS):
            said = int(self.rows.traits[i, k]), int(self.cols.traits[j, k])
            parts.append(_part(name, tables.trait_table(weight, *said), tables.trait_points(weight), *said))
        return CriterionPoints(
            code="likeness",
            points=sum(part.points for part in parts),
            max=weight,
            known=all(part.known for part in parts),
            known_max=sum(part.known_max for part in parts),
            row_value=None,
            column_value=None,
            parts=tuple(parts),
        )

    def category(self) -> CriterionPoints:
        preference, category = int(self.rows.preference[self.i]), int(self.cols.category[self.j])
        points = tables.category_table(self.weights.category, preference, category)
        wish = None if preference < 0 else ("none", *CATEGORIES[1:])[preference]
        return _points("category", points, self.weights.category, preference >= 0, wish, CATEGORIES[category])

    def unpartnered(self) -> CriterionPoints:
        partners = int(self.cols.active_partners[self.j])
        points = tables.unpartnered_table(self.weights.unpartnered, partners)
        return _points("unpartnered", points, self.weights.unpartnered, partners >= 0, None, _said(partners))

    def short_term(self) -> CriterionPoints:
        capacity, acute = int(self.rows.short_term_capacity[self.i]), int(self.cols.acute_needs[self.j])
        points = tables.short_term_table(self.weights.short_term, capacity, acute)
        return _points("short_term", points, self.weights.short_term, capacity >= 0, _said(capacity), acute)

    def language(self) -> CriterionPoints:
        row, column = (
            (side.languages[k], side.languages_known[k], side.interpreter[k])
            for side, k in ((self.rows, self.i), (self.cols, self.j))
        )
        points = tables.language_table(self.weights.language, tables.language_class(*row), tables.language_class(*column))
        return _points("language", points, self.weights.language, bool(row[1] and column[1]), _spoken(*row), _spoken(*column))

    def contact(self) -> CriterionPoints:
        contact = bool((self.pairs.contacts == (self.i, self.j)).all(axis=1).any())
        oblast = int(self.cols.oblast[self.j])
        tied = bool(self.rows.ties[self.i, oblast])
        points = tables.contact_table(self.weights.contact, contact, tied)
        known = bool(self.rows.contacts_known[self.i])
        said = {"contact": contact, "ties": tied} if known or contact or tied else None
        return _points("contact", points, self.weights.contact, known, said, self.cols.oblasts[oblast])

    def reciprocity(self) -> CriterionPoints:
        weight, wishes, teaches = self.weights.reciprocity, self.rows.wishes[self.i], self.cols.teaches[self.j]
        known = bool(wishes.any() and teaches.any())
        points = int(tables.wish_shares(weight, wishes)[teaches].sum()) if known else weight // 2
        wished = [code for code, marked in zip(self.rows.themes, wishes, strict=True) if marked]
        taught = [code for code, marked in zip(self.rows.themes, teaches, strict=True) if marked]
        return _points("reciprocity", points, weight, known, wished or None, taught or None)

    def waiting(self) -> CriterionPoints:
        row, column, weight = int(self.rows.months_waited[self.i]), int(self.cols.months_waited[self.j]), self.weights.waiting
        points = tables.wait_points(weight // 2, row) + tables.wait_points(weight - weight // 2, column)
        return _points("waiting", points, weight, True, row, column)


def breakdown(
    rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights, i: int, j: int
) -> tuple[CriterionPoints, ...]:
    """Return the points of pair (i, j) per criterion in the order of `CRITERIA`; they sum to its score exactly.

    A forbidden pair has points too (what it would have got); only `score` marks it -1.
    """
    return _Pair(rows, cols, pairs, weights, i, j).criteria()


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

    Rules of the municipality come first, then of the candidate, of the pair, and last of the score; a pair below
    `threshold` points is `below_threshold`.
    """
    if rows.rules[i] or cols.rules[j]:
        return str(rows.rules[i] or cols.rules[j])
    if rows.refusal[i] and rows.refusal[i] == cols.category[j]:
        return "category_refused"
    marked = (pairs.forbidden == (i, j)).all(axis=1).nonzero()[0]
    if len(marked):
        return pairs.rules[int(marked[0])]
    row, column = only_line(rows, i), only_line(cols, j)
    needed = column.needs[0].any(axis=1)
    if not (needed & (row.offer_level[0] > 0)).any():
        return "no_common_theme"
    if not (levels_by_horizon(row)[0] * theme_shares(column, weights)[0]).any():
        return "no_common_horizon"
    if coverage(rows, cols, pairs, weights, i, j) < tables.LOWEST_COVERAGE:
        return "low_coverage"
    if sum(each.points for each in breakdown(rows, cols, pairs, weights, i, j)) < threshold:
        return "below_threshold"
    return None


def coverage(rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights, i: int, j: int) -> int:
    """Return the share of pair (i, j)'s points that rest on known answers, in permille, rounded down; below 600 it is out."""
    known = known_parts(only_line(rows, i))[0] & known_parts(only_line(cols, j))[0]
    covered = int(part_points(weights)[known].sum()) + weights.theme + weights.waiting
    return covered * 1_000 // TOTAL


def _points(code: str, points: Any, most: int, known: bool, row_value: Any, column_value: Any) -> CriterionPoints:
    return CriterionPoints(code, int(points), most, known, most if known else 0, row_value, column_value)


def _part(code: str, points: Any, most: int, row: int, column: int) -> CriterionPoints:
    return _points(code, points, most, row >= 0 and column >= 0, _said(row), _said(column))


def _said(value: int) -> int | None:
    return None if value < 0 else value


def _spoken(languages: Any, known: Any, interpreter: Any) -> dict[str, Any] | None:
    if not known:
        return None
    mask = int(languages)
    return {"languages": [code for k, code in enumerate(LANGUAGES) if mask >> k & 1], "interpreter": bool(interpreter)}
