"""Generated problems of any size: coarse ties, one answer in four missing, capacities 1–3, caps and bound that bind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matching.engine import Cap, Problem
from matching.engine.scores.criteria import CandidateFeatures, MunicipalityFeatures, PairFacts, shares
from matching.engine.scores.criterion_points import Scorer, scorer
from tests.matching.engine.features import candidates, municipalities

MISSING = 0.25
OBLASTS = 27
WAR_OBLASTS = 12
URGENT = 0.2


@dataclass(frozen=True)
class Instance:
    """Hold features and limits of one size; points come from `score`, in blocks."""

    rows: MunicipalityFeatures
    columns: CandidateFeatures
    pairs: PairFacts
    limits: dict[str, Any]

    @property
    def n(self) -> int:
        return len(self.rows.codes)

    @property
    def m(self) -> int:
        return len(self.columns.codes)

    def scorer(self) -> Scorer:
        """Set up the scorer: part of every timed run."""
        return scorer(self.rows, self.columns, self.pairs)

    def problem(self) -> Problem:
        """Return the problem with all points, for small sizes and peers."""
        points = np.concatenate([self.scorer()(k, min(k + 2000, self.n)) for k in range(0, self.n, 2000)])
        return Problem(points, **self.limits)


def instance(n: int, m: int, seed: int = 1) -> Instance:
    """Return a problem of n × m whose needs and levels are coarse, so that many pairs have equal points."""
    random = np.random.default_rng([seed, n, m])
    rows, columns = municipalities(seed, n, MISSING), candidates(seed, m, MISSING)
    rows = replace(
        rows,
        offer_level=random.choice(np.array([0, 2, 4], np.int8), (n, 26), p=[0.6, 0.25, 0.15]),
        refusal=np.where(random.random(n) < 0.03, 1, 0).astype(np.int8),
        months_waited=np.where(rows.months_waited > 8, 12, 0).astype(np.int32),
        rules=("",) * n,
    )
    columns = replace(
        columns,
        needs=_equal_needs(random, m),
        active_partners=np.where((columns.active_partners > 1) | (columns.oblast < WAR_OBLASTS), 3, 0).astype(
            np.int32
        ),
        months_waited=np.where(columns.months_waited > 8, 12, 0).astype(np.int32),
        rules=("",) * m,
    )
    return Instance(rows, columns, PairFacts(), _limits(rows, columns))


def _equal_needs(random: np.random.Generator, m: int) -> Any:
    """Return ten needs of equal urgency per column: shares of 100."""
    urgencies = np.zeros((m, 52), np.int64)
    places = random.permuted(np.tile(np.arange(52), (m, 1)), axis=1)[:, :10]
    np.put_along_axis(urgencies, places, 2, axis=1)
    return np.stack([shares(need).reshape(26, 2) for need in urgencies])


def _limits(rows: MunicipalityFeatures, columns: CandidateFeatures) -> dict[str, Any]:
    """Return capacities and limits that bind: fewer pairs than places, oblast caps, and a war-zone bound above what comes.

    Pairs in the war zone have fewer points here, so the bound costs something; its worth is printed with each row.
    """
    seats = np.bincount(columns.oblast, columns.capacity, OBLASTS).astype(np.int64)
    demand = min(int(rows.capacity.sum()), int(columns.capacity.sum()))
    war = columns.oblast < WAR_OBLASTS
    outside = int(seats[WAR_OBLASTS:].sum())
    most = np.where(
        np.arange(OBLASTS) < WAR_OBLASTS, seats * 9 // 10, seats * demand * 44 // (100 * max(1, outside))
    )
    caps = [
        Cap(code, columns=columns.oblast == k, at_most=int(most[k])) for k, code in enumerate(columns.oblasts)
    ]
    return {
        "row_capacity": rows.capacity.astype(np.int64),
        "column_capacity": columns.capacity.astype(np.int64),
        "caps": caps,
        "in_war_zone": war,
        "war_zone_at_least": min(demand * 38 // 100, int(most[:WAR_OBLASTS].sum()) * 19 // 20),
        "total_at_most": demand * 8 // 10,
        "row_codes": rows.codes,
        "column_codes": columns.codes,
    }
