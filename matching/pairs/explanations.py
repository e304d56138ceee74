"""Why a pair got its points, as a proposal stores it: per criterion what it gave and what each side said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from matching.engine.scores.breakdown import CriterionPoints, breakdowns
from matching.engine.scores.criteria import HORIZONS, Int
from matching.features import Encoded


def criterion_record(given: CriterionPoints) -> dict[str, Any]:
    """Return one criterion's points as `Proposal.breakdown` stores them; `row` and `column` are what each side said."""
    said = {
        "code": given.code,
        "points": given.points,
        "max": given.max,
        "known": given.known,
        "row": given.row_value,
        "column": given.column_value,
    }
    return said | {"parts": [criterion_record(part) for part in given.parts]} if given.parts else said


def explained(encoded: Encoded, i: int, j: int) -> list[dict[str, Any]]:
    """Return the points of pair (i, j) per criterion, with the critical needs among the shared themes marked."""
    return explained_all(encoded, np.array([[i, j]]))[0]


def explained_all(encoded: Encoded, chosen: Int) -> list[list[dict[str, Any]]]:
    """Return `explained` of each of the pairs `chosen` (k, 2)."""
    columns = encoded.columns
    theme_of = {code: k for k, code in enumerate(columns.themes)}
    found = breakdowns(encoded.rows, columns, encoded.pairs, encoded.weights, chosen)
    told = [[criterion_record(each) for each in criteria] for criteria in found]
    for j, criteria in zip(chosen[:, 1].tolist(), told, strict=True):
        for entry in next(given for given in criteria if given["code"] == "theme")["row"]:
            entry["urgent"] = bool(
                columns.urgent[j, theme_of[entry["theme"]], HORIZONS.index(entry["horizon"])]
            )
    return told


def places(encoded: Encoded, pairs: Sequence[Mapping[str, Any]]) -> Int:
    """Return the places (k, 2) of a plan's pairs in the input."""
    row_of = {code: i for i, code in enumerate(encoded.rows.codes)}
    column_of = {code: j for j, code in enumerate(encoded.columns.codes)}
    return np.array([(row_of[pair["row"]], column_of[pair["column"]]) for pair in pairs], np.int64).reshape(
        -1, 2
    )
