"""What a run says about itself beside its pairs: urgent needs met, answers that are missing,
locks that do not count.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from matching.choices import Side
from matching.engine.scores.criteria import TRAITS, Int
from matching.engine.scores.criterion_breakdown import rule
from matching.engine.scores.criterion_points import known_parts, levels_by_horizon, waits_for_answers
from matching.features import Encoded
from matching.runs.problems import countable_locks

PARTS: Final = (
    "population", *TRAITS, "language", "category", "unpartnered", "short_term", "contact", "reciprocity",
)  # fmt: skip
"""The parts of a score whose answers may be missing, in the order of `known_parts`."""
PARTY_OUT: Final = "party_out"


def summary(encoded: Encoded, points: Int, plan: dict[str, Any]) -> dict[str, Any]:
    """Return {"urgent": {"all", "met"}, "missing": [...], "locks_out": [[row, column, rule]], "ids"}, all in
    codes.

    `ids` say which response and candidate each code stood for, so that prices that come later find their
    parties.
    """
    return {
        "urgent": urgent_needs(encoded, plan),
        "missing": missing_answers(encoded),
        "locks_out": locks_out(encoded, points),
        "ids": {
            "rows": {
                code: ids.response for code, ids in zip(encoded.rows.codes, encoded.row_ids, strict=True)
            },
            "columns": {
                code: ids.candidate
                for code, ids in zip(encoded.columns.codes, encoded.column_ids, strict=True)
            },
        },
    }


def urgent_needs(encoded: Encoded, plan: dict[str, Any]) -> dict[str, int]:
    """Count the critical needs of all candidates in the run,
    and those that a chosen partner offers something for.
    """
    rows, columns = encoded.rows, encoded.columns
    row_of = {code: i for i, code in enumerate(rows.codes)}
    column_of = {code: j for j, code in enumerate(columns.codes)}
    offered = levels_by_horizon(rows) > 0
    met = np.zeros_like(columns.urgent)
    for pair in plan["pairs"]:
        i, j = row_of[pair["row"]], column_of[pair["column"]]
        met[j] |= columns.urgent[j] & offered[i]
    return {"all": int(columns.urgent.sum()), "met": int(met.sum())}


def missing_answers(encoded: Encoded) -> list[dict[str, Any]]:
    """Return who should be asked for what: parties whose missing answers alone keep pairs out,
    most pairs first.

    A pair waits for answers when it has a common theme on a common horizon, no rule against it, and too
    little of its score is known.
    """
    rows, columns = encoded.rows, encoded.columns
    if not rows.codes or not columns.codes:
        return []
    known_rows, known_columns = known_parts(rows), known_parts(columns)
    waiting = waits_for_answers(rows, columns, encoded.pairs, encoded.weights)
    parties = []
    for side, codes, known_of_side, counts in (
        (Side.NORWEGIAN, rows.codes, known_rows, waiting.sum(axis=1)),
        (Side.UKRAINIAN, columns.codes, known_columns, waiting.sum(axis=0)),
    ):
        for code, known_of_party, count in zip(codes, known_of_side, counts.tolist(), strict=True):
            missing = [part for part, is_known in zip(PARTS, known_of_party, strict=True) if not is_known]
            if count and missing:
                parties.append({"side": side.value, "code": code, "parts": missing, "pairs": count})
    return sorted(parties, key=lambda party: (-party["pairs"], party["side"], party["code"]))


def locks_out(encoded: Encoded, points: Int) -> list[list[str]]:
    """Return [row, column, rule] of the locked pairs that do not count, and why."""
    counted = set(countable_locks(encoded, points))
    row_of = {code: i for i, code in enumerate(encoded.rows.codes)}
    column_of = {code: j for j, code in enumerate(encoded.columns.codes)}
    barred = [
        [
            *pair,
            rule(
                encoded.rows,
                encoded.columns,
                encoded.pairs,
                encoded.weights,
                row_of[pair[0]],
                column_of[pair[1]],
            )
            or "",
        ]
        for pair in encoded.locked
        if pair not in counted
    ]
    return sorted([*barred, *([*pair, PARTY_OUT] for pair in encoded.locks_out)])
