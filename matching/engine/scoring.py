"""Turn feature records into integer points: a whole block of pairs in one product, or one pair with its reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.engine.criteria import DEFAULT_WEIGHTS, CandidateFeatures, MunicipalityFeatures, PairFacts, Weights

Scorer = Callable[[int, int], npt.NDArray[np.int32]]
"""``scorer(start, stop)`` → (stop - start, m) of int32, -1 for pairs that must not be proposed; pure."""


@dataclass(frozen=True, slots=True)
class CriterionPoints:
    """Say what one criterion gave one pair.

    Attributes
    ----------
    code : criterion code; points, max : of 10,000; known : every answer behind it is known; known_max : the part of
    max that rests on known answers; row_value, column_value : what each side said, as plain JSON values;
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


def scorer(rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights = DEFAULT_WEIGHTS) -> Scorer:
    """Return a pure function that scores rows start…stop against all columns; the set-up is done once."""
    raise NotImplementedError


def score(
    rows: MunicipalityFeatures,
    cols: CandidateFeatures,
    pairs: PairFacts,
    weights: Weights = DEFAULT_WEIGHTS,
    start: int = 0,
    stop: int | None = None,
) -> npt.NDArray[np.int32]:
    """Return points of rows start…stop, (stop - start, m) of int32, -1 where a rule forbids the pair."""
    raise NotImplementedError


def breakdown(
    rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights, i: int, j: int
) -> tuple[CriterionPoints, ...]:
    """Return the points of pair (i, j) per criterion in the order of `CRITERIA`; they sum to its score exactly.

    A forbidden pair has points too (what it would have got); only `score` marks it -1.
    """
    raise NotImplementedError


def rule(
    rows: MunicipalityFeatures,
    cols: CandidateFeatures,
    pairs: PairFacts,
    weights: Weights,
    i: int,
    j: int,
    threshold: int = 0,
) -> str | None:
    """Return the code of the first rule that keeps pair (i, j) out, or None."""
    raise NotImplementedError


def coverage(rows: MunicipalityFeatures, cols: CandidateFeatures, pairs: PairFacts, weights: Weights, i: int, j: int) -> int:
    """Return the share of pair (i, j)'s points that rest on known answers, in permille; below 600 it is out."""
    raise NotImplementedError
