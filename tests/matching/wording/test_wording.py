"""Every code the engine can hand over has words, and a reason says what the two sides said."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from matching import wording
from matching.engine.scores.criteria import COLUMN_RULES, CRITERIA, PAIR_RULES, ROW_RULES, TRAITS
from matching.models import MatchRun
from tests.matching.builders import computed_run, matchable, proposal, two_pairs
from tests.municipalities.pool import POLTAVA

RULES = {
    *ROW_RULES, *COLUMN_RULES, *PAIR_RULES, "category_refused", "no_common_theme", "no_common_horizon", "low_coverage",
    "below_threshold",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def given(code: str, **values: Any) -> dict[str, Any]:
    return {
        "code": code,
        "points": 500,
        "max": 500,
        "known": True,
        "known_max": 500,
        "row": None,
        "column": None,
        "parts": [],
        **values,
    }


@pytest.mark.parametrize("code", [*CRITERIA, "population", *TRAITS])
def test_every_criterion_has_a_name(code: str) -> None:
    assert wording.criterion_label(code) not in {"", code}


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_is_a_sentence(code: str) -> None:
    assert wording.rule_text(code).endswith(".")
    assert wording.rule_text(code, "no").endswith(".")


@pytest.mark.django_db
def test_reasons_name_themes_level_and_urgency() -> None:
    matchable("1804", POLTAVA, preference="outside")
    run = computed_run()
    first = wording.reasons(run.proposals.get().breakdown)[0]
    assert first == "Offers education (has experts), which is a need there"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            given(
                "theme",
                max=4000,
                row=[{"theme": "fire", "horizon": "short", "level": 4, "share": 800, "urgent": True}],
            ),
            "Offers fire (can host or lead), which is an urgent need there",
        ),
        (
            given("category", row="war_zone", column="war_zone"),
            "The municipality wishes a partner in the war zone",
        ),
        (given("category", points=400, row="none", column="outside"), ""),
        (given("unpartnered", column=0), "Has no foreign partner yet"),
        (given("unpartnered", points=250, known=False), ""),
        (given("short_term", row=2, column=1), "Can help in the short term, where there are acute needs"),
        (
            given(
                "language",
                row={"languages": ["en", "pl"], "interpreter": False},
                column={"languages": ["en", "uk"], "interpreter": True},
            ),
            "Both work in English",
        ),
        (
            given("contact", row={"contact": False, "ties": True}),
            "People from the oblast live in the municipality",
        ),
        (
            given("reciprocity", row=["fire"], column=["fire"]),
            "Can teach fire, which the municipality wants to learn",
        ),
        (given("waiting", row=9, column=2), "Has waited 9 months"),
        (given("waiting", points=40, row=1, column=1), ""),
    ],
)
def test_a_criterion_becomes_a_sentence_or_no_reason(said: dict[str, Any], sentence: str) -> None:
    assert wording.reasons([said]) == ([sentence] if sentence else [])


def test_weakest_point_is_the_most_missed_and_says_when_an_answer_is_missing() -> None:
    known = given("language", points=0)
    assert wording.weakest_point([given("contact"), known]) == "Working language: 0 of 500"
    missing = given("unpartnered", points=500, max=1000, known=False)
    assert (
        wording.weakest_point([given("contact"), missing])
        == "Few foreign partners: 500 of 1\u202f000, because an answer is missing"
    )
    assert wording.weakest_point([given("contact")]) == ""


@pytest.mark.django_db
def test_verdict_names_both_places_the_themes_and_the_points() -> None:
    found = proposal()
    points = f"{found.points:,}".replace(",", "\u202f")
    assert (
        wording.verdict_sentence(found)
        == f"Bodø offers education, which Poltava needs; together they get {points} of 10\u202f000 points."
    )


@pytest.mark.django_db
def test_proof_is_one_sentence_with_the_total() -> None:
    two_pairs()
    run = computed_run()
    assert wording.proof_sentence(run).startswith(
        "Proved: no permitted plan is better than this one, with 2 pairs"
    )
    run.bound = (run.bound or 0) + 1
    assert wording.proof_sentence(run) == "This result is not proved and cannot be sent to review."


def test_failure_of_a_scheme_says_what_is_demanded_and_what_can_be_reached() -> None:
    run = MatchRun(error='{"code": "infeasible", "required": 9, "reachable": 4, "binding": ["war_zone"]}')
    assert wording.failure_text(run) == (
        "The scheme demands at least 9, and no plan reaches more than 4. What stands in the way: the least number in the war zone."
    )
    assert (
        wording.failure_text(MatchRun(error='{"code": "crashed", "exit": -9}'))
        == "The engine stopped without an answer."
    )
    assert wording.failure_text(MatchRun()) == ""


def test_words_are_joined_as_people_do() -> None:
    assert [wording.joined(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
