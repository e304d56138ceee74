"""Two plans side by side: what is the same, what changed, and who gains or loses by how many points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

Pair = tuple[str, str]
"""Official codes of a municipality and a hromada."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A municipality with other partners in one plan than in the other; either may be empty."""

    row: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gain:
    """What a party has in each plan: the sum of its pairs' points, 0 without a partner."""

    side: str
    code: str
    before: int
    after: int

    @property
    def points(self) -> int:
        """What it gains; negative when it loses."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """`same` pairs stand in both plans; `only_before` and `only_after` are municipalities
    with a partner in one of them.
    """

    same: tuple[Pair, ...]
    changed: tuple[Changed, ...]
    only_before: tuple[Changed, ...]
    only_after: tuple[Changed, ...]
    gains: tuple[Gain, ...]


def compare(before: Mapping[Pair, int], after: Mapping[Pair, int]) -> Comparison:
    """Compare two plans given as pair → points, both measured alike."""
    partners_before, partners_after = _partners(before), _partners(after)
    differ = [
        Changed(row, partners_before.get(row, ()), partners_after.get(row, ()))
        for row in sorted(partners_before.keys() | partners_after.keys())
        if partners_before.get(row) != partners_after.get(row)
    ]
    gains = [
        gain
        for side in (0, 1)
        for gain in _gains("no" if side == 0 else "ua", side, before, after)
        if gain.points
    ]
    return Comparison(
        same=tuple(sorted(before.keys() & after.keys())),
        changed=tuple(party for party in differ if party.before and party.after),
        only_before=tuple(party for party in differ if not party.after),
        only_after=tuple(party for party in differ if not party.before),
        gains=tuple(sorted(gains, key=lambda gain: (-gain.points, gain.side, gain.code))),
    )


def _partners(plan: Mapping[Pair, int]) -> dict[str, tuple[str, ...]]:
    partners: defaultdict[str, list[str]] = defaultdict(list)
    for row, column in sorted(plan):
        partners[row].append(column)
    return {row: tuple(columns) for row, columns in partners.items()}


def _gains(name: str, side: int, before: Mapping[Pair, int], after: Mapping[Pair, int]) -> list[Gain]:
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for k, plan in enumerate((before, after)):
        for pair, points in plan.items():
            sums[pair[side]][k] += points
    return [Gain(name, code, *counts) for code, counts in sorted(sums.items())]
