"""The guide for mayors says what the program does: weights, rules and the worked pair are computed again."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from matching.engine import breakdown, coverage, rule, score
from matching.engine.scores.criteria import (
    COLUMN_RULES,
    DEFAULT_WEIGHTS,
    PAIR_RULES,
    ROW_RULES,
    VERSION,
    CandidateFeatures,
    MunicipalityFeatures,
    PairFacts,
    shares,
)

GUIDE = (Path(__file__).parents[3] / "docs" / "scoring.md").read_text(encoding="utf-8")
THEMES = ("education", "youth", "water-wastewater", "winter-relief")
OBLASTS = ("UA01",)
COMPUTED = {"category_refused", "no_common_theme", "no_common_horizon", "low_coverage", "below_threshold"}


def eksempel() -> MunicipalityFeatures:
    """Return the guide's Norwegian municipality."""
    return replace(
        MunicipalityFeatures.unknown(["Eksempel"], THEMES, OBLASTS),
        offer_level=np.array([[4, 2, 3, 0]], np.int8),
        long_horizon=np.array([True]),
        wishes=np.array([[False, True, False, True]]),
        population=np.array([24_000]),
        traits=np.array([[1, 2, 1, 0, -1, 0]]),
        preference=np.array([0]),
        short_term_capacity=np.array([1]),
        languages=np.array([0b10001]),
        languages_known=np.array([True]),
        ties=np.array([[True]]),
        contacts_known=np.array([True]),
        months_waited=np.array([3]),
    )


def pryklad() -> CandidateFeatures:
    """Return the guide's Ukrainian municipality."""
    return replace(
        CandidateFeatures.unknown(["Pryklad"], THEMES, OBLASTS),
        needs=shares(np.array([[[0, 2], [0, 4], [0, 1], [1, 0]]])),
        teaches=np.array([[False, True, False, False]]),
        population=np.array([61_000]),
        traits=np.array([[0, 2, 1, 1, 1, 0]]),
        category=np.array([1]),
        active_partners=np.array([1]),
        acute_needs=np.array([2]),
        languages=np.array([0b00011]),
        languages_known=np.array([True]),
        months_waited=np.array([9]),
    )


def numbers(pattern: str) -> dict[str, tuple[int, ...]]:
    """Return the table rows that a pattern finds in the guide: code → numbers."""
    return {
        row[0]: tuple(int(each.replace(",", "")) for each in row[1:])
        for row in re.findall(pattern, GUIDE, flags=re.MULTILINE)
    }


def test_weights_in_the_guide_are_those_of_the_program() -> None:
    assert numbers(r"^\| (\w+) \| ([\d,]+) \| [A-Z]") == {
        code: (points,) for code, points in DEFAULT_WEIGHTS.as_dict().items()
    }
    assert f"Criteria version {VERSION}." in GUIDE


def test_worked_pair_in_the_guide_is_computed_again() -> None:
    parts = breakdown(eksempel(), pryklad(), PairFacts(), DEFAULT_WEIGHTS, 0, 0)
    told = numbers(r"^\| (\w+) \| [^|]+ \| ([\d,]+) \| ([\d,]+) \|$")
    assert told == {part.code: (part.points, part.max) for part in parts}
    assert "**5,966**" in GUIDE
    assert score(eksempel(), pryklad(), PairFacts()).tolist() == [[5966]]
    assert coverage(eksempel(), pryklad(), PairFacts(), DEFAULT_WEIGHTS, 0, 0) == 990
    assert rule(eksempel(), pryklad(), PairFacts(), DEFAULT_WEIGHTS, 0, 0) is None


def test_every_rule_is_in_the_guide() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", GUIDE, flags=re.MULTILINE))
    assert told == {*ROW_RULES, *COLUMN_RULES, *PAIR_RULES, *COMPUTED}
