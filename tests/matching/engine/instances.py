"""Small and middling problems from a seed, with ties, gaps and every kind of limit."""

from __future__ import annotations

from typing import Any

import numpy as np

from matching.engine import Cap, Problem

KINDS = (
    "plain",
    "oblasts",
    "counties",
    "minimums",
    "war",
    "total",
    "locked",
    "threshold",
    "all",
    "share",
    "share and caps",
    "share and lock",
    "crossing",
    "overlapping",
    "share crossing",
)


def small(seed: int, kind: str = "plain", n: int = 3, m: int = 4, **extra: Any) -> Problem:
    """Return a problem of few pairs with coarse ties, one in five forbidden, capacities 0 to 3."""
    random = np.random.default_rng([seed, KINDS.index(kind)])
    points = random.integers(0, 8, (n, m)) * 500
    points[random.random((n, m)) < 0.2] = -1
    fields: dict[str, Any] = {
        "points": points,
        "row_capacity": random.integers(0, 3, n),
        "column_capacity": random.integers(0, 4, m),
        "row_codes": [f"{3000 + k}" for k in random.permutation(n)],
        "column_codes": [f"UA{k:02}" for k in random.permutation(m)],
        "caps": [],
    }
    oblast, county = random.integers(0, 2, m), random.integers(0, 2, n)
    fields["caps"] += _caps(kind, random, oblast, county)
    if kind in {"war", "all"}:
        fields |= {
            "in_war_zone": oblast == 0 if kind == "all" else np.arange(m) < m // 2,
            "war_zone_at_least": 1,
        }
    if kind.startswith("share"):
        permille = int(random.choice([200, 500, 750, 1000]))
        fields |= {"in_war_zone": oblast == 0, "war_zone_share_permille": permille}
    if kind in {"total", "all"}:
        fields["total_at_most"] = 3
    if kind in {"locked", "threshold"}:
        fields["threshold"] = 2000
    if kind in {"locked", "share and lock"}:
        fields["locked"] = _one_allowed(fields)
    return Problem(**(fields | extra))


def _caps(kind: str, random: np.random.Generator, oblast: Any, county: Any) -> list[Cap]:
    """Return the caps of a kind over m oblasts and n counties, each 0 or 1."""
    m = len(oblast)
    by_oblast = [Cap(f"oblast {k}", columns=oblast == k, at_most=int(random.integers(1, 3))) for k in (0, 1)]
    by_county = [Cap(f"county {k}", rows=np.flatnonzero(county == k), at_most=2) for k in (0, 1)]
    halves = [Cap(f"half {k}", columns=np.arange(m) % 2 == k, at_most=1 + k) for k in (0, 1)]
    crossing = [*halves, Cap("county and oblast", rows=[0, 1], columns=[0, 1, 2], at_most=2, at_least=1)]
    return {
        "oblasts": by_oblast,
        "counties": by_county,
        "all": [*by_oblast, *by_county],
        "minimums": [Cap("one row", rows=[0], at_least=1), Cap("one column", columns=[m - 1], at_least=1)],
        "share and caps": [
            Cap("outside", columns=oblast == 1, at_most=3, at_least=1),
            Cap("county", rows=[0, 1], at_most=3),
        ],
        "crossing": crossing,
        "share crossing": crossing,
        "overlapping": [Cap(f"theme {k}", columns=[k, (k + 1) % m], at_most=1) for k in range(m)],
    }.get(kind, [])


def _one_allowed(fields: dict[str, Any]) -> list[tuple[int, int]]:
    """Return one pair that may be locked, below the threshold if there is one."""
    allowed = (
        (fields["points"] >= 0) & (fields["row_capacity"] > 0)[:, None] & (fields["column_capacity"] > 0)
    )
    cells = np.argwhere(allowed)
    return [(int(i), int(j)) for i, j in cells[:1]]


def middling(seed: int, n: int = 60, m: int = 50, **extra: Any) -> Problem:
    """Return a problem of thousands of pairs: coarse ties, oblast caps and a war-zone bound that bind."""
    random = np.random.default_rng(seed)
    points = ((random.random((n, m)) + random.random((n, 1)) + random.random((1, m))) * 33).astype(
        np.int32
    ) * 100
    points[random.random((n, m)) < 0.05] = -1
    rows, columns = random.integers(0, 3, n), random.integers(1, 4, m)
    oblast = random.integers(0, 8, m)
    war = oblast < 3
    caps = [
        Cap(f"oblast {k}", columns=oblast == k, at_most=max(1, int(columns[oblast == k].sum() * 0.5)))
        for k in range(8)
    ]
    fields: dict[str, Any] = {
        "caps": caps,
        "in_war_zone": war,
        "war_zone_at_least": int(columns[war].sum() * 0.4),
    }
    return Problem(points, rows, columns, **(fields | extra))
