"""A problem that cannot be met says how far it goes, counted against every plan there is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from matching.engine import Cap, Infeasible, Problem, solve
from tests.matching.engine.oracle import all_plans

KINDS = ("rows", "columns", "war_zone", "all", "nested", "several", "crossing")
SEEDS = range(80)
ONE = np.ones(1, np.int64)
INSIDE, OUTSIDE = np.array([True]), np.array([False])


def demanding(seed: int, kind: str) -> Problem:
    """Return a small problem whose minimums ask for much: often more than capacities or pairs allow.

    One problem in three has a locked pair, one in four a total of 0 to 2, and many have no pair to speak of.
    """
    random = np.random.default_rng([seed, KINDS.index(kind)])
    n, m = random.integers(1, 4, 2)
    points = np.where(
        random.random((n, m)) < random.choice([0.2, 0.5, 0.9]), -1, random.integers(0, 8, (n, m)) * 500
    )
    fields: dict[str, Any] = {
        "row_capacity": random.integers(0, 3, n),
        "column_capacity": random.integers(0, 3, m),
    }
    fields |= {"total_at_most": int(random.integers(0, 3))} if seed % 4 == 0 else {}
    fields |= {"caps": _minimums(kind, random, int(n), int(m))}
    if kind in {"war_zone", "several"}:
        fields |= {"in_war_zone": random.random(m) < 0.6, "war_zone_at_least": int(random.integers(1, 5))}
    cells = np.argwhere(
        (points >= 0) & (fields["row_capacity"] > 0)[:, None] & (fields["column_capacity"] > 0)
    )
    if seed % 3 == 0 and len(cells) and fields.get("total_at_most") != 0:
        fields["locked"] = [tuple(map(int, cells[0]))]
    return Problem(points, **fields)


def _minimums(kind: str, random: np.random.Generator, n: int, m: int) -> list[Cap]:
    """Return caps with minimums of a kind."""
    least = [int(count) for count in random.integers(1, 5, 4)]
    rows, columns = random.random(n) < 0.6, random.random(m) < 0.6
    return {
        "rows": [Cap("county", rows=rows, at_least=least[0], at_most=least[0] + 1)],
        "columns": [Cap("oblast", columns=columns, at_least=least[0])],
        "all": [Cap("everyone", at_least=least[0]), Cap("east", columns=columns, at_most=1)],
        "nested": [
            Cap("land", columns=columns, at_least=least[0]),
            Cap("town", columns=[m - 1], at_least=1, at_most=2),
        ],
        "several": [
            Cap("county", rows=rows, at_least=least[0]),
            Cap("oblast", columns=columns, at_least=1, at_most=1),
        ],
        "crossing": [
            Cap("county and oblast", rows=rows, columns=columns, at_least=least[0]),
            Cap("row and oblast", rows=[0], columns=columns, at_most=1),
            Cap("county", rows=rows, at_least=least[1]),
        ],
    }.get(kind, [])


def reaching(problem: Problem) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return how many pairs each limit has in every plan that forgets the minimums, and how much it meets."""
    without = replace(
        problem, caps=[replace(cap, at_least=0) for cap in problem.caps], war_zone_at_least=None
    )
    plans = all_plans(without)
    counts = np.array([[*problem.frame.counts(np.argwhere(plan))] for plan in plans]).reshape(len(plans), -1)
    least = np.array([limit.at_least for limit in problem.frame.limits])
    return counts, np.minimum(counts, least).sum(axis=1)


@pytest.mark.parametrize("kind", KINDS)
def test_infeasible_says_what_every_plan_counted_one_by_one_says(kind: str) -> None:
    refused = 0
    for seed in SEEDS:
        problem = demanding(seed, kind)
        limits = problem.frame.limits
        counts, met = reaching(problem)
        required = sum(limit.at_least for limit in limits)
        if met.max() == required:
            assert solve(problem).proved or kind == "crossing"
            continue
        with pytest.raises(Infeasible) as caught:
            solve(problem)
        refused += 1
        assert (caught.value.required, caught.value.reachable) == (required, met.max())
        best = counts[met == met.max()]
        named = set(caught.value.binding)
        short = {limit.code: best[:, k] < limit.at_least for k, limit in enumerate(limits)}
        full = {
            limit.code: best[:, k] == limit.at_most
            for k, limit in enumerate(limits)
            if limit.at_most is not None
        }
        always = {code for part in (short, full) for code, plans in part.items() if plans.all()}
        ever = {code for part in (short, full) for code, plans in part.items() if plans.any()}
        assert always <= named <= ever
        assert named & {code for code, plans in short.items() if plans.any()}
    assert refused >= len(SEEDS) // 4


@pytest.mark.parametrize("objective", ["total", "partnerships", "leximin"])
@pytest.mark.parametrize(
    ("fields", "binding"),
    [
        ({"in_war_zone": OUTSIDE, "war_zone_at_least": 2}, ("war_zone",)),
        ({"in_war_zone": INSIDE, "war_zone_at_least": 2, "points": [[-1]]}, ("war_zone",)),
        ({"in_war_zone": INSIDE, "war_zone_at_least": 2, "total_at_most": 0}, ("total", "war_zone")),
        ({"in_war_zone": INSIDE, "war_zone_at_least": 2, "threshold": 901}, ("war_zone",)),
        ({"caps": [Cap("county", rows=[0], at_least=2)], "points": [[-1]]}, ("county",)),
        ({"caps": [Cap("pair", rows=[0], columns=[0], at_least=2), Cap("all", at_most=0)]}, ("all", "pair")),
        ({"in_war_zone": OUTSIDE, "war_zone_at_least": 2, "war_zone_share_permille": 500}, ("war_zone",)),
    ],
)
def test_a_minimum_above_all_places_counts_only_what_the_pairs_give(
    fields: dict[str, Any], binding: tuple[str, ...], objective: str
) -> None:
    problem = Problem(**({"points": np.array([[900]]), "row_capacity": ONE, "column_capacity": ONE} | fields))
    with pytest.raises(Infeasible) as caught:
        solve(problem, objective)
    assert (caught.value.required, caught.value.reachable, caught.value.binding) == (2, 0, binding)


def test_a_minimum_above_all_places_that_pairs_can_half_meet_says_half() -> None:
    with pytest.raises(Infeasible, match="at most 1 of the 2 required; binding: war_zone"):
        solve(Problem(np.array([[900]]), ONE, ONE, in_war_zone=INSIDE, war_zone_at_least=2))


def test_locked_pairs_count_towards_what_is_reachable() -> None:
    problem = Problem(
        np.array([[900, 800]]),
        ONE,
        np.array([1, 1]),
        locked=[(0, 0)],
        caps=[Cap("b", columns=[1], at_least=1)],
    )
    with pytest.raises(Infeasible) as caught:
        solve(problem)
    assert (caught.value.required, caught.value.reachable, caught.value.binding) == (1, 0, ("b",))
