"""The desk's candidates: three lists in one, one page per candidate, and acts that lose nothing that was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kommunesamarbeid.core.models import AccessLogEntry, AuditEvent, MailRecord
from municipalities.candidates import candidates
from municipalities.choices import Category
from municipalities.models import Candidate, ContactPerson, HromadaStatus, Oblast, OfficialListEdition
from municipalities.states import CandidateState
from tests.desk import candidate_page, desk, text
from tests.municipalities.answers import ready_response, submitted_response
from tests.municipalities.many import many_candidates
from tests.municipalities.pool import (
    LVIV,
    POLTAVA,
    TESTIVSKA,
    add_need,
    categorised,
    pooled_candidate,
    ready_candidate,
)
from tests.people import NOW, actor, make_user
from tests.places import hromada

pytestmark = pytest.mark.django_db

LIST = "admin:municipalities_candidate_changelist"


def names(answer: Any) -> list[str]:
    return [row.hromada.centre_en for row in answer.context["cl"].result_list]


def test_the_list_is_cut_into_tabs_by_todays_category() -> None:
    categorised(pooled_candidate(POLTAVA), Category.WAR_ZONE)
    categorised(pooled_candidate(LVIV), Category.OUTSIDE)
    pooled_candidate(TESTIVSKA)
    answer = desk("kari").get(reverse(LIST), {"category": "war_zone"})
    assert [(str(tab.label), tab.number, tab.is_current) for tab in answer.context["cl"].tabs] == [
        ("In the war zone", 1, True),
        ("Outside the war zone", 1, False),
        ("Undetermined", 1, False),
        ("All", 3, False),
    ]
    assert names(answer) == ["Poltava"]
    assert 'aria-current="page">In the war zone (1)</a>' in text(answer)


@pytest.mark.parametrize(
    ("language", "oblast"), [("nb", "Poltava oblast"), ("nn", "Poltava oblast"), ("uk", "Полтавська область")]
)
def test_the_oblast_stands_in_the_readers_language_in_row_filter_and_page(language: str, oblast: str) -> None:
    candidate = pooled_candidate(POLTAVA)
    pooled_candidate(LVIV)
    browser = desk("kari", language)
    listed = text(browser.get(reverse(LIST)))
    page = text(browser.get(reverse("admin:municipalities_candidate_change", args=[candidate.pk])))
    assert (listed.count(oblast), "Poltava Oblast" in listed + page) == (2, False)
    assert f"({oblast})" in page
    assert "314 700 (2022)" in page


def test_the_tabs_count_what_the_filters_leave() -> None:
    categorised(ready_candidate(POLTAVA, needs=[("education", "long", 1)]), Category.OUTSIDE)
    categorised(ready_candidate(LVIV, needs=[("youth", "long", 1)]), Category.OUTSIDE)
    answer = desk("kari").get(reverse(LIST), {"theme": "youth", "category": "outside"})
    assert [tab.number for tab in answer.context["cl"].tabs] == [0, 1, 0, 1]
    assert names(answer) == ["Lviv"]
    assert "theme=youth" in answer.context["cl"].tabs[0].query


@pytest.mark.parametrize(
    "words", ["полтава", "Полтавська", "ПОЛТАВА", "poltava", "Poltavska", "UA53080370000025447"]
)
def test_search_finds_in_both_alphabets_in_any_case(words: str) -> None:
    pooled_candidate(POLTAVA)
    pooled_candidate(LVIV)
    assert names(desk("andrij").get(reverse(LIST), {"q": words})) == ["Poltava"]


def test_search_takes_every_word() -> None:
    pooled_candidate(POLTAVA)
    assert names(desk("andrij").get(reverse(LIST), {"q": "Полтава UA46"})) == []
    assert names(desk("andrij").get(reverse(LIST), {"q": "Полтава UA53"})) == ["Poltava"]


@pytest.mark.parametrize(
    ("days", "band"), [(0, "fresh"), (60, "fresh"), (61, "ageing"), (120, "ageing"), (121, "old")]
)
def test_the_age_of_data_is_that_of_the_oldest_confirmation(days: int, band: str) -> None:
    candidate = pooled_candidate(POLTAVA)
    add_need(candidate, "education", at=timezone.localtime() - timedelta(days=days))
    add_need(candidate, "youth", at=timezone.now())
    pooled_candidate(LVIV)
    browser = desk("andrij")
    found = {
        name: names(browser.get(reverse(LIST), {"age": name})) for name in ("fresh", "ageing", "old", "none")
    }
    assert found == {"fresh": [], "ageing": [], "old": [], "none": ["Lviv"], band: ["Poltava"]}
    assert f"{band}: {days} day" in text(browser.get(reverse(LIST)))


def listed_status(candidate: Candidate, **status: str) -> None:
    edition, _made = OfficialListEdition.objects.get_or_create(
        edition_on=date(2026, 5, 7),
        defaults={"order_number": "376", "rule_version": "1364", "source": "Order", "loaded_at": NOW},
    )
    HromadaStatus.objects.create(
        edition=edition, hromada=candidate.hromada, ever="x", first_on=date(2022, 3, 1), **status
    )


def test_the_official_status_stands_with_its_edition_date_and_can_be_filtered() -> None:
    listed_status(pooled_candidate(POLTAVA), whole="occupied")
    listed_status(pooled_candidate(LVIV), part="active")
    pooled_candidate(TESTIVSKA)
    browser = desk("kari")
    page = text(browser.get(reverse(LIST)))
    for words in (
        "temporarily occupied",
        "active hostilities in a part",
        "not on the list",
        "edition of 05/07/2026",
    ):
        assert words in page
    found = {
        name: names(browser.get(reverse(LIST), {"official": name})) for name in ("occupied", "active", "none")
    }
    assert found == {"occupied": ["Poltava"], "active": ["Lviv"], "none": ["Testove"]}


@pytest.mark.parametrize("places", [[POLTAVA], [POLTAVA, LVIV, TESTIVSKA]])
def test_the_list_takes_the_same_queries_at_any_length(
    places: list[str], django_assert_num_queries: Callable[..., Any]
) -> None:
    for katottg in places:
        listed_status(
            ready_candidate(katottg, needs=[("education", "long", 1), ("youth", "short", 2)]),
            whole="possible",
        )
    browser = desk("kari")
    browser.get(reverse(LIST))
    with django_assert_num_queries(15):
        browser.get(reverse(LIST), {"category": "outside", "q": "UA"})


@pytest.mark.parametrize("number", [30, 300])
def test_a24_any_filter_takes_the_same_few_queries_with_30_candidates_and_with_300(number: int) -> None:
    many_candidates(number)
    browser = desk("kari")
    browser.get(reverse(LIST))
    filters: list[dict[str, str]] = [
        {},
        {"category": "outside"},
        {"q": "Селище"},
        {"state__exact": "ready"},
        {"official": "active"},
        {"age": "old"},
        {"urgent": "yes"},
        {"priority__exact": "1"},
        {"partners": "norwegian"},
        {"asked": "yes"},
        {"theme": "education"},
        {"hromada__oblast__id__exact": str(Oblast.objects.earliest("pk").pk)},
        {"theme": "youth", "urgent": "yes", "partners": "none"},
    ]
    found = []
    for each in filters:
        with CaptureQueriesContext(connection) as queries:
            assert names(browser.get(reverse(LIST), each)), each
        found.append(len(queries))
    # Only the filter by official status asks for the edition once more.
    assert found == [15, 15, 15, 15, 16, 15, 15, 15, 15, 15, 15, 15, 15]


@pytest.mark.parametrize("slugs", [["education"], ["education", "youth", "winter-relief"]])
def test_the_page_takes_the_same_queries_with_any_number_of_needs(
    slugs: list[str], django_assert_num_queries: Callable[..., Any]
) -> None:
    candidate = ready_candidate(needs=[(slug, "short", 1) for slug in slugs], teaches=slugs)
    browser = desk("andrij")
    with django_assert_num_queries(18):
        browser.get(candidate_page("change", candidate))


def test_a_category_walks_from_proposal_to_confirmation_by_clicking() -> None:
    candidate = pooled_candidate()
    answer = desk("andrij").post(
        candidate_page("category", candidate),
        {
            "category": "outside",
            "valid_from": "2026-01-01",
            "source": "Order 376",
            "reason": "Not listed",
            "damage": "unknown",
        },
        follow=True,
    )
    assert "Proposed. The other organisation must confirm." in text(answer)
    assert "waits for the other organisation" in text(answer)
    assessment = candidate.assessments.get()
    confirm = reverse("admin:municipalities_categoryassessment_confirm", args=[assessment.pk])
    assert confirm in text(desk("kari").get(candidate_page("change", candidate)))
    assert "must confirm this category" in text(desk("andrij").post(confirm, follow=True))
    assert "The category is confirmed." in text(desk("kari").post(confirm, follow=True))
    assert "is confirmed already" in text(desk("guro").post(confirm, follow=True))


def test_a_refusal_stands_at_its_field_and_what_was_typed_is_kept() -> None:
    candidate = pooled_candidate()
    answer = desk("kari").post(
        candidate_page("category", candidate),
        {
            "category": "war_zone",
            "valid_from": "2026-05-01",
            "valid_to": "2026-04-01",
            "source": "Letter of 3 May",
            "reason": "R",
            "damage": "unknown",
        },
    )
    assert answer.context["form"].errors == {"valid_to": ["The last day must not be before the first."]}
    assert "Letter of 3 May" in text(answer)
    assert not candidate.assessments.exists()


def test_an_unready_candidate_says_what_is_missing() -> None:
    candidate = pooled_candidate()
    browser = desk("kari")
    moved = browser.post(
        candidate_page("move", candidate), {"to": "under_review", "reason": "", "seen": "pool"}, follow=True
    )
    assert "The state is changed." in text(moved)
    answer = browser.post(
        candidate_page("move", candidate), {"to": "ready", "reason": "", "seen": "under_review"}
    )
    assert answer.context["form"].errors == {"to": ["The category is not confirmed by both organisations."]}


def test_moving_from_a_page_that_is_older_than_the_state_is_a_plain_conflict() -> None:
    candidate = pooled_candidate()
    candidates.move_candidate(candidate=candidate, to=CandidateState.UNDER_REVIEW, by=actor("andrij"), at=NOW)
    answer = desk("kari").post(
        candidate_page("move", candidate), {"to": "not_now", "reason": "War", "seen": "pool"}
    )
    assert answer.status_code == 409
    assert Candidate.objects.get().state == CandidateState.UNDER_REVIEW


def test_describing_from_an_old_page_shows_both_versions_and_can_be_saved_again() -> None:
    candidate = pooled_candidate()
    candidates.describe_candidate(
        candidate=candidate, changes={"capacity": 2}, by=actor("andrij"), at=NOW + timedelta(hours=1)
    )
    data = {"authority": "council", "capacity": "4", "languages": ["en"], "seen_at": NOW.isoformat()}
    answer = desk("kari").post(candidate_page("describe", candidate), data)
    assert answer.status_code == 409
    assert ("Number of partners wished", "2", "4") in answer.context["versions"]
    again = {**data, "seen_at": answer.context["form"]["seen_at"].value()}
    assert desk("kari").post(candidate_page("describe", candidate), again).status_code == 302
    assert Candidate.objects.get().capacity == 4


def test_a_candidate_is_added_from_a_search_once() -> None:
    place = hromada()
    browser = desk("andrij")
    found = browser.get(reverse("admin:municipalities_candidate_add"), {"q": "полт"})
    assert "UA53080370000025447" in text(found)
    added = browser.post(reverse("admin:municipalities_candidate_add"), {"hromada": place.pk})
    candidate = Candidate.objects.get()
    assert added["Location"] == candidate_page("change", candidate)
    again = browser.post(reverse("admin:municipalities_candidate_add"), {"hromada": place.pk}, follow=True)
    assert "This hromada is a candidate already." in text(again)
    assert Candidate.objects.count() == 1


@pytest.mark.parametrize(
    "name",
    ["q", "category", "theme", "official", "age", "state__exact", "hromada__oblast__id__exact", "o", "p"],
)
@pytest.mark.parametrize("value", ["\0", "'\"<>", "9" * 30, "ж"])
def test_odd_questions_to_the_list_are_answered_plainly(name: str, value: str) -> None:
    pooled_candidate()
    assert desk("kari").get(reverse(LIST), {name: value}, follow=True).status_code in {200, 400, 404}
    assert desk("kari").get(reverse("admin:municipalities_candidate_add"), {name: value}).status_code == 200


@pytest.mark.parametrize("value", ["", "x", "999999999999999999999", "-1"])
def test_an_odd_hromada_is_not_found(value: str) -> None:
    assert (
        desk("andrij").post(reverse("admin:municipalities_candidate_add"), {"hromada": value}).status_code
        == 404
    )


def test_consent_and_teaching_are_recorded_and_taken_off_by_clicking() -> None:
    candidate = pooled_candidate()
    browser = desk("andrij")
    told = {"scope": "norwegian", "given_on": "2026-01-05", "given_by": "Head of the hromada"}
    assert "The consent is recorded." in text(
        browser.post(candidate_page("consent", candidate), told, follow=True)
    )
    taught = add_need(candidate).theme
    browser.post(
        candidate_page("add_teaching", candidate), {"theme": taught.pk, "text": "Schools in basements"}
    )
    teaching = candidate.teachings.get()
    remove = reverse("admin:municipalities_candidate_remove_teaching", args=[candidate.pk, teaching.pk])
    assert browser.get(remove).status_code == 405
    assert "Removed." in text(browser.post(remove, follow=True))
    assert not candidate.teachings.exists()


def test_history_reads_as_before_and_after_without_the_other_sides_names() -> None:
    candidate = pooled_candidate()
    candidates.describe_candidate(
        candidate=candidate, changes={"capacity": 3}, by=actor("kari"), at=NOW + timedelta(hours=1)
    )
    page = text(desk("andrij").get(candidate_page("history", candidate)))
    assert "Number of partners wished: 1 → 3" in page
    assert "KS: Candidate" in page
    assert "Kari Nordmann" not in page
    assert "AUC, Andrij Kovalenko: Candidate" in page
    assert "Kari Nordmann: Candidate" in text(desk("kari").get(candidate_page("history", candidate)))


def test_the_reader_sees_the_page_and_none_of_the_acts() -> None:
    candidate = ready_candidate()
    page = text(desk("lars").get(candidate_page("change", candidate)))
    assert "Barnehage og skole" in text(desk("lars", "nb").get(candidate_page("change", candidate)))
    for verb in ("category", "consent", "describe", "move", "add_need", "add_teaching"):
        assert candidate_page(verb, candidate) not in page
        assert desk("lars").get(candidate_page(verb, candidate)).status_code == 403


# --- acts on many ----------------------------------------------------------------------------------------------------------

BULK = "admin:municipalities_candidate_bulk"


def consenting(katottg: str) -> Candidate:
    """Return a candidate under review that could be ready."""
    candidate = pooled_candidate(katottg)
    categorised(candidate)
    candidates.record_consent(
        candidate=candidate, scope="norwegian", given_on=NOW.date(), given_by="H", by=actor("andrij"), at=NOW
    )
    candidates.move_candidate(candidate=candidate, to=CandidateState.UNDER_REVIEW, by=actor("andrij"), at=NOW)
    return candidate


def test_chosen_candidates_are_made_ready_after_a_question_and_the_refused_are_named_with_the_reason() -> (
    None
):
    able, unable = consenting(POLTAVA), pooled_candidate(LVIV)
    browser = desk("kari")
    asked = browser.post(
        reverse(BULK),
        {"act": "ready", "chosen": [able.pk, unable.pk], "scope": "chosen", "filters": "q=UA&state=pool"},
    )
    assert asked.context["kept"] == "?_changelist_filters=q%3DUA%26state%3Dpool"
    assert [candidate.pk for candidate in asked.context["able"]] == [able.pk]
    assert Candidate.objects.filter(state="ready").count() == 0
    form = {name: asked.context["form"][name].value() for name in ("act", "ids", "filters")}
    done = browser.post(reverse(BULK), {**form, "confirmed": "yes"})
    assert [each.candidate.pk for each in done.context["refused"]] == [unable.pk]
    assert "this step is not possible from the state it is in" in text(done)
    assert done.context["back"].endswith("/candidate/?q=UA&state=pool")
    assert list(Candidate.objects.filter(state="ready")) == [able]
    assert AuditEvent.objects.filter(action="candidate.ready").count() == 1


def test_all_in_this_filter_means_what_the_filter_leaves_on_every_page() -> None:
    many_candidates(120)
    browser = desk("kari")
    asked = browser.post(
        reverse(BULK), {"act": "on_hold", "scope": "all", "filters": "state__exact=under_review&p=1"}
    )
    assert len(asked.context["able"]) == Candidate.objects.filter(state="under_review").count() == 40
    form = {name: asked.context["form"][name].value() for name in ("act", "ids", "filters")}
    refused = browser.post(reverse(BULK), {**form, "confirmed": "yes"})
    assert refused.context["form"].errors == {"reason": ["Write the reason."]}
    browser.post(reverse(BULK), {**form, "confirmed": "yes", "reason": "Until spring"})
    assert Candidate.objects.filter(state="on_hold", state_reason="Until spring").count() == 40
    assert AuditEvent.objects.filter(action="candidate.on_hold").count() == 40


def test_auc_is_asked_to_update_by_one_mail_with_a_number_and_the_list_shows_who_waits() -> None:
    for who in ("andrij", "olena", "kari"):
        make_user(who)
    first, second = pooled_candidate(POLTAVA), pooled_candidate(LVIV)
    browser = desk("kari")
    form = {"act": "ask", "ids": f"{first.pk},{second.pk}", "filters": ""}
    browser.post(reverse(BULK), {**form, "confirmed": "yes"})
    (mail,) = MailRecord.objects.select_related("email")
    assert mail.email is not None
    assert (mail.email.to, "Полтава" in mail.email.message, "Poltava" in mail.email.message) == (
        ["andrij@auc.example"],
        False,
        False,
    )
    assert "?asked=yes" in mail.email.message
    assert AuditEvent.objects.filter(action="candidate.update_asked").count() == 2
    assert names(browser.get(reverse(LIST), {"asked": "yes"})) == ["Lviv", "Poltava"]
    add_need(first, at=timezone.now() + timedelta(days=1))
    assert names(browser.get(reverse(LIST), {"asked": "yes"})) == ["Lviv"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"act": "ready"},
        {"act": "delete", "chosen": "1"},
        {"act": "ready", "chosen": "x"},
        {"confirmed": "yes", "ids": "1;2"},
        {"act": "ready", "scope": "all", "filters": "nonsense__exact=1"},
    ],
)
def test_an_odd_question_about_many_changes_nothing(data: dict[str, str]) -> None:
    consenting(POLTAVA)
    answer = desk("kari").post(reverse(BULK), data, follow=True)
    assert "Choose an act, and at least one candidate." in text(answer)
    assert Candidate.objects.get().state == "under_review"


def test_a_reader_has_no_boxes_to_tick() -> None:
    pooled_candidate()
    assert "desk-bulk" not in text(desk("lars").get(reverse(LIST)))
    assert desk("lars").post(reverse(BULK), {"act": "ask", "chosen": "1"}).status_code == 403


# --- one candidate in the list one came from ----------------------------------------------------------------------------------


def test_previous_and_next_keep_the_filter_and_say_where_one_is() -> None:
    places = [POLTAVA, LVIV, TESTIVSKA]
    for katottg in places:
        categorised(pooled_candidate(katottg))
    candidates.describe_candidate(
        candidate=pooled_candidate(LVIV), changes={"priority": 1}, by=actor("kari"), at=NOW
    )
    candidates.describe_candidate(
        candidate=pooled_candidate(POLTAVA), changes={"priority": 1}, by=actor("kari"), at=NOW
    )
    browser = desk("kari")
    listed = browser.get(reverse(LIST), {"priority__exact": "1"})
    assert names(listed) == ["Lviv", "Poltava"]
    link = candidate_page("change", pooled_candidate(LVIV)) + "?_changelist_filters=priority__exact%3D1"
    assert link in text(listed)
    page = browser.get(link)
    assert page.context["place"] == (1, 2, None, pooled_candidate(POLTAVA).pk)
    assert candidate_page(
        "change", pooled_candidate(POLTAVA)
    ) + "?_changelist_filters=priority__exact%3D1" in text(page)
    moved = browser.post(
        candidate_page("move", pooled_candidate(LVIV)) + "?_changelist_filters=priority__exact%3D1",
        {"to": "under_review", "reason": "", "seen": "pool"},
    )
    assert moved["Location"] == link


@pytest.mark.parametrize("filters", ["", "nonsense__exact=1", "state__exact=ready", "\0", "q=ж&o=99"])
def test_odd_filters_on_a_candidates_page_are_answered_plainly(filters: str) -> None:
    candidate = pooled_candidate()
    assert (
        desk("kari").get(candidate_page("change", candidate), {"_changelist_filters": filters}).status_code
        == 200
    )


def test_a_hromadas_contacts_are_restricted_and_every_view_is_logged() -> None:
    candidate = pooled_candidate()
    ContactPerson.objects.create(
        hromada=candidate.hromada, name="Oksana", email="oksana@poltava.example", created_at=NOW
    )
    assert "Oksana" not in text(desk("andrij").get(candidate_page("change", candidate)))
    assert "Oksana" in text(desk("andrij").get(candidate_page("contacts", candidate)))
    assert AccessLogEntry.objects.filter(purpose="candidate").count() == 1
    for who in ("lars", "olena"):
        assert desk(who).get(candidate_page("contacts", candidate)).status_code == 403


def test_norwegian_offers_count_the_ready_municipalities_that_offer_something_needed() -> None:
    ready_response("1804")
    ready_response("5501", offers=["youth"])
    submitted_response("4621")
    add_need(pooled_candidate(POLTAVA), "education")
    for slug in ("education", "youth"):
        add_need(pooled_candidate(LVIV), slug)
    pooled_candidate(TESTIVSKA)
    rows = desk("kari").get(reverse(LIST)).context["cl"].result_list
    assert {row.hromada.centre_en: row.offers for row in rows} == {"Poltava": 1, "Lviv": 2, "Testove": 0}
