"""Why a pair got its points, as a proposal stores it: per criterion what it gave and what each side said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from matching.engine.scores.criteria import HORIZONS, Int
from matching.engine.scores.criterion_breakdown import CriterionPoints, breakdowns
from matching.features import Encoded


def criterion_record(criterion: CriterionPoints) -> dict[str, Any]:
    """Return one criterion's points as `Proposal.breakdown` stores them;
    `row` and `column` are what each side said.
    """
    record = {
        "code": criterion.code,
        "points": criterion.points,
        "max": criterion.max,
        "known": criterion.known,
        "row": criterion.row_value,
        "column": criterion.column_value,
    }
    return (
        record | {"parts": [criterion_record(part) for part in criterion.parts]}
        if criterion.parts
        else record
    )


def explained(encoded: Encoded, i: int, j: int) -> list[dict[str, Any]]:
    """Return the points of pair (i, j) per criterion,
    with the critical needs among the shared themes marked.
    """
    return explained_all(encoded, np.array([[i, j]]))[0]


def explained_all(encoded: Encoded, chosen: Int) -> list[list[dict[str, Any]]]:
    """Return `explained` of each of the pairs `chosen` (k, 2)."""
    columns = encoded.columns
    theme_of = {code: k for k, code in enumerate(columns.themes)}
    explained_pairs = breakdowns(encoded.rows, columns, encoded.pairs, encoded.weights, chosen)
    records = [[criterion_record(criterion) for criterion in criteria] for criteria in explained_pairs]
    for j, criteria in zip(chosen[:, 1].tolist(), records, strict=True):
        for entry in next(record for record in criteria if record["code"] == "theme")["row"]:
            entry["urgent"] = bool(
                columns.urgent[j, theme_of[entry["theme"]], HORIZONS.index(entry["horizon"])]
            )
    return records


def positions(encoded: Encoded, pairs: Sequence[Mapping[str, Any]]) -> Int:
    """Return where a plan's pairs stand in the input, (k, 2): row and column."""
    row_of = {code: i for i, code in enumerate(encoded.rows.codes)}
    column_of = {code: j for j, code in enumerate(encoded.columns.codes)}
    return np.array([(row_of[pair["row"]], column_of[pair["column"]]) for pair in pairs], np.int64).reshape(
        -1, 2
    )
