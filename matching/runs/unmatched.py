"""Whoever got no partner in a run learns why: the rule that kept most partners away,
or what the places were used for.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import numpy as np

from matching.engine.scores.criteria import Bool, Int
from matching.engine.scores.criterion_breakdown import rule
from matching.features import Encoded
from matching.models import Scheme
from matching.runs.problems import CATEGORY_CODES, COUNTY_CAP, OBLAST_CAP

PLACES_TAKEN: Final = "places_taken"
COUNTY_LIMIT, OBLAST_LIMIT, TOTAL_LIMIT = "county_limit", "oblast_limit", "total_limit"
NOBODY: Final = "nobody_there"

Reason = tuple[str, str]
"""Official code, and a rule of docs/scoring.md or one of the codes above."""


def explain(encoded: Encoded, points: Int, scheme: Scheme, plan: dict[str, Any]) -> dict[str, list[Reason]]:
    """Return {"municipalities", "candidates"}: (code, reason) of whoever is in the run without a partner, by
    code.
    """
    rows, columns = encoded.rows, encoded.columns
    paired_rows = {pair["row"] for pair in plan["pairs"]}
    paired_columns = {pair["column"] for pair in plan["pairs"]}
    reached = {limit["code"] for limit in plan["binding"]}
    allowed: Bool = points >= max(scheme.threshold, 0)

    def kept_out(i: int, j: int) -> str:
        return rule(rows, columns, encoded.pairs, encoded.weights, i, j, scheme.threshold) or PLACES_TAKEN

    municipalities = [
        (
            code,
            _taken(reached, _county_cap(encoded, i))
            if allowed[i].any()
            else _most(kept_out(i, j) for j in _some(len(columns.codes))),
        )
        for i, code in enumerate(rows.codes)
        if code not in paired_rows
    ]
    candidates = [
        (
            code,
            _taken(reached, _oblast_cap(encoded, j))
            if allowed[:, j].any()
            else _most(kept_out(i, j) for i in _some(len(rows.codes))),
        )
        for j, code in enumerate(columns.codes)
        if code not in paired_columns
    ]
    return {"municipalities": municipalities, "candidates": candidates}


def _some(count: int, most: int = 60) -> list[int]:
    """Return evenly spread places: who is kept away from everybody is kept away from these by the same
    rules.
    """
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int)).tolist() if count else []


def _most(rules: Any) -> str:
    """Return the commonest rule, the first in the alphabet of equals;
    nobody at all on the other side is a reason too.
    """
    counted = Counter(rules)
    return min(counted, key=lambda code: (-counted[code], code)) if counted else NOBODY


def _taken(reached: set[str], own_limit: tuple[str, str]) -> str:
    cap, reason = own_limit
    if cap in reached:
        return reason
    return TOTAL_LIMIT if "total" in reached else PLACES_TAKEN


def _county_cap(encoded: Encoded, i: int) -> tuple[str, str]:
    return f"{COUNTY_CAP}:{encoded.rows.counties[i]}", COUNTY_LIMIT


def _oblast_cap(encoded: Encoded, j: int) -> tuple[str, str]:
    columns = encoded.columns
    category = CATEGORY_CODES[int(columns.category[j])]
    return f"{OBLAST_CAP}:{columns.oblasts[int(columns.oblast[j])]}:{category}", OBLAST_LIMIT
