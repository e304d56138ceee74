"""The questionnaire as data: what must be answered, which pages depend on which answers, and that every page can be reached."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.functional import Promise

from municipalities.questionnaire.answers import Codebook, read_draft
from municipalities.questionnaire.structure import (
    MANY,
    STRUCTURE,
    Kind,
    all_pages,
    find_page,
    follow_ups,
    for_theme,
    pages_of,
)
from tests.municipalities.answers import ANSWERS, MONA
from tests.places import theme

pytestmark = pytest.mark.usefixtures("english")
QUESTIONS = [question for section in STRUCTURE for page in section.pages for question in page.questions]


def keys(draft: dict[str, Any]) -> list[str]:
    """Return the keys of the pages the draft calls for."""
    return [page.key for _section, page in all_pages(draft)]


def test_every_question_has_a_key_of_its_own() -> None:
    found = [question.key for question in QUESTIONS]

    assert sorted(found) == sorted(set(found))


def test_every_text_can_be_translated() -> None:
    texts = [section.title for section in STRUCTURE] + [
        page.title for section in STRUCTURE for page in section.pages
    ]
    texts += [
        text for question in QUESTIONS for text in (question.label, question.help, question.missing) if text
    ]

    assert [text for text in texts if not isinstance(text, Promise)] == []


def test_f16_only_the_necessary_is_required() -> None:
    required = [question.key for question in QUESTIONS if question.required]

    assert required == [
        "contact_name",
        "contact_title",
        "contact_email",
        "anchoring",
        "offers",
        "level",
        "scope_understood",
        "horizons",
        "staff_hours",
        "capacity",
    ]


def test_every_required_question_says_what_is_missing() -> None:
    assert [question.key for question in QUESTIONS if question.required and not question.missing] == []


def test_f17_every_long_text_says_its_limit() -> None:
    longs = [question for question in QUESTIONS if question.kind == Kind.LONG_TEXT]

    assert [q.key for q in longs if f"{q.max_length:,}" not in str(q.help)] == []


def test_f11_every_conditional_page_is_reached_by_some_answer() -> None:
    conditions = {page.key: page.when for section in STRUCTURE for page in section.pages if page.when}
    by_key = {question.key: question for question in QUESTIONS}

    for key, when in conditions.items():
        question = by_key[when.key]
        assert question.choices is not None
        assert when.values <= {str(value) for value in question.choices.values}
        answer: Any = sorted(when.values) if question.kind in MANY else min(when.values)
        assert key in keys({when.key: answer})
        assert key not in keys({})


def test_f11_what_unfolds_stands_on_the_page_of_the_choice_it_depends_on() -> None:
    pages = [(section, page) for section in STRUCTURE for page in section.pages]
    found = [(page.key, other.key) for section, page in pages for other in follow_ups(section, page)]

    assert found == [("horizon", "short-term"), ("existing", "existing-where")]
    assert [key for _page, key in found] == [page.key for _section, page in pages if page.inline]


def test_f11_each_chosen_theme_gets_a_page_of_its_own() -> None:
    assert [key for key in keys({"offers": ["education", "youth"]}) if key.startswith("offer-")] == [
        "offer-education",
        "offer-youth",
    ]


def test_page_for_a_theme_keeps_its_questions_apart_from_another_themes() -> None:
    template = next(page for section in STRUCTURE for page in section.pages if page.each)

    assert [question.key for question in for_theme(template, "youth").questions] == [
        "offer_youth_level",
        "offer_youth_text",
    ]


def test_page_that_the_draft_does_not_call_for_is_not_found() -> None:
    assert find_page("offer-youth", {"offers": ["education"]}) is None
    assert find_page("short-term", {"horizons": ["long"]}) is None


def test_sections_come_in_the_order_of_the_task_list() -> None:
    assert [section.key for section in STRUCTURE] == [
        "contact",
        "anchoring",
        "themes",
        "capacity",
        "partner",
        "publication",
    ]
    assert all(list(pages_of(section, {})) for section in STRUCTURE)


@pytest.mark.django_db
def test_f11_hidden_branch_is_left_out_of_the_answers_and_kept_in_the_draft() -> None:
    for slug in ("education", "youth", "municipal-finance"):
        theme(slug)
    draft = {**ANSWERS, "horizons": ["long"], "offers": ["education"]}

    reading = read_draft(draft, MONA, Codebook())

    assert reading.wrong == {}
    assert "short_term_capacity" not in reading.answers
    assert list(reading.answers["offers"]) == ["education"]
    assert draft["short_term_capacity"] == "1"


@pytest.mark.django_db
def test_answers_hold_no_personal_data() -> None:
    for slug in ("education", "youth", "municipal-finance"):
        theme(slug)

    answers = read_draft(dict(ANSWERS), MONA, Codebook()).answers

    assert [key for key in answers if key.startswith(("contact_", "deputy_"))] == []
    assert "Mona" not in str(answers)
