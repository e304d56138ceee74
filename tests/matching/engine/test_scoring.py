"""A score is the sum of its explained points, for every pair, in whole numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from matching.engine.scores.criteria import (
    CRITERIA,
    DEFAULT_WEIGHTS,
    CandidateFeatures,
    FeatureError,
    MunicipalityFeatures,
    PairFacts,
    Weights,
    shares,
)
from matching.engine.scores.criterion_breakdown import breakdown, coverage, rule
from matching.engine.scores.criterion_points import score, scorer, waits_for_answers
from matching.engine.scores.lookup_tables import SIZE_EDGES, size_class
from tests.matching.engine.features import OBLASTS, THEMES, candidates, municipalities, pair_facts

OTHER_WEIGHTS = Weights(theme=3400, likeness=1700, category=900, unpartnered=1100, waiting=700, language=700)


@pytest.mark.parametrize("weights", [DEFAULT_WEIGHTS, OTHER_WEIGHTS])
def test_points_add_up_for_every_pair(weights: Weights) -> None:
    rows, cols, pairs = municipalities(1, 40), candidates(1, 30), pair_facts(1, 40, 30)
    points = score(rows, cols, pairs, weights)
    for i, j in np.ndindex(points.shape):
        parts = breakdown(rows, cols, pairs, weights, i, j)
        code = rule(rows, cols, pairs, weights, i, j)
        assert points[i, j] == (-1 if code else sum(part.points for part in parts))
        assert [part.max for part in parts] == list(weights.as_dict().values())
        assert all(0 <= part.points <= part.max for part in parts)
        assert sum(part.known_max for part in parts) // 10 == coverage(rows, cols, pairs, weights, i, j)


def test_every_rule_occurs_and_forbids() -> None:
    rows, cols, pairs = (
        municipalities(2, 80, missing=0.5),
        candidates(2, 80, missing=0.5),
        pair_facts(2, 80, 80),
    )
    points = score(rows, cols, pairs)
    rules: dict[str | None, list[int]] = {}
    for i, j in np.ndindex(points.shape):
        rules.setdefault(rule(rows, cols, pairs, DEFAULT_WEIGHTS, i, j), []).append(int(points[i, j]))
    assert set(rules) >= {
        None,
        "no_common_theme",
        "no_common_horizon",
        "category_refused",
        "low_coverage",
        "declined_before",
    }
    assert min(rules.pop(None)) >= 0
    assert all(set(values) == {-1} for values in rules.values())


def test_a_pair_is_proposed_from_six_tenths_of_its_points_known() -> None:
    rows = replace(
        MunicipalityFeatures.unknown(["0301"], THEMES, OBLASTS),
        offer_level=np.full((1, 26), 4, np.int8),
        short_horizon=np.array([True]),
        long_horizon=np.array([True]),
        population=np.array([10_000]),
        traits=np.ones((1, 6), np.int8),
    )
    cols = replace(candidates(1, 1, missing=0), active_partners=np.array([-1], np.int32))
    pairs = PairFacts()
    silent = replace(rows, traits=np.array([[-1, 1, 1, 1, 1, 1]], np.int8))
    for side, covered, code in ((rows, 600, None), (silent, 590, "low_coverage")):
        assert coverage(side, cols, pairs, DEFAULT_WEIGHTS, 0, 0) == covered
        assert rule(side, cols, pairs, DEFAULT_WEIGHTS, 0, 0) == code
        assert (score(side, cols, pairs)[0, 0] < 0) == (code is not None)
        assert waits_for_answers(side, cols, pairs, DEFAULT_WEIGHTS)[0, 0] == (code is not None)


def test_blocks_equal_the_whole_whatever_their_size() -> None:
    rows, cols, pairs = municipalities(3, 90), candidates(3, 50), pair_facts(3, 90, 50)
    block = scorer(rows, cols, pairs)
    whole = block(0, 90)
    assert whole.dtype == np.int32
    assert all(np.array_equal(block(k, k + 7), whole[k : k + 7]) for k in range(83))


def test_threshold_is_the_last_rule() -> None:
    rows, cols, pairs = municipalities(4, 20), candidates(4, 20), PairFacts()
    i, j = np.unravel_index(int(score(rows, cols, pairs).argmax()), (20, 20))
    assert rule(rows, cols, pairs, DEFAULT_WEIGHTS, int(i), int(j), threshold=10_000) == "below_threshold"


def test_a_better_offer_never_lowers_a_score() -> None:
    rows, cols, pairs = municipalities(5, 60), candidates(5, 40), pair_facts(5, 60, 40)
    better = np.where(rows.offer_level == 0, 2, np.minimum(rows.offer_level + 1, 4)).astype(np.int8)
    more = replace(
        rows, offer_level=better, short_horizon=np.ones(60, np.bool_), long_horizon=np.ones(60, np.bool_)
    )
    assert (score(more, cols, pairs) >= score(rows, cols, pairs)).all()


def test_a_better_answer_than_unknown_never_lowers_a_score() -> None:
    rows, cols, pairs = municipalities(6, 60, missing=0.4), candidates(6, 40, missing=0), PairFacts()
    filled = replace(
        rows, short_term_capacity=np.where(rows.short_term_capacity < 0, 3, rows.short_term_capacity)
    )
    before, after = score(rows, cols, pairs), score(filled, cols, pairs)
    acute = cols.acute_needs > 0
    assert (after[:, acute] >= before[:, acute]).all()


def test_a_criterion_without_weight_changes_no_order() -> None:
    rows, cols = municipalities(7, 40), candidates(7, 30)
    weights = Weights(theme=4500, contact=0)
    contacts = PairFacts(contacts=np.argwhere(np.ones((40, 30), np.bool_)))
    assert np.array_equal(score(rows, cols, contacts, weights), score(rows, cols, PairFacts(), weights))


@pytest.mark.parametrize("seed", range(20))
def test_shares_sum_to_the_whole_and_follow_urgency(seed: int) -> None:
    urgencies = np.random.default_rng(seed).integers(0, 5, (26, 2))
    parts = shares(urgencies)
    assert parts.sum() == 1000
    assert ((parts > 0) == (urgencies > 0)).all()
    assert parts[urgencies == 1].min(initial=1000) >= parts[urgencies > 1].max(initial=0)


def test_size_classes_step_exactly_at_powers_of_ten() -> None:
    assert size_class([-1, 0, 1, 9, 10, 99, 100, 999_999, 1_000_000]).tolist() == [
        -1,
        0,
        0,
        11,
        12,
        23,
        24,
        71,
        72,
    ]
    assert all((int(p) - 1) ** 12 < 10**k <= int(p) ** 12 for k, p in enumerate(SIZE_EDGES, 1))


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({"theme": 4100}, "must sum to 10000"),
        ({"theme": 900, "likeness": 4600}, "theme must be at least 1000"),
        ({"theme": 4050, "likeness": 1450}, "multiple of 100"),
        ({"beauty": 0}, "criteria differ"),
    ],
)
def test_wrong_weights_are_refused(points: dict[str, int], message: str) -> None:
    with pytest.raises(FeatureError, match=message):
        Weights.of(DEFAULT_WEIGHTS.as_dict() | points)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("offer_level", np.zeros((2, 3), np.int8), r"offer_level: expected shape \(2, 26\), found \(2, 3\)"),
        ("offer_level", np.ones((2, 26), np.int8), "offer_level: only"),
        ("population", np.array([1.5, 2]), "population: expected whole numbers"),
        ("preference", np.array([3, 0]), "preference: outside -1 to 2"),
        ("rules", ("", "ugly"), "rules: 'ugly'"),
        ("codes", ("3", "3"), "codes: a code stands twice"),
        ("interpreter", np.zeros(2, np.int8), "interpreter: expected true or false"),
    ],
)
def test_wrong_rows_are_refused_by_field(field: str, value: Any, message: str) -> None:
    rows = MunicipalityFeatures.unknown(["1", "2"], THEMES, OBLASTS)
    with pytest.raises(FeatureError, match=message):
        replace(rows, **{field: value})


def test_needs_must_be_whole_shares() -> None:
    cols = CandidateFeatures.unknown(["1"], THEMES, OBLASTS)
    needs = cols.needs.copy()
    needs[0, 0, 0] = 999
    with pytest.raises(FeatureError, match="needs: the shares"):
        replace(cols, needs=needs)


def test_sides_that_speak_of_other_themes_are_refused() -> None:
    rows, cols = municipalities(8, 3), candidates(8, 3)
    with pytest.raises(FeatureError, match="themes: the two sides differ"):
        score(replace(rows, themes=tuple(reversed(THEMES))), cols, PairFacts())


def test_every_criterion_is_explained() -> None:
    rows, cols = municipalities(9, 3), candidates(9, 3)
    assert tuple(part.code for part in breakdown(rows, cols, PairFacts(), DEFAULT_WEIGHTS, 0, 0)) == CRITERIA
