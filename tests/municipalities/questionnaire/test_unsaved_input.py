"""What cannot be saved is not lost: it waits, sealed, for the same municipality's contact in the same browser (F-09)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from municipalities.models import KeptInput, Response
from municipalities.questionnaire.unsaved_input import (
    KEPT,
    KEPT_ROWS,
    delete_unsaved,
    drop_expired,
    find_unsaved,
    issue_ticket,
    read_ticket,
    store_input,
)
from tests.municipalities.browsing import browser, mail_link, post_page
from tests.people import NOW
from tests.places import municipality

pytestmark = pytest.mark.django_db
LONG = "Vi vil gjerne dele erfaringer. " * 64 + "Til slutt: takk."
PAGE = "/skjema/side/notes/"
IDENTITY_NUMBER = "01819010001"


def shown(client: Client, page: str = PAGE) -> dict[str, Any]:
    """Return what a browser would post of a page it has open, beside the answers."""
    context = client.get(page).context
    return {"seen": context["seen"], "was": context["was"], "for": context["ticket"], "go": "next"}


def log_out(client: Client) -> None:
    """Let the session end as its time does: the browser's other cookies stay."""
    client.session.flush()
    del client.cookies["sessionid"]


def come_back(client: Client, number: str = "1804", email: str = "ny@bodo.kommune.no") -> Any:
    """Open a new link in the same browser."""
    return client.post(f"/lenke/{mail_link(number, email)}/")


def test_f09_text_of_2000_characters_survives_an_expired_session() -> None:
    mona = browser()
    posted = {**shown(mona), "notes": LONG}
    log_out(mona)

    answer = mona.post(PAGE, posted, follow=True)
    assert answer.redirect_chain == [("/meld-interesse/", 302)]
    assert "What you wrote is kept" in answer.content.decode()
    assert answer.context["form"]["municipality"].value() == "1804"

    assert come_back(mona)["Location"] == PAGE
    again = mona.get(PAGE)
    assert (len(LONG) >= 2000, again.context["form"]["notes"].value()) == (True, LONG)
    assert Response.objects.get().draft.get("notes") is None

    mona.post(PAGE, {**shown(mona), "notes": LONG})
    assert (Response.objects.get().draft["notes"], KeptInput.objects.count()) == (LONG.strip(), 0)
    assert mona.cookies["kept"].value == ""


def test_f09_what_was_written_in_a_follow_up_that_unfolded_is_there_again_too() -> None:
    page, mona = "/skjema/side/existing/", browser()
    follow_up = mona.get(page).context["unfolding"][0]
    posted = {**shown(mona, page), "existing_contact": "yes", "existing_contact_text": LONG, "unfolds": "1"}
    posted["was"] = [posted["was"], follow_up[1]]
    log_out(mona)
    mona.post(page, posted)

    come_back(mona)

    form = mona.get(page).context["form"]
    assert (form["existing_contact"].value(), form["existing_contact_text"].value()) == ("yes", LONG.strip())


def test_f09_another_municipality_in_the_same_browser_never_sees_it() -> None:
    mona = browser()
    posted = {**shown(mona), "notes": LONG}
    log_out(mona)
    mona.post(PAGE, posted)

    assert come_back(mona, "5501", "ola@tromso.kommune.no")["Location"] == "/skjema/"

    assert [LONG in mona.get(address).content.decode() for address in ("/skjema/", PAGE)] == [False, False]
    assert KeptInput.objects.get().municipality.number == "1804"


def test_f09_page_of_one_municipality_is_not_saved_into_another_active_one() -> None:
    browser("5501", "ola@tromso.kommune.no")
    mona = browser()
    posted = {**shown(mona), "notes": LONG}
    come_back(mona, "5501", "kari@tromso.kommune.no")

    assert mona.post(PAGE, posted)["Location"] == "/meld-interesse/"

    assert [response.draft.get("notes") for response in Response.objects.all()] == [None, None]
    assert KeptInput.objects.get().municipality.number == "1804"


def test_f09_wrong_form_token_keeps_what_was_written() -> None:
    mona = browser()
    posted = {**shown(mona), "notes": LONG}
    mona.handler.enforce_csrf_checks = True

    answer = mona.post(PAGE, posted)

    assert answer.status_code == 403
    assert f'href="{PAGE}"' in answer.content.decode()
    assert mona.get(PAGE).context["form"]["notes"].value() == LONG


def test_f09_what_another_site_sends_is_not_kept() -> None:
    mona = browser()
    posted = {**shown(mona), "notes": LONG}
    mona.handler.enforce_csrf_checks = True

    answer = mona.post(PAGE, posted, headers={"origin": "https://elsewhere.example"})

    assert (answer.status_code, KeptInput.objects.count()) == (403, 0)


def test_f09_page_without_our_ticket_is_not_kept() -> None:
    mona = browser()
    posted = {**shown(mona), "notes": LONG, "for": "1804:forged"}
    log_out(mona)

    mona.post(PAGE, posted)

    assert KeptInput.objects.count() == 0


def test_f09_what_a_colleague_saved_meanwhile_is_shown_beside_it() -> None:
    mona = browser()
    posted = {**shown(mona), "notes": "Mona's words"}
    log_out(mona)
    mona.post(PAGE, posted)
    post_page(browser(email="kollega@bodo.kommune.no"), "notes", {"notes": "Colleague's words"})

    come_back(mona)
    page = mona.get(PAGE).content.decode()

    assert (page.count("Mona&#x27;s words"), page.count("Colleague&#x27;s words")) == (2, 1)
    assert Response.objects.get().draft["notes"] == "Colleague's words"


def test_f09_words_of_a_page_no_longer_asked_stand_on_the_task_list() -> None:
    mona = browser()
    post_page(mona, "offers", {"offers": ["education"]})
    page = "/skjema/side/offer-education/"
    posted = {**shown(mona, page), "offer_education_text": "Skoleledelse i ti år"}
    log_out(mona)
    mona.post(page, posted)
    post_page(browser(email="kollega@bodo.kommune.no"), "offers", {"offers": ["youth"]})

    assert come_back(mona)["Location"] == "/skjema/"
    assert "Skoleledelse i ti år" in mona.get("/skjema/").content.decode()


def test_kept_row_holds_nothing_readable_and_no_identity_number() -> None:
    ticket = read_ticket(issue_ticket(municipality=municipality(), page="notes"))
    assert ticket is not None

    token = store_input(ticket=ticket, values={"notes": [f"Hemmelig {IDENTITY_NUMBER}"]}, at=NOW) or ""

    row = KeptInput.objects.get()
    assert [word in bytes(row.sealed) for word in (b"Hemmelig", b"notes", token.encode())] == [False] * 3
    assert token not in row.token_hash
    unsaved = find_unsaved(token=token, at=NOW, municipality=municipality())
    assert unsaved is not None
    assert unsaved.values == {"notes": ["Hemmelig"]}


def test_kept_text_is_gone_after_a_day_and_for_a_wrong_token() -> None:
    ticket = read_ticket(issue_ticket(municipality=municipality(), page="notes"))
    assert ticket is not None
    token = store_input(ticket=ticket, values={"notes": ["Kept."]}, at=NOW) or ""

    assert find_unsaved(token="another", at=NOW) is None
    assert find_unsaved(token=token, at=NOW + KEPT) is None
    assert [drop_expired(at=NOW + KEPT - timedelta(seconds=1)), drop_expired(at=NOW + KEPT)] == [0, 1]


def test_nothing_and_a_flood_are_not_kept() -> None:
    ticket = read_ticket(issue_ticket(municipality=municipality(), page="notes"))
    assert ticket is not None

    assert store_input(ticket=ticket, values={"notes": ["  "]}, at=NOW) is None
    assert store_input(ticket=ticket, values={"notes": ["x" * 300_000]}, at=NOW) is None
    delete_unsaved(token="never given")


def test_a_page_from_long_ago_does_not_fill_the_database() -> None:
    ticket = read_ticket(issue_ticket(municipality=municipality(), page="notes"))
    assert ticket is not None
    tokens = [
        store_input(ticket=ticket, values={"notes": [f"{number}"]}, at=NOW) for number in range(KEPT_ROWS + 1)
    ]
    assert (sum(token is not None for token in tokens), tokens[-1]) == (KEPT_ROWS, None)


def test_f10_page_states_the_limit_and_the_button_extends_it() -> None:
    mona = browser()

    assert "You stay logged in for 20 hours after the last page" in " ".join(
        mona.get(PAGE).content.decode().split()
    )

    session = mona.session
    session["access"] = {**session["access"], "seen": int(timezone.now().timestamp()) - 19 * 3600}
    session.save()
    assert mona.post("/skjema/forleng/").json() == {"seconds": 20 * 3600}
    assert int(timezone.now().timestamp()) - mona.session["access"]["seen"] < 60


def test_f08_autosave_saves_without_calling_the_page_answered() -> None:
    mona = browser()
    posted = {**shown(mona), "go": "auto", "notes": "Half a sen"}

    saved = mona.post(PAGE, posted).json()

    draft = Response.objects.get().draft
    assert (draft["notes"], draft.get("saved", [])) == ("Half a sen", [])
    assert (
        mona.post(PAGE, {**posted, **saved, "go": "next", "notes": "Half a sentence."})["Location"]
        == "/skjema/"
    )
    assert Response.objects.get().draft["saved"] == ["notes"]


def test_f08_autosave_never_overwrites_a_colleague() -> None:
    mona = browser()
    posted = {**shown(mona), "go": "auto", "notes": "Mine"}
    post_page(browser(email="kollega@bodo.kommune.no"), "notes", {"notes": "Theirs"})

    assert mona.post(PAGE, posted).status_code == 409
    assert Response.objects.get().draft["notes"] == "Theirs"


def test_f28_language_switch_saves_what_is_written_and_keeps_the_page() -> None:
    mona = browser()
    posted = {key: value for key, value in shown(mona).items() if key != "go"}

    answer = mona.post(PAGE, {**posted, "notes": "Uferdig", "language": "nn"}, follow=True)

    assert answer.redirect_chain == [(PAGE, 302)]
    page = answer.content.decode()
    assert (mona.cookies["language"].value, "Uferdig" in page, '<html lang="nn"' in page) == (
        "nn",
        True,
        True,
    )


def test_f28_language_switch_keeps_what_is_written_in_the_request_for_a_link(client: Client) -> None:
    municipality()

    answer = client.post("/meld-interesse/", {"municipality": "1804", "email": "mona@", "language": "nn"})

    assert (answer.status_code, client.cookies["language"].value) == (200, "nn")
    form = answer.context["form"]
    assert (form["municipality"].value(), form["email"].value(), form.errors) == ("1804", "mona@", {})
