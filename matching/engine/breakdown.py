"""Explain one pair: the points of every criterion, the rule that keeps it out, and how much of it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from matching.engine import tables
from matching.engine.criteria import (
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
from matching.engine.scoring import (
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
    points, max : of 10,000; known : every answer behind it is known; known_max : the part of max that rests on known
    answers; row_value, column_value : what each side said, as plain JSON values, None for unknown (of `theme` the needs
    that the row offers, with its level, and those that it does not); parts : the parts of `likeness`, else empty.
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
    """Some pairs with everything their criteria read: i, j (k,) of int. Each criterion is looked up for all at once."""

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
        used, place = np.unique(self.j, return_inverse=True)
        shares = theme_shares(some_lines(self.cols, used), self.weights)[place]
        levels = levels_by_horizon(some_lines(self.rows, self.i))
        points = (levels * shares).sum(axis=(1, 2)).tolist()
        met: list[list[dict[str, Any]]] = [[] for _ in points]
        unmet: list[list[dict[str, Any]]] = [[] for _ in points]
        themes, found = self.rows.themes, np.nonzero(shares)
        for k, t, h, share, level in zip(
            *(each.tolist() for each in (*found, shares[found], levels[found])), strict=True
        ):
            need = {"theme": themes[t], "horizon": HORIZONS[h], "share": share}
            if level:
                need["level"] = level
            (met if level else unmet)[k].append(need)
        return [
            _points("theme", each, self.weights.theme, True, *said)
            for *said, each in zip(met, unmet, points, strict=True)
        ]

    def likeness(self) -> list[CriterionPoints]:
        weight = self.weights.likeness
        sizes = self.rows.population[self.i], self.cols.population[self.j]
        near = tables.size_table(weight, tables.size_class(sizes[0]), tables.size_class(sizes[1]))
        parts = [self._part("population", near, tables.size_points(weight), *sizes)]
        for k, name in enumerate(TRAITS):
            said = self.rows.traits[self.i, k], self.cols.traits[self.j, k]
            parts.append(
                self._part(name, tables.trait_table(weight, *said), tables.trait_points(weight), *said)
            )
        return [
            CriterionPoints(
                code="likeness",
                points=sum(part.points for part in own),
                max=weight,
                known=all(part.known for part in own),
                known_max=sum(part.known_max for part in own),
                row_value=None,
                column_value=None,
                parts=own,
            )
            for own in zip(*parts, strict=True)
        ]

    def category(self) -> list[CriterionPoints]:
        weight, preference, category = (
            self.weights.category,
            self.rows.preference[self.i],
            self.cols.category[self.j],
        )
        points = tables.category_table(weight, preference, category)
        wishes = (*("none", *CATEGORIES[1:]), None)
        return [
            _points("category", each, weight, wish >= 0, wishes[wish], CATEGORIES[its])
            for each, wish, its in zip(points.tolist(), preference.tolist(), category.tolist(), strict=True)
        ]

    def unpartnered(self) -> list[CriterionPoints]:
        weight, partners = self.weights.unpartnered, self.cols.active_partners[self.j]
        points = tables.unpartnered_table(weight, partners)
        return [
            _points("unpartnered", each, weight, said >= 0, None, _said(said))
            for each, said in zip(points.tolist(), partners.tolist(), strict=True)
        ]

    def short_term(self) -> list[CriterionPoints]:
        weight, capacity, acute = (
            self.weights.short_term,
            self.rows.short_term_capacity[self.i],
            self.cols.acute_needs[self.j],
        )
        points = tables.short_term_table(weight, capacity, acute)
        return [
            _points("short_term", each, weight, said >= 0, _said(said), needs)
            for each, said, needs in zip(points.tolist(), capacity.tolist(), acute.tolist(), strict=True)
        ]

    def language(self) -> list[CriterionPoints]:
        row, column = (
            tuple(each[k] for each in (side.languages, side.languages_known, side.interpreter))
            for side, k in ((self.rows, self.i), (self.cols, self.j))
        )
        points = tables.language_table(
            self.weights.language, tables.language_class(*row), tables.language_class(*column)
        )
        said = (
            [_spoken(*line) for line in zip(*(each.tolist() for each in side), strict=True)]
            for side in (row, column)
        )
        return [
            _points(
                "language", each, self.weights.language, ours is not None and theirs is not None, ours, theirs
            )
            for each, ours, theirs in zip(points.tolist(), *said, strict=True)
        ]

    def contact(self) -> list[CriterionPoints]:
        weight, m = self.weights.contact, len(self.cols.codes)
        contacts = self.pairs.contacts.astype(np.int64)
        contact = np.isin(self.i.astype(np.int64) * m + self.j, contacts[:, 0] * m + contacts[:, 1])
        oblast = self.cols.oblast[self.j]
        tied = self.rows.ties[self.i, oblast]
        known, points = self.rows.contacts_known[self.i], tables.contact_table(weight, contact, tied)
        answers = zip(*(each.tolist() for each in (points, known, contact, tied, oblast)), strict=True)
        return [
            _points(
                "contact",
                each,
                weight,
                sure,
                {"contact": c, "ties": t} if sure or c or t else None,
                self.cols.oblasts[o],
            )
            for each, sure, c, t, o in answers
        ]

    def reciprocity(self) -> list[CriterionPoints]:
        weight, wishes, teaches = (
            self.weights.reciprocity,
            self.rows.wishes[self.i],
            self.cols.teaches[self.j],
        )
        known = wishes.any(axis=1) & teaches.any(axis=1)
        points = np.where(known, (tables.wish_shares(weight, wishes) * teaches).sum(axis=1), weight // 2)
        wished, taught = ([_marked(self.rows.themes, line) for line in lines] for lines in (wishes, teaches))
        return [
            _points("reciprocity", each, weight, sure, ours, theirs)
            for each, sure, ours, theirs in zip(
                points.tolist(), np.asarray(known).tolist(), wished, taught, strict=True
            )
        ]

    def waiting(self) -> list[CriterionPoints]:
        row, column, weight = (
            self.rows.months_waited[self.i],
            self.cols.months_waited[self.j],
            self.weights.waiting,
        )
        points = tables.wait_points(weight // 2, row) + tables.wait_points(weight - weight // 2, column)
        return [
            _points("waiting", each, weight, True, *both)
            for each, *both in zip(points.tolist(), row.tolist(), column.tolist(), strict=True)
        ]

    def coverage(self) -> list[int]:
        known = known_parts(some_lines(self.rows, self.i)) & known_parts(some_lines(self.cols, self.j))
        covered = known @ part_points(self.weights) + self.weights.theme + self.weights.waiting
        shares: list[int] = (covered * 1_000 // TOTAL).tolist()
        return shares

    @staticmethod
    def _part(code: str, points: Int, most: int, row: Int, column: Int) -> list[CriterionPoints]:
        return [
            _points(code, each, most, ours >= 0 and theirs >= 0, _said(ours), _said(theirs))
            for each, ours, theirs in zip(points.tolist(), row.tolist(), column.tolist(), strict=True)
        ]


def breakdown(
    rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights, i: int, j: int
) -> tuple[CriterionPoints, ...]:
    """Return the points of pair (i, j) per criterion in the order of `CRITERIA`; they sum to its score exactly.

    A forbidden pair has points too (what it would have got); only `score` marks it -1.
    """
    return breakdowns(rows, cols, pairs, weights, np.array([[i, j]]))[0]


def breakdowns(
    rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights, chosen: Int
) -> list[tuple[CriterionPoints, ...]]:
    """Return `breakdown` of each of the pairs `chosen` (k, 2): the tables are looked up for all of them at once."""
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
    row, column = some_lines(rows, np.array([i])), some_lines(cols, np.array([j]))
    needed = column.needs[0].any(axis=1)
    if not (needed & (row.offer_level[0] > 0)).any():
        return "no_common_theme"
    if not (levels_by_horizon(row)[0] * theme_shares(column, weights)[0]).any():
        return "no_common_horizon"
    if too_little_known(known_parts(row), known_parts(column), weights)[0, 0]:
        return "low_coverage"
    if sum(each.points for each in breakdown(rows, cols, pairs, weights, i, j)) < threshold:
        return "below_threshold"
    return None


def coverage(
    rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights, i: int, j: int
) -> int:
    """Return the share of pair (i, j)'s points that rest on known answers, in permille, rounded down; below 600 it is out."""
    return coverages(rows, cols, pairs, weights, np.array([[i, j]]))[0]


def _marked(codes: Sequence[str], marks: Bool) -> list[str] | None:
    return [codes[k] for k in marks.nonzero()[0].tolist()] or None


def _points(
    code: str, points: int, most: int, known: bool, row_value: Any, column_value: Any
) -> CriterionPoints:
    return CriterionPoints(code, points, most, known, most if known else 0, row_value, column_value)


def _said(value: int) -> int | None:
    return None if value < 0 else value


def _spoken(languages: Any, known: Any, interpreter: Any) -> dict[str, Any] | None:
    if not known:
        return None
    mask = int(languages)
    return {
        "languages": [code for k, code in enumerate(LANGUAGES) if mask >> k & 1],
        "interpreter": bool(interpreter),
    }
