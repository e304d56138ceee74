"""A run's input becomes the engine's problem: one canonical JSON file,
the same bytes for the same data and scheme.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import numpy as np

from matching.choices import Objective
from matching.engine.records import canonical, packed
from matching.engine.scores.criteria import CandidateFeatures, Int, MunicipalityFeatures
from matching.features import Encoded
from matching.models import Scheme
from municipalities.choices import Category

COUNTY_CAP, OBLAST_CAP = "county", "oblast"
CATEGORY_CODES: Final = {1: Category.WAR_ZONE.value, 2: Category.OUTSIDE.value}


def problem_file(encoded: Encoded, points: Int, scheme: Scheme, objective: str) -> bytes:
    """Return what `python -m matching.engine solve` reads.

    `points` (n, m) is in the order of `encoded`, whose codes are sorted, as the engine's are.
    """
    rows, columns = encoded.rows, encoded.columns
    record: dict[str, Any] = {
        "row_codes": list(rows.codes),
        "column_codes": list(columns.codes),
        "row_capacity": rows.capacity.tolist(),
        "column_capacity": columns.capacity.tolist(),
        "points": packed(points.astype(np.int16)),
        "caps": [*_county_caps(rows, scheme), *_oblast_caps(columns, scheme)],
        "in_war_zone": (columns.category == 1).tolist(),
        "threshold": scheme.threshold,
        "seed": scheme.seed,
        "objective": objective,
        "leximin_band": scheme.leximin_band,
    }
    # A lock waits while a rule keeps its pair out (they are partners by now, or one has refused); the run
    # says so.
    if locked := [list(pair) for pair in countable_locks(encoded, points)]:
        record["locked"] = locked
    for name in ("war_zone_at_least", "war_zone_share_permille", "total_at_most"):
        if getattr(scheme, name) is not None:
            record[name] = getattr(scheme, name)
    if objective == Objective.URGENT_FIRST:
        record["urgent"] = packed(meets_urgent(rows, columns))
    return canonical(record).encode()


def countable_locks(encoded: Encoded, points: Int) -> list[tuple[str, str]]:
    """Return the locked pairs that no rule keeps out."""
    row_of = {code: i for i, code in enumerate(encoded.rows.codes)}
    column_of = {code: j for j, code in enumerate(encoded.columns.codes)}
    return [pair for pair in encoded.locked if points[row_of[pair[0]], column_of[pair[1]]] >= 0]


def meets_urgent(rows: MunicipalityFeatures, columns: CandidateFeatures) -> Int:
    """Return (n, m) of bool: the municipality offers something, on its horizon,
    that is a critical need there.
    """
    offers = rows.offer_level > 0
    by_horizon = np.stack([offers & rows.short_horizon[:, None], offers & rows.long_horizon[:, None]], axis=2)
    n, m = len(rows.codes), len(columns.codes)
    shared = by_horizon.reshape(n, -1).astype(np.int32) @ columns.urgent.reshape(m, -1).astype(np.int32).T
    meets: Int = shared > 0
    return meets


def _county_caps(rows: MunicipalityFeatures, scheme: Scheme) -> list[dict[str, Any]]:
    if scheme.county_at_most is None:
        return []
    return [
        {
            "code": f"{COUNTY_CAP}:{county}",
            "rows": [
                code
                for code, county_of_row in zip(rows.codes, rows.counties, strict=True)
                if county_of_row == county
            ],
            "columns": None,
            "at_most": scheme.county_at_most,
        }
        for county in sorted(set(rows.counties))
    ]


def _oblast_caps(columns: CandidateFeatures, scheme: Scheme) -> list[dict[str, Any]]:
    """Return one cap per oblast and category,
    so that the caps nest with the war-zone bound and stay in the network.
    """
    if scheme.oblast_at_most is None:
        return []
    groups: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for code, *group in zip(columns.codes, columns.oblast.tolist(), columns.category.tolist(), strict=True):
        groups[group[0], group[1]].append(code)
    return [
        {
            "code": f"{OBLAST_CAP}:{columns.oblasts[oblast]}:{CATEGORY_CODES[category]}",
            "rows": None,
            "columns": codes,
            "at_most": scheme.oblast_at_most,
        }
        for (oblast, category), codes in sorted(groups.items())
    ]
