"""The guide for mayors says what the program does: weights, rules and the worked pair are computed again."""

from __future__ import annotations

import re
from pathlib import Path

from matching.engine import breakdown, coverage, rule, score
from matching.engine.scores.criteria import (
    COLUMN_RULES,
    DEFAULT_WEIGHTS,
    PAIR_RULES,
    ROW_RULES,
    VERSION,
    PairFacts,
)
from matching.engine.scores.example import EKSEMPEL, PRYKLAD

GUIDE = (Path(__file__).parents[3] / "docs" / "scoring.md").read_text(encoding="utf-8")
COMPUTED = {"category_refused", "no_common_theme", "no_common_horizon", "low_coverage", "below_threshold"}


def numbers(pattern: str) -> dict[str, tuple[int, ...]]:
    """Return the table rows that a pattern finds in the guide: code → numbers."""
    return {
        row[0]: tuple(int(number.replace(",", "")) for number in row[1:])
        for row in re.findall(pattern, GUIDE, flags=re.MULTILINE)
    }


def test_weights_in_the_guide_are_those_of_the_program() -> None:
    assert numbers(r"^\| (\w+) \| ([\d,]+) \| [A-Z]") == {
        code: (points,) for code, points in DEFAULT_WEIGHTS.as_dict().items()
    }
    assert f"Criteria version {VERSION}." in GUIDE


def test_worked_pair_in_the_guide_is_computed_again() -> None:
    parts = breakdown(EKSEMPEL, PRYKLAD, PairFacts(), DEFAULT_WEIGHTS, 0, 0)
    rows = numbers(r"^\| (\w+) \| [^|]+ \| ([\d,]+) \| ([\d,]+) \|$")
    assert rows == {part.code: (part.points, part.max) for part in parts}
    assert "**5,966**" in GUIDE
    assert score(EKSEMPEL, PRYKLAD, PairFacts()).tolist() == [[5966]]
    assert coverage(EKSEMPEL, PRYKLAD, PairFacts(), DEFAULT_WEIGHTS, 0, 0) == 990
    assert rule(EKSEMPEL, PRYKLAD, PairFacts(), DEFAULT_WEIGHTS, 0, 0) is None


def test_every_rule_is_in_the_guide() -> None:
    codes = set(re.findall(r"^\| `(\w+)` \|", GUIDE, flags=re.MULTILINE))
    assert codes == {*ROW_RULES, *COLUMN_RULES, *PAIR_RULES, *COMPUTED}
