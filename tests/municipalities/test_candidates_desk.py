"""The desk's candidates: three lists in one, one page per candidate, and acts that lose nothing that was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kommunesamarbeid.core.models import User
from municipalities import candidates
from municipalities.choices import Category
from municipalities.models import Candidate, HromadaStatus, OfficialListEdition
from municipalities.states import CandidateState
from tests.municipalities.pool import LVIV, POLTAVA, TESTIVSKA, add_need, categorised, pooled_candidate, ready_candidate
from tests.people import NOW, STAFF, actor, make_user
from tests.places import hromada

pytestmark = pytest.mark.django_db

LIST = "admin:municipalities_candidate_changelist"


def desk(who: str, language: str = "en") -> Client:
    """Return a browser in which one of the cast is logged in, reading in the source language."""
    user = User.objects.filter(name=STAFF[who][1]).first() or make_user(who)
    client = Client(headers={"accept-language": language})
    client.cookies["language"] = language
    client.force_login(user)
    return client


def act(verb: str, candidate: Candidate) -> str:
    return reverse(f"admin:municipalities_candidate_{verb}", args=[candidate.pk])


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def names(answer: Any) -> list[str]:
    return [row.hromada.centre_en for row in answer.context["cl"].result_list]


def test_the_list_is_cut_into_tabs_by_todays_category() -> None:
    categorised(pooled_candidate(POLTAVA), Category.WAR_ZONE)
    categorised(pooled_candidate(LVIV), Category.OUTSIDE)
    pooled_candidate(TESTIVSKA)
    answer = desk("kari").get(reverse(LIST), {"category": "war_zone"})
    assert [(str(tab.label), tab.number, tab.is_current) for tab in answer.context["cl"].tabs] == [
        ("In the war zone", 1, True), ("Outside the war zone", 1, False), ("Undetermined", 1, False), ("All", 3, False),
    ]  # fmt: skip
    assert names(answer) == ["Poltava"]
    assert 'aria-current="page">In the war zone (1)</a>' in text(answer)


def test_the_tabs_count_what_the_filters_leave() -> None:
    categorised(ready_candidate(POLTAVA, needs=[("education", "long", 1)]), Category.OUTSIDE)
    categorised(ready_candidate(LVIV, needs=[("youth", "long", 1)]), Category.OUTSIDE)
    answer = desk("kari").get(reverse(LIST), {"theme": "youth", "category": "outside"})
    assert [tab.number for tab in answer.context["cl"].tabs] == [0, 1, 0, 1]
    assert names(answer) == ["Lviv"]
    assert "theme=youth" in answer.context["cl"].tabs[0].query


@pytest.mark.parametrize("words", ["полтава", "Полтавська", "ПОЛТАВА", "poltava", "Poltavska", "UA53080370000025447"])
def test_search_finds_in_both_alphabets_in_any_case(words: str) -> None:
    pooled_candidate(POLTAVA)
    pooled_candidate(LVIV)
    assert names(desk("andrij").get(reverse(LIST), {"q": words})) == ["Poltava"]


def test_search_takes_every_word() -> None:
    pooled_candidate(POLTAVA)
    assert names(desk("andrij").get(reverse(LIST), {"q": "Полтава UA46"})) == []
    assert names(desk("andrij").get(reverse(LIST), {"q": "Полтава UA53"})) == ["Poltava"]


@pytest.mark.parametrize(("days", "band"), [(0, "fresh"), (60, "fresh"), (61, "ageing"), (120, "ageing"), (121, "old")])
def test_the_age_of_data_is_that_of_the_oldest_confirmation(days: int, band: str) -> None:
    candidate = pooled_candidate(POLTAVA)
    add_need(candidate, "education", at=timezone.now() - timedelta(days=days))
    add_need(candidate, "youth", at=timezone.now())
    pooled_candidate(LVIV)
    browser = desk("andrij")
    found = {name: names(browser.get(reverse(LIST), {"age": name})) for name in ("fresh", "ageing", "old", "none")}
    assert found == {"fresh": [], "ageing": [], "old": [], "none": ["Lviv"], band: ["Poltava"]}
    assert f"{band}: {days} day" in text(browser.get(reverse(LIST)))


def listed_status(candidate: Candidate, **status: str) -> None:
    edition, _made = OfficialListEdition.objects.get_or_create(
        edition_on=date(2026, 5, 7), defaults={"order_number": "376", "rule_version": "1364", "source": "Order", "loaded_at": NOW}
    )
    HromadaStatus.objects.create(edition=edition, hromada=candidate.hromada, ever="x", first_on=date(2022, 3, 1), **status)


def test_the_official_status_stands_with_its_edition_date_and_can_be_filtered() -> None:
    listed_status(pooled_candidate(POLTAVA), whole="occupied")
    listed_status(pooled_candidate(LVIV), part="active")
    pooled_candidate(TESTIVSKA)
    browser = desk("kari")
    page = text(browser.get(reverse(LIST)))
    for words in ("temporarily occupied", "active hostilities in a part", "not on the list", "edition of 05/07/2026"):
        assert words in page
    found = {name: names(browser.get(reverse(LIST), {"official": name})) for name in ("occupied", "active", "none")}
    assert found == {"occupied": ["Poltava"], "active": ["Lviv"], "none": ["Testove"]}


@pytest.mark.parametrize("places", [[POLTAVA], [POLTAVA, LVIV, TESTIVSKA]])
def test_the_list_takes_the_same_queries_at_any_length(places: list[str], django_assert_num_queries: Callable[..., Any]) -> None:
    for katottg in places:
        listed_status(ready_candidate(katottg, needs=[("education", "long", 1), ("youth", "short", 2)]), whole="possible")
    browser = desk("kari")
    browser.get(reverse(LIST))
    with django_assert_num_queries(13):
        browser.get(reverse(LIST), {"category": "outside", "q": "UA"})


@pytest.mark.parametrize("slugs", [["education"], ["education", "youth", "winter-relief"]])
def test_the_page_takes_the_same_queries_with_any_number_of_needs(
    slugs: list[str], django_assert_num_queries: Callable[..., Any]
) -> None:
    candidate = ready_candidate(needs=[(slug, "short", 1) for slug in slugs], teaches=slugs)
    browser = desk("andrij")
    with django_assert_num_queries(15):
        browser.get(act("change", candidate))


def test_a_category_walks_from_proposal_to_confirmation_by_clicking() -> None:
    candidate = pooled_candidate()
    answer = desk("andrij").post(
        act("category", candidate),
        {"category": "outside", "valid_from": "2026-01-01", "source": "Order 376", "reason": "Not listed", "damage": "unknown"},
        follow=True,
    )
    assert "Proposed. The other organisation must confirm." in text(answer)
    assert "waits for the other organisation" in text(answer)
    assessment = candidate.assessments.get()
    confirm = reverse("admin:municipalities_categoryassessment_confirm", args=[assessment.pk])
    assert confirm in text(desk("kari").get(act("change", candidate)))
    assert "must confirm this category" in text(desk("andrij").post(confirm, follow=True))
    assert "The category is confirmed." in text(desk("kari").post(confirm, follow=True))
    assert "is confirmed already" in text(desk("guro").post(confirm, follow=True))


def test_a_refusal_stands_at_its_field_and_what_was_typed_is_kept() -> None:
    candidate = pooled_candidate()
    answer = desk("kari").post(
        act("category", candidate),
        {"category": "war_zone", "valid_from": "2026-05-01", "valid_to": "2026-04-01", "source": "Letter of 3 May", "reason": "R",
         "damage": "unknown"},
    )  # fmt: skip
    assert answer.context["form"].errors == {"valid_to": ["The last day must not be before the first."]}
    assert "Letter of 3 May" in text(answer)
    assert not candidate.assessments.exists()


def test_an_unready_candidate_says_what_is_missing() -> None:
    candidate = pooled_candidate()
    browser = desk("kari")
    moved = browser.post(act("move", candidate), {"to": "under_review", "reason": "", "seen": "pool"}, follow=True)
    assert "The state is changed." in text(moved)
    answer = browser.post(act("move", candidate), {"to": "ready", "reason": "", "seen": "under_review"})
    assert answer.context["form"].errors == {"to": ["The category is not confirmed by both organisations."]}


def test_moving_from_a_page_that_is_older_than_the_state_is_a_plain_conflict() -> None:
    candidate = pooled_candidate()
    candidates.move_candidate(candidate=candidate, to=CandidateState.UNDER_REVIEW, by=actor("andrij"), at=NOW)
    answer = desk("kari").post(act("move", candidate), {"to": "not_now", "reason": "War", "seen": "pool"})
    assert answer.status_code == 409
    assert Candidate.objects.get().state == CandidateState.UNDER_REVIEW


def test_describing_from_an_old_page_shows_both_versions_and_can_be_saved_again() -> None:
    candidate = pooled_candidate()
    candidates.describe_candidate(candidate=candidate, changes={"capacity": 2}, by=actor("andrij"), at=NOW + timedelta(hours=1))
    data = {"authority": "council", "capacity": "4", "languages": ["en"], "seen_at": NOW.isoformat()}
    answer = desk("kari").post(act("describe", candidate), data)
    assert answer.status_code == 409
    assert ("Number of partners wished", "2", "4") in answer.context["versions"]
    again = {**data, "seen_at": answer.context["form"]["seen_at"].value()}
    assert desk("kari").post(act("describe", candidate), again).status_code == 302
    assert Candidate.objects.get().capacity == 4


def test_a_candidate_is_added_from_a_search_once() -> None:
    place = hromada()
    browser = desk("andrij")
    found = browser.get(reverse("admin:municipalities_candidate_add"), {"q": "полт"})
    assert "UA53080370000025447" in text(found)
    added = browser.post(reverse("admin:municipalities_candidate_add"), {"hromada": place.pk})
    candidate = Candidate.objects.get()
    assert added["Location"] == act("change", candidate)
    again = browser.post(reverse("admin:municipalities_candidate_add"), {"hromada": place.pk}, follow=True)
    assert "This hromada is a candidate already." in text(again)
    assert Candidate.objects.count() == 1


@pytest.mark.parametrize(
    "name", ["q", "category", "theme", "official", "age", "state__exact", "hromada__oblast__id__exact", "o", "p"]
)
@pytest.mark.parametrize("value", ["\0", "'\"<>", "9" * 30, "ж"])
def test_odd_questions_to_the_list_are_answered_plainly(name: str, value: str) -> None:
    pooled_candidate()
    assert desk("kari").get(reverse(LIST), {name: value}, follow=True).status_code in {200, 400, 404}
    assert desk("kari").get(reverse("admin:municipalities_candidate_add"), {name: value}).status_code == 200


@pytest.mark.parametrize("value", ["", "x", "999999999999999999999", "-1"])
def test_an_odd_hromada_is_not_found(value: str) -> None:
    assert desk("andrij").post(reverse("admin:municipalities_candidate_add"), {"hromada": value}).status_code == 404


def test_consent_and_teaching_are_recorded_and_taken_off_by_clicking() -> None:
    candidate = pooled_candidate()
    browser = desk("andrij")
    told = {"scope": "norwegian", "given_on": "2026-01-05", "given_by": "Head of the hromada"}
    assert "The consent is recorded." in text(browser.post(act("consent", candidate), told, follow=True))
    taught = add_need(candidate).theme
    browser.post(act("add_teaching", candidate), {"theme": taught.pk, "text": "Schools in basements"})
    teaching = candidate.teachings.get()
    remove = reverse("admin:municipalities_candidate_remove_teaching", args=[candidate.pk, teaching.pk])
    assert browser.get(remove).status_code == 405
    assert "Removed." in text(browser.post(remove, follow=True))
    assert not candidate.teachings.exists()


def test_history_reads_as_before_and_after_without_the_other_sides_names() -> None:
    candidate = pooled_candidate()
    candidates.describe_candidate(candidate=candidate, changes={"capacity": 3}, by=actor("kari"), at=NOW + timedelta(hours=1))
    page = text(desk("andrij").get(act("history", candidate)))
    assert "Number of partners wished: 1 → 3" in page
    assert "KS: Candidate" in page
    assert "Kari Nordmann" not in page
    assert "AUC, Andrij Kovalenko: Candidate" in page
    assert "Kari Nordmann: Candidate" in text(desk("kari").get(act("history", candidate)))


def test_the_reader_sees_the_page_and_none_of_the_acts() -> None:
    candidate = ready_candidate()
    page = text(desk("lars").get(act("change", candidate)))
    assert "Barnehage og skole" in text(desk("lars", "nb").get(act("change", candidate)))
    for verb in ("category", "consent", "describe", "move", "add_need", "add_teaching"):
        assert act(verb, candidate) not in page
        assert desk("lars").get(act(verb, candidate)).status_code == 403
