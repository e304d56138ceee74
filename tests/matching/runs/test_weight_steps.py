"""A step in words becomes points by the published mapping, and the points always sum to 10,000."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.scores.criteria import CRITERIA, DEFAULT_WEIGHTS, LOWEST_THEME, TOTAL, Weights
from matching.runs import weight_steps

ANY = st.fixed_dictionaries({code: st.integers(1 if code == "theme" else 0, 5) for code in CRITERIA})


def test_first_scheme_is_steps_in_words() -> None:
    expected = {"theme": 5, "likeness": 3, "category": 2, "unpartnered": 2} | dict.fromkeys(CRITERIA[4:], 1)
    assert weight_steps.steps_of(DEFAULT_WEIGHTS.as_dict()) == expected


@settings(deadline=None)  # the machine may be busy; what counts is the answer
@given(ANY)
def test_weights_of_any_steps_are_weights_the_engine_takes_and_read_back_as_steps(
    chosen: dict[str, int],
) -> None:
    weights = weight_steps.weights_of(chosen)
    assert Weights.of(weights).as_dict() == weights
    assert sum(weights.values()) == TOTAL
    read = weight_steps.steps_of(weights)
    assert read is not None
    assert weight_steps.weights_of(read) == weights


@settings(deadline=None)  # the machine may be busy; what counts is the answer
@given(ANY)
def test_a_higher_step_never_has_fewer_points_than_a_lower_one(chosen: dict[str, int]) -> None:
    weights = weight_steps.weights_of(chosen)
    others = [code for code in CRITERIA if code != "theme"]
    for one in others:
        for other in others:
            assert chosen[one] <= chosen[other] or weights[one] >= weights[other]


def test_themes_keep_their_least_points_and_the_rest_is_shared_by_the_others() -> None:
    weights = weight_steps.weights_of(dict.fromkeys(CRITERIA, 5) | {"theme": 1})
    assert (weights["theme"], sorted(weights.values())[1:]) == (LOWEST_THEME, [1_100] * 6 + [1_200] * 2)


@pytest.mark.parametrize("wrong", [{"theme": 1}, dict.fromkeys(CRITERIA, 0), dict.fromkeys(CRITERIA, 6)])
def test_steps_that_are_no_steps_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(weight_steps.WrongSteps):
        weight_steps.weights_of(wrong)


def test_a_version_set_in_points_starts_at_the_nearest_steps() -> None:
    weights = DEFAULT_WEIGHTS.as_dict() | {"theme": 4_500, "likeness": 1_000}
    near = weight_steps.weights_of(weight_steps.nearest_steps(weights))
    assert sum(abs(points - weights[code]) for code, points in near.items()) <= 1_000


def test_the_guide_names_the_parts_of_each_step() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "scoring.md").read_text(encoding="utf-8")
    parts = re.search(r"count (\d), (\d), (\d), (\d), (\d) or (\d) parts", guide)
    assert parts is not None
    assert tuple(map(int, parts.groups())) == weight_steps.PARTS
