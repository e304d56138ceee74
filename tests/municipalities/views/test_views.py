"""The journey of a municipal contact from the first page to the receipt, by the ids of docs/behaviour.md."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from post_office.models import Email
from pytest_django.fixtures import DjangoAssertNumQueries

from municipalities.access.links import revoke_link
from municipalities.models import AccessLink, ContactPerson, Response, ResponseVersion, Round
from municipalities.views.limits import PER_ADDRESS
from tests.municipalities.answers import MONA
from tests.municipalities.browsing import browser, fill_all, fill_draft, mail_link, post_page, submit
from tests.people import actor, make_user
from tests.places import hromada, municipality

pytestmark = pytest.mark.django_db
FORM_PAGES = ("/skjema/", "/skjema/side/contact/", "/skjema/kontroller/", "/kommunens-side/")
IDENTITY_NUMBER = "01819010001"


def words(answer: Any) -> str:
    """Return the page as text."""
    return str(answer.content.decode())


def test_f26_whole_journey_from_link_to_receipt_without_javascript() -> None:
    mona = browser()
    fill_all(mona)

    receipt = submit(mona)

    version = ResponseVersion.objects.get()
    assert receipt.status_code == 200
    assert version.response.reference in words(receipt)
    assert version.response.state == "submitted"
    assert sorted(version.answers["offers"]) == ["education", "youth"]


def test_f01_all_questions_stand_on_one_page_without_login(client: Client) -> None:
    page = client.get("/skjema/alle-sporsmal/", headers={"cookie": "language=en"})

    assert page.status_code == 200
    for question in (
        "How much short-term help can you give?",
        "What kind of contact is it?",
        "Case number",
        "How can you contribute?",
    ):
        assert question in words(page)


@pytest.mark.parametrize("address", FORM_PAGES)
def test_f03_every_form_page_says_who_answers_for_whom(address: str) -> None:
    page = words(browser().get(address))

    assert "mona@bodo.kommune.no" in page
    assert "Bodø (Nordland)" in page


@pytest.mark.parametrize("address", [*FORM_PAGES, "/skjema/kvittering/", "/kommunens-side/trekk-interessen/"])
def test_without_a_link_one_is_sent_to_the_page_that_mails_one(client: Client, address: str) -> None:
    assert client.get(address)["Location"] == "/meld-interesse/"


def test_f04_municipalities_are_grouped_by_county_and_the_code_is_posted(client: Client) -> None:
    municipality(), municipality("1811"), municipality("5501")

    page = client.get("/meld-interesse/")

    assert page.context["form"].fields["municipality"].choices[1:] == [
        ("Nordland", [("1811", "Bindal"), ("1804", "Bodø")]),
        ("Troms", [("5501", "Tromsø")]),
    ]


@pytest.mark.parametrize("email", ["mona@bodo.kommune.no", "mona@mail.example", "x@y.example"])
def test_f02_answer_is_the_same_whatever_the_address(client: Client, email: str) -> None:
    municipality()

    answer = client.post("/meld-interesse/", {"municipality": "1804", "email": email})

    assert (answer.status_code, answer["Location"]) == (302, "/meld-interesse/sendt/")


def test_machine_that_fills_the_hidden_field_gets_the_same_answer_and_no_link(client: Client) -> None:
    municipality()

    answer = client.post(
        "/meld-interesse/", {"municipality": "1804", "email": "a@bodo.kommune.no", "website": "x"}
    )

    assert answer["Location"] == "/meld-interesse/sendt/"
    assert AccessLink.objects.count() == 0


def test_f32_too_many_links_for_one_address_are_refused_for_an_hour(client: Client) -> None:
    municipality()
    asked = {"municipality": "1804", "email": "mona@mail.example"}

    answers = [client.post("/meld-interesse/", asked).status_code for _time in range(PER_ADDRESS + 1)]

    assert answers == [302] * PER_ADDRESS + [429]


@pytest.mark.parametrize(
    "posted",
    [{}, {"municipality": "9999", "email": "a@b.example"}, {"municipality": "1804", "email": "mona"}],
)
def test_f15_request_without_a_municipality_or_address_keeps_what_was_typed(
    client: Client, posted: dict[str, str]
) -> None:
    municipality()

    answer = client.post("/meld-interesse/", posted, headers={"cookie": "language=en"})

    assert (answer.status_code, "To continue, correct these errors" in words(answer)) == (422, True)
    assert posted.get("email", "") in words(answer)


def test_get_of_a_link_consumes_nothing_and_post_opens_once() -> None:
    browser()  # makes the round
    token, client = mail_link(email="kollega@bodo.kommune.no"), Client()

    assert [client.get(f"/lenke/{token}/").status_code for _time in range(2)] == [200, 200]
    assert client.post(f"/lenke/{token}/")["Location"] == "/skjema/"
    assert Client().post(f"/lenke/{token}/").status_code == 404


def test_opening_a_link_gives_the_browser_a_new_session(client: Client) -> None:
    browser()
    before = client.session
    before["x"] = 1
    before.save()
    client.cookies["sessionid"] = str(before.session_key)

    client.post(f"/lenke/{mail_link(email='kollega@bodo.kommune.no')}/")

    assert client.cookies["sessionid"].value != before.session_key


def test_revoked_link_ends_the_open_session_at_once() -> None:
    mona = browser()
    assert mona.get("/skjema/").status_code == 200

    revoke_link(link=AccessLink.objects.get(), by=actor("kari"), at=timezone.now())

    assert mona.get("/skjema/")["Location"] == "/meld-interesse/"


def test_session_slides_for_twenty_hours_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    mona, opened = browser(), timezone.now()

    monkeypatch.setattr(timezone, "now", lambda: opened + timedelta(hours=19))
    assert mona.get("/skjema/").status_code == 200
    monkeypatch.setattr(timezone, "now", lambda: opened + timedelta(hours=38))
    assert mona.get("/skjema/").status_code == 200
    monkeypatch.setattr(timezone, "now", lambda: opened + timedelta(hours=59))
    assert mona.get("/skjema/")["Location"] == "/meld-interesse/"


def test_link_and_staff_login_never_share_a_browser() -> None:
    mona = browser()
    kari = make_user("kari")

    mona.force_login(kari)
    assert mona.get("/skjema/")["Location"] == "/meld-interesse/"

    mona.post(f"/lenke/{mail_link(email='kollega@bodo.kommune.no')}/")
    assert mona.get("/skjema/").status_code == 200
    assert "_auth_user_id" not in mona.session


def test_logging_out_forgets_the_link_and_keeps_the_draft() -> None:
    mona = browser()
    post_page(mona, "notes", {"notes": "Kept."})

    assert mona.post("/lenke-slutt/")["Location"] == "/"

    assert mona.get("/skjema/")["Location"] == "/meld-interesse/"
    assert Response.objects.get().draft["notes"] == "Kept."


def test_another_municipalitys_contact_sees_only_her_own() -> None:
    mona = browser()
    fill_draft(mona)
    submit(mona)

    ola = browser("5501", "ola@tromso.kommune.no")

    pages = [
        words(ola.get(address))
        for address in ("/skjema/", "/skjema/side/contact/", "/skjema/kontroller/", "/kommunens-side/")
    ]
    assert [page for page in pages if "Mona" in page or "Bodø" in page] == []
    assert ola.get("/kommunens-side/versjon/1/").status_code == 404


def test_f05_statuses_are_computed_from_what_is_saved() -> None:
    mona = browser()
    statuses = [task["status"] for task in mona.get("/skjema/").context["tasks"]]
    assert statuses == ["not_started"] * 6

    post_page(mona, "contact", dict(MONA))
    post_page(mona, "anchoring", {"anchoring": "idea"})

    statuses = [task["status"] for task in mona.get("/skjema/").context["tasks"]]
    assert statuses == [
        "in_progress",
        "completed",
        "not_started",
        "not_started",
        "not_started",
        "not_started",
    ]


def test_f06_page_has_one_heading_and_the_title_says_error() -> None:
    mona = browser()
    for page in ("contact", "anchoring", "offers", "scope", "capacity", "notes"):
        assert words(mona.get(f"/skjema/side/{page}/")).count("<h1") == 1

    assert "<title>Error: How far" in " ".join(words(post_page(mona, "anchoring")).split())


def test_f07_every_button_saves_also_what_is_not_valid() -> None:
    mona = browser()

    answers = [
        post_page(mona, "capacity", {"capacity": "many"}),
        post_page(mona, "staff-hours", {"staff_hours": "10_25"}, go="later"),
        post_page(mona, "notes", {"notes": "Hello"}, go="previous"),
    ]

    assert [answer.status_code for answer in answers] == [422, 302, 302]
    draft = Response.objects.get().draft
    assert (draft["capacity"], draft["staff_hours"], draft["notes"]) == ("many", "10_25", "Hello")


def test_f07_draft_is_there_on_another_device_of_a_colleague() -> None:
    post_page(browser(), "notes", {"notes": "From Mona"})

    colleague = browser(email="kollega@bodo.kommune.no")

    assert "From Mona" in words(colleague.get("/skjema/side/notes/"))
    assert Response.objects.count() == 1


def test_f08_reading_writes_nothing() -> None:
    mona = browser()
    before = Response.objects.values_list("draft", "draft_number").get()

    for address in (*FORM_PAGES, "/skjema/side/notes/"):
        mona.get(address)

    assert Response.objects.values_list("draft", "draft_number").get() == before


def test_f11_answer_decides_which_page_comes_next() -> None:
    mona = browser()

    assert post_page(mona, "horizon", {"horizons": ["short"]})["Location"] == "/skjema/side/short-term/"
    assert post_page(mona, "horizon", {"horizons": ["long"]})["Location"] == "/skjema/side/staff-hours/"
    assert mona.get("/skjema/side/short-term/").status_code == 404


def stale_post(mona: Client, page: str, **values: Any) -> Any:
    """Save a page as somebody does who opened it before everybody else's changes."""
    context = mona.get(f"/skjema/side/{page}/").context
    numbers = {"seen": context["seen"], "was": context["was"], "go": "next"}

    def post() -> Any:
        return mona.post(f"/skjema/side/{page}/", {**numbers, **values})

    return post


def test_f12_second_saver_sees_both_values_and_nothing_is_overwritten() -> None:
    mona, colleague = browser(), browser(email="kollega@bodo.kommune.no")
    late = stale_post(mona, "notes", notes="Mona's words")
    post_page(colleague, "notes", {"notes": "Colleague's words"})

    answer = late()

    assert answer.status_code == 409
    for text in ("Mona&#x27;s words", "Colleague&#x27;s words", "kollega@bodo.kommune.no"):
        assert text in words(answer)
    assert Response.objects.get().draft["notes"] == "Colleague's words"


def test_f12_pressing_on_after_a_conflict_saves_ones_own() -> None:
    mona, colleague = browser(), browser(email="kollega@bodo.kommune.no")
    late = stale_post(mona, "notes", notes="Mine")
    post_page(colleague, "notes", {"notes": "Theirs"})
    shown = late().context

    mona.post(
        "/skjema/side/notes/", {"notes": "Mine", "seen": shown["seen"], "was": shown["was"], "go": "next"}
    )

    assert Response.objects.get().draft["notes"] == "Mine"


def test_f12_two_who_save_different_pages_do_not_disturb_each_other() -> None:
    mona, colleague = browser(), browser(email="kollega@bodo.kommune.no")
    late = stale_post(mona, "notes", notes="Mine")
    post_page(colleague, "capacity", {"capacity": "2"})

    assert late().status_code == 302

    draft = Response.objects.get().draft
    assert (draft["notes"], draft["capacity"]) == ("Mine", "2")


def test_double_click_on_next_is_one_save() -> None:
    mona = browser()
    twice = stale_post(mona, "notes", notes="Once")

    assert [twice().status_code, twice().status_code] == [302, 302]
    assert Response.objects.get().draft_number == 1


def test_f15_error_summary_links_to_the_input_with_the_same_words() -> None:
    page = words(post_page(browser(), "anchoring"))

    assert "To continue, correct these errors" in page
    assert page.count("Choose how far the anchoring has come.") == 2
    assert 'href="#id_anchoring_0"' in page
    assert 'aria-invalid="true"' in page


def test_l12_identity_number_is_refused_kindly_and_the_rest_is_saved() -> None:
    answer = post_page(browser(), "notes", {"notes": f"Ring {IDENTITY_NUMBER} i dag"})

    assert answer.status_code == 422
    assert IDENTITY_NUMBER not in words(answer)
    assert Response.objects.get().draft["notes"] == "Ring  i dag"


def test_f17_over_the_limit_the_text_is_kept() -> None:
    mona = browser()
    post_page(mona, "offers", {"offers": ["education"]})

    answer = post_page(
        mona, "offer-education", {"offer_education_level": "2", "offer_education_text": "x" * 1203}
    )

    assert "You have written 1,203" in words(answer)
    assert "x" * 1203 in words(mona.get("/skjema/side/offer-education/"))


def test_f19_changing_from_the_check_page_leads_back_to_it() -> None:
    mona = browser()
    fill_draft(mona)

    assert post_page(mona, "notes", query="?from=check")["Location"] == "/skjema/kontroller/"


def test_f19_changing_from_the_check_page_first_asks_what_the_change_calls_for() -> None:
    mona = browser()
    fill_draft(mona)

    answer = post_page(mona, "offers", {"offers": ["education", "winter-relief"]}, query="?from=check")

    assert answer["Location"] == "/skjema/side/offer-winter-relief/?from=check"


def test_f19_optional_answers_not_given_are_shown_as_such() -> None:
    assert "Not answered" in words(browser().get("/skjema/kontroller/"))


def test_f19_incomplete_answers_cannot_be_submitted_and_lead_to_what_is_missing() -> None:
    mona = browser()

    page = submit(mona)

    assert ResponseVersion.objects.count() == 0
    assert 'href="/skjema/side/anchoring/?from=check">Choose how far the anchoring has come.' in words(page)


def test_f20_without_the_declaration_nothing_is_submitted() -> None:
    mona = browser()
    fill_draft(mona)

    answer = mona.post("/skjema/kontroller/", {})

    assert (answer.status_code, ResponseVersion.objects.count()) == (422, 0)
    assert "checked" not in words(answer)


def test_f21_double_submit_gives_the_same_receipt() -> None:
    mona = browser()
    fill_draft(mona)

    receipts = [submit(mona), submit(mona)]

    assert ResponseVersion.objects.count() == 1
    assert [words(receipt).count(Response.objects.get().reference) for receipt in receipts] == [1, 1]


def test_f21_receipt_stays_reachable() -> None:
    mona = browser()
    fill_draft(mona)
    submit(mona)

    colleague = browser(email="kollega@bodo.kommune.no")

    assert Response.objects.get().reference in words(colleague.get("/skjema/kvittering/"))


def test_f23_own_side_shows_the_state_in_words_and_every_version() -> None:
    mona = browser()
    fill_draft(mona)
    submit(mona)
    post_page(mona, "notes", {"notes": "More"})
    submit(mona)

    page = words(mona.get("/kommunens-side/"))

    assert "KS has received the questionnaire and is reading it." in page
    assert "/kommunens-side/versjon/1/" in page
    assert "/kommunens-side/versjon/2/" in page
    assert "More" in words(mona.get("/kommunens-side/versjon/2/"))


def test_f24_withdrawing_asks_first_and_the_way_back_is_open() -> None:
    mona = browser()
    mona.get("/kommunens-side/trekk-interessen/")
    assert Response.objects.get().state == "draft"

    mona.post("/kommunens-side/trekk-interessen/")
    assert Response.objects.get().state == "withdrawn"

    assert mona.post("/skjema/start/")["Location"] == "/skjema/"
    assert sorted(Response.objects.values_list("state", flat=True)) == ["draft", "withdrawn"]


def test_f30_closed_round_shows_the_own_side_and_says_so() -> None:
    mona = browser()
    Round.objects.update(
        closes_at=timezone.now() - timedelta(hours=2), opens_at=timezone.now() - timedelta(days=9)
    )

    assert mona.get("/skjema/side/notes/")["Location"] == "/kommunens-side/"
    assert "You can ask KS to open them." in words(mona.get("/kommunens-side/"))


def test_link_that_may_only_edit_cannot_submit_or_withdraw() -> None:
    mona = browser()
    fill_draft(mona)
    AccessLink.objects.update(right="edit")

    submit(mona)
    mona.post("/kommunens-side/trekk-interessen/")

    assert Response.objects.get().state == "draft"


@pytest.mark.parametrize(
    "page", ["contact", "anchoring", "offers", "capacity", "existing", "refugees", "notes", "scope"]
)
def test_f32_odd_posts_never_break_a_page(page: str) -> None:
    mona = browser()
    odd = "\x00\u202e😀" + "x" * 10_000
    keys = list(mona.get(f"/skjema/side/{page}/").context["form"].fields)

    for posted in (
        dict.fromkeys(keys, odd),
        {key: [odd, "2", ""] for key in keys},
        {"seen": "٣", "go": odd},
        {},
    ):
        assert mona.post(f"/skjema/side/{page}/", posted).status_code in {302, 409, 422}

    assert "\x00" not in str(Response.objects.get().draft)
    assert "\x00" not in "".join(ContactPerson.objects.values_list("name", flat=True))


def test_ukrainian_place_is_resolved_on_submit() -> None:
    hromada()
    mona = browser()
    fill_draft(mona, existing_contact="yes", existing_contact_hromadas="Poltava")

    submit(mona)

    assert ResponseVersion.objects.get().answers["existing_contact_hromadas"] == ["UA53080370000025447"]


def test_l09_mails_come_in_the_municipalitys_own_standard() -> None:
    browser("4621", "ola@voss.kommune.no")

    assert [mail.record.language for mail in Email.objects.all()] == ["nn"]


def test_public_pages_stay_within_six_statements(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    municipality()
    for address, statements in (
        ("/meld-interesse/", 2),
        ("/meld-interesse/sendt/", 0),
        ("/skjema/alle-sporsmal/", 2),
    ):
        with django_assert_num_queries(statements):
            assert client.get(address).status_code == 200


def test_form_pages_stay_within_six_statements(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    mona = browser()
    fill_draft(mona)
    expected = {
        "/skjema/": 4,
        "/skjema/side/contact/": 3,
        "/skjema/side/offers/": 4,
        "/skjema/side/refugees/": 4,
        "/skjema/side/horizon/": 3,
        "/skjema/side/existing/": 3,
        "/skjema/kontroller/": 4,
        "/kommunens-side/": 6,
    }

    for address, statements in expected.items():
        with django_assert_num_queries(statements):
            assert mona.get(address).status_code == 200


def test_step_post_stays_within_twelve_statements(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    mona = browser()
    for page, values, statements in (
        ("notes", {"notes": "x"}, 8),
        ("contact", dict(MONA), 9),
        ("offers", {"offers": "education"}, 9),
    ):
        post = stale_post(mona, page, **values)
        with django_assert_num_queries(statements):
            assert post().status_code == 302


def test_final_post_stays_within_twenty_five_statements(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    mona = browser()
    fill_draft(mona)

    with django_assert_num_queries(23):
        assert mona.post("/skjema/kontroller/", {"declaration": "on"})["Location"] == "/skjema/kvittering/"
