"""KS's desk over responses, rounds and links: who sees contact persons, what each act does, and what a list costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from kommunesamarbeid.core.models import AccessLogEntry, AuditEvent
from municipalities.access import request_link
from municipalities.models import AccessLink, MailDomain, Response, Round
from tests.desk import desk, response_page
from tests.municipalities.answers import begun_response, ready_response, submitted_response
from tests.people import STAFF
from tests.places import municipality, round_open

pytestmark = pytest.mark.django_db
LIST = "/desk/municipalities/response/"


def words(answer: Any) -> str:
    """Return the page as text."""
    return str(answer.content.decode())


def test_answers_are_shown_in_words_with_the_reference_and_the_theme_names() -> None:
    version = submitted_response()

    page = words(desk("kari").get(response_page(version.response)))

    for text in (
        version.response.reference,
        "Adopted by the council",
        "Spesialpedagogikk og skoleledelse.",
        "March 12, 2026",
    ):
        assert text in page


def test_coordinator_sees_the_contact_person_and_that_is_logged() -> None:
    response = submitted_response().response

    page = words(desk("kari").get(response_page(response)))

    assert "Mona Berg" in page
    entry = AccessLogEntry.objects.get()
    assert (entry.object_type, entry.object_id) == ("municipalities.contactperson", str(response.contact_id))


def test_reader_sees_the_answers_without_the_contact_person() -> None:
    response = submitted_response().response

    page = words(desk("lars").get(response_page(response)))

    assert "Adopted by the council" in page
    assert "Mona" not in page
    assert AccessLogEntry.objects.count() == 0
    assert response_page(response, "ask") not in page


@pytest.mark.parametrize("who", ["andrij", "olena"])
def test_l18_auc_sees_no_norwegian_response_at_all(who: str) -> None:
    response = submitted_response().response
    auc = desk(who)

    answers = [
        auc.get(address)
        for address in (LIST, response_page(response), response_page(response, "history"), f"{LIST}?q=Mona")
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert "esponse" not in words(auc.get("/desk/"))


def test_draft_that_is_not_submitted_is_not_shown() -> None:
    response = begun_response(notes="Only an idea so far.")

    page = words(desk("kari").get(response_page(response)))

    assert "Nothing has been submitted yet." in page
    assert "Only an idea" not in page


def test_ready_is_one_press() -> None:
    response = submitted_response().response

    answer = desk("kari").post(response_page(response, "ready"))

    assert answer["Location"] == response_page(response)
    assert Response.objects.get().state == "ready"


def test_somebody_elses_act_first_is_a_plain_conflict_page() -> None:
    response = ready_response()

    answer = desk("guro").post(response_page(response, "ready"))

    assert (answer.status_code, Response.objects.get().state) == (409, "ready")


@pytest.mark.parametrize(
    ("act", "state"), [("ask", "awaiting_info"), ("defer", "deferred"), ("withdraw", "withdrawn")]
)
def test_act_with_a_reason_is_done_and_its_reason_kept(act: str, state: str) -> None:
    response = submitted_response().response
    tomorrow = timezone.localdate() + timedelta(days=1)
    posted = {
        "question": "Which school?",
        "deadline": tomorrow,
        "reason": "Which school?",
        "wake_on": tomorrow,
    }

    answer = desk("kari").post(response_page(response, act), posted)

    assert answer.status_code == 302
    assert Response.objects.get().state == state
    assert AuditEvent.objects.get(action=f"response.{state}").reason == "Which school?"
    assert "Which school?" in words(desk("kari").get(response_page(response)))


@pytest.mark.parametrize(
    ("act", "posted"),
    [
        ("ask", {}),
        ("ask", {"question": "01819010001", "deadline": "2099-01-01"}),
        ("defer", {"reason": "x", "wake_on": "2020-01-01"}),
        ("withdraw", {"reason": " "}),
    ],
)
def test_act_without_what_it_needs_is_shown_again_and_does_nothing(act: str, posted: dict[str, str]) -> None:
    response = submitted_response().response

    answer = desk("kari").post(response_page(response, act), posted)

    assert (answer.status_code, Response.objects.get().state) == (200, "submitted")
    assert "To continue, correct these errors" in words(answer)


@pytest.mark.parametrize("who", sorted(set(STAFF) - {"kari", "guro"}))
@pytest.mark.parametrize("act", ["ready", "ask", "defer", "withdraw"])
def test_others_than_coordinators_and_approvers_cannot_act(who: str, act: str) -> None:
    response = submitted_response().response

    assert desk(who).post(response_page(response, act), {"reason": "x"}).status_code == 403
    assert Response.objects.get().state == "submitted"


def test_history_names_who_did_what_and_why() -> None:
    response = ready_response()

    page = " ".join(words(desk("kari").get(response_page(response))).split())

    assert "Ready for matching, Kari Nordmann" in page
    assert "Interest registered, the municipality" in page


def test_list_shows_place_state_and_number_of_themes_of_the_last_version() -> None:
    submitted_response()

    page = words(desk("kari").get(LIST))

    assert "Bodø (Nordland)" in page
    assert '<td class="field-themes">2</td>' in page


def test_list_costs_the_same_for_one_and_three_rows(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    kari = desk("kari")
    submitted_response()
    with django_assert_num_queries(9):
        kari.get(LIST)
    submitted_response("5501"), submitted_response("4621")
    with django_assert_num_queries(9):
        kari.get(LIST)


def test_list_is_filtered_by_county_and_state() -> None:
    submitted_response(), submitted_response("5501")

    page = words(
        desk("kari").get(
            f"{LIST}?municipality__county__id__exact={municipality('5501').county_id}&state=submitted"
        )
    )

    assert ("Tromsø (Troms)" in page, "Bodø (Nordland)" in page) == (True, False)


def test_coordinator_opens_a_round_and_it_is_recorded() -> None:
    posted = {"name": "2027", "opens_at": "2027-01-01T08:00", "closes_at": ""}

    answer = desk("kari").post("/desk/municipalities/round/add/", posted)

    assert (answer.status_code, Round.objects.get().name) == (302, "2027")
    assert AuditEvent.objects.filter(action="round.kept").count() == 1


def test_round_cannot_close_before_it_opens() -> None:
    current = round_open()
    posted = {"name": "2026", "opens_at": "2026-02-01T08:00", "closes_at": "2026-01-01T08:00"}

    answer = desk("kari").post(f"/desk/municipalities/round/{current.pk}/change/", posted)

    assert answer.status_code == 200
    assert Round.objects.get().closes_at is None


def waiting_link() -> AccessLink:
    """Return a link that waits for KS."""
    link = request_link(
        municipality=municipality(), email="mona@mail.example", at=timezone.now(), language="nb"
    )
    assert link is not None
    return link


def test_list_of_links_shows_the_domain_and_not_the_address() -> None:
    waiting_link()

    page = words(desk("kari").get("/desk/municipalities/accesslink/"))

    assert "mail.example" in page
    assert "mona@" not in page


def test_page_of_a_link_shows_the_address_and_that_is_logged() -> None:
    link = waiting_link()

    assert "mona@mail.example" in words(
        desk("kari").get(f"/desk/municipalities/accesslink/{link.pk}/change/")
    )
    assert AccessLogEntry.objects.get().purpose == "link page"


def test_accepting_an_address_at_the_desk_keeps_it_as_the_municipalitys() -> None:
    link = waiting_link()

    desk("kari").post(f"/desk/municipalities/accesslink/{link.pk}/accept/")

    assert AccessLink.objects.get().status == "accepted"
    assert MailDomain.objects.get().domain == "mona@mail.example"


def test_deciding_about_an_address_twice_is_a_plain_conflict_page() -> None:
    link = waiting_link()
    desk("kari").post(f"/desk/municipalities/accesslink/{link.pk}/refuse/")

    answer = desk("guro").post(f"/desk/municipalities/accesslink/{link.pk}/accept/")

    assert (answer.status_code, AccessLink.objects.get().status) == (409, "refused")
