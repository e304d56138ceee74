"""A hromada's own page: it says, AUC decides; its own data and nobody else's; the link ends when it is ended."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from post_office.models import Email

from kommunesamarbeid.core.models import MailRecord
from kommunesamarbeid.core.roles import NotAllowed
from municipalities.access.panels import Panel
from municipalities.models import AccessLink, NeedDraft, Suggestion
from municipalities.needs import needs, suggestions
from municipalities.people import hromada_links
from tests.desk import text
from tests.municipalities.browsing import mailed_token
from tests.municipalities.hromadas import TARAS, contact, own_page, voice
from tests.municipalities.pool import LVIV, add_need, pooled_candidate
from tests.page_weight import POOR_LINE, weight
from tests.people import actor, make_user
from tests.places import theme

pytestmark = pytest.mark.django_db

CHANGED = {"urgency": "1", "text_uk": "Нові слова", "visibility": "internal", "status": "open"}


def kinds() -> list[tuple[str, str]]:
    return list(Suggestion.objects.values_list("kind", "outcome"))


def test_the_link_opens_the_hromadas_page_in_ukrainian() -> None:
    add_need(pooled_candidate(), text_uk="Поради для шкіл")
    person = contact(pooled_candidate())
    hromada_links.send_link(contact=person, by=actor("andrij"), at=timezone.now())
    client = Client()
    page = client.post(f"/lenke/{mailed_token()}/", follow=True)
    assert page.redirect_chain == [("/hromada/", 302)]
    assert '<html lang="uk"' in text(page)
    assert "Поради для шкіл" in text(page)


def test_the_mail_with_the_link_is_ukrainian_and_holds_no_need_and_no_name() -> None:
    add_need(pooled_candidate(), text_uk="Поради для шкіл")
    own_page()
    mail = Email.objects.get()
    assert MailRecord.objects.values_list("template", "language", "recipient_kind").get() == (
        "hromada_link",
        "uk",
        "contact",
    )
    assert [
        word for word in ("Поради", "education", TARAS["name"]) if word in mail.subject + mail.message
    ] == []


def test_in_one_tap_a_need_is_said_to_be_current() -> None:
    need = add_need(pooled_candidate())
    client = own_page()
    assert "Sent to AUC." in text(client.post(f"/hromada/needs/{need.pk}/confirm/", follow=True))
    assert kinds() == [("confirm", "waiting")]


def test_all_needs_are_said_to_be_current_except_those_already_spoken_of() -> None:
    candidate = pooled_candidate()
    first = add_need(candidate)
    add_need(candidate, "youth")
    client = own_page()
    client.post(f"/hromada/needs/{first.pk}/close/", {"reason": ""})
    assert "1 need is sent to AUC as current." in text(client.post("/hromada/needs/confirm/", follow=True))
    assert sorted(kinds()) == [("confirm", "waiting"), ("withdraw", "waiting")]


def test_a_change_waits_and_can_be_taken_back() -> None:
    need = add_need(pooled_candidate(), urgency=3, text_uk="Поради")
    client = own_page()
    client.post(f"/hromada/needs/{need.pk}/change/", CHANGED)
    said = Suggestion.objects.get()
    assert said.after == {"urgency": 1, "text_uk": "Нові слова"}
    assert "waits for AUC: the need has changed" in text(client.get("/hromada/"))
    client.post(f"/hromada/said/{said.pk}/take-back/")
    assert kinds() == [("change", "taken_back")]


def test_every_other_thing_is_said_on_its_own_page() -> None:
    candidate = pooled_candidate()
    client = own_page()
    youth, education = theme("youth"), theme("education")
    need = {
        "theme": education.pk,
        "horizon": "long",
        "urgency": "2",
        "text_uk": "Поради",
        "visibility": "partners",
    }
    client.post("/hromada/needs/add/", need)
    client.post("/hromada/teaching/add/", {"theme": youth.pk, "text": "Молодіжна рада"})
    client.post("/hromada/consent/", {"scope": "norwegian", "given_by": "Рада"})
    client.post("/hromada/contact/", {"name": "Нова", "email": "nova@poltava.example", "replaces": "on"})
    assert kinds() == [(kind, "waiting") for kind in ("add", "teach", "consent", "contact")]
    for said in suggestions.waiting_of(candidate):
        suggestions.accept_suggestion(suggestion=said, by=actor("andrij"), at=timezone.now())
    assert (candidate.needs.get().visibility, candidate.teachings.get().text) == (
        "partners",
        "Молодіжна рада",
    )


def test_the_hromada_reads_what_became_of_it_and_why() -> None:
    need = add_need(pooled_candidate())
    client = own_page()
    client.post(f"/hromada/needs/{need.pk}/close/", {"reason": "Вирішено"})
    suggestions.decline_suggestion(
        suggestion=Suggestion.objects.get(), reason="Ще триває", by=actor("andrij"), at=timezone.now()
    )
    page = text(client.get("/hromada/"))
    assert (
        "the need is no longer current, education: <strong>left as it was</strong>. AUC writes: Ще триває"
        in page
    )
    assert "Kovalenko" not in page


def test_what_is_not_valid_is_kept_and_shown_on_coming_back() -> None:
    need = add_need(pooled_candidate())
    client = own_page()
    answer = client.post(f"/hromada/needs/{need.pk}/change/", {**CHANGED, "text_uk": "я" * 501})
    assert answer.status_code == 422
    again = client.get(f"/hromada/needs/{need.pk}/change/")
    assert list(again.context["form"].errors) == ["text_uk"]
    assert "я" * 501 in text(again)
    client.post(f"/hromada/needs/{need.pk}/change/", CHANGED)
    assert not NeedDraft.objects.exists()


def test_a_text_that_may_give_away_a_place_is_asked_about() -> None:
    need = add_need(pooled_candidate())
    client = own_page()
    place = {**CHANGED, "text_uk": "49.5883, 34.5514"}
    asked = client.post(f"/hromada/needs/{need.pk}/change/", place)
    assert asked.context["form"].errors["is_checked"] == [
        "The text may hold coordinates. Take it out, or confirm that you have checked."
    ]
    client.post(f"/hromada/needs/{need.pk}/change/", {**place, "is_checked": "on"})
    assert kinds() == [("change", "waiting")]


def test_another_hromadas_data_are_never_reached() -> None:
    other = pooled_candidate(LVIV)
    need = add_need(other, text_uk="Чужа потреба")
    teaching = needs.add_teaching(
        candidate=other, theme=theme("youth"), text="Чужий досвід", by=actor("andrij"), at=timezone.now()
    )
    said = suggestions.suggest_confirm(need=need, by=voice(other), at=timezone.now())
    client = own_page(email="ivan@poltava.example")
    for address in (f"needs/{need.pk}/change/", f"needs/{need.pk}/close/"):
        assert client.get(f"/hromada/{address}").status_code == 404
    taps = (
        f"needs/{need.pk}/confirm/",
        f"needs/{need.pk}/change/",
        f"teaching/{teaching.pk}/remove/",
        f"said/{said.pk}/take-back/",
    )
    assert [client.post(f"/hromada/{address}", CHANGED).status_code for address in taps] == [404] * 4
    page = text(client.get("/hromada/"))
    assert [word for word in ("Чужа", "Чужий", "Lviv", "Львів", TARAS["email"]) if word in page] == []
    assert kinds() == [("confirm", "waiting")]


@pytest.mark.parametrize("end", ["revoked", "contact ended", "replaced"])
def test_a_link_that_is_ended_ends_at_the_next_request(end: str) -> None:
    candidate = pooled_candidate()
    client = own_page()
    person = contact(candidate)
    assert client.get("/hromada/").status_code == 200
    if end == "revoked":
        AccessLink.objects.update(revoked_at=timezone.now())
    elif end == "contact ended":
        hromada_links.end_contact(contact=person, by=actor("andrij"), at=timezone.now())
    else:
        client.post("/hromada/contact/", {"name": "Нова", "email": "nova@poltava.example", "replaces": "on"})
        suggestions.accept_suggestion(
            suggestion=Suggestion.objects.get(), by=actor("andrij"), at=timezone.now()
        )
    assert client.get("/hromada/")["Location"] == "/hromada/link/"
    assert client.post("/hromada/needs/confirm/")["Location"] == "/hromada/link/"


def test_a_staff_login_in_the_same_browser_ends_the_access() -> None:
    pooled_candidate()
    client = own_page()
    client.force_login(make_user("olena"))
    assert client.get("/hromada/")["Location"] == "/hromada/link/"


def test_known_and_unknown_addresses_get_the_same_answer() -> None:
    contact(pooled_candidate())
    client = Client()
    client.cookies["language"] = "en"
    answers = [
        client.post("/hromada/link/", {"email": email}, follow=True)
        for email in (TARAS["email"], "nobody@x.example")
    ]
    told = {(answer.status_code, re.sub(r'value="\w{64}"', "", text(answer))) for answer in answers}
    assert len(told) == 1
    assert AccessLink.objects.count() == 1


def test_a_link_is_not_mailed_twice_within_a_moment_nor_to_whoever_waits_or_is_gone() -> None:
    candidate, now = pooled_candidate(), timezone.now()
    person = contact(candidate)
    assert [
        hromada_links.request_links(email=f" {TARAS['email'].upper()}", at=now + timedelta(seconds=s))
        for s in (0, 30, 90)
    ] == [1, 0, 1]
    hromada_links.end_contact(contact=person, by=actor("andrij"), at=now)
    assert hromada_links.request_links(email=TARAS["email"], at=now + timedelta(hours=1)) == 0


def test_many_requests_for_links_are_refused_for_an_hour() -> None:
    statuses = [Client().post("/hromada/link/", {"email": "x@x.example"}).status_code for _time in range(8)]
    assert statuses == [302] * 6 + [429] * 2


def test_the_page_that_sends_links_is_ukrainian_until_another_language_is_chosen() -> None:
    client = Client()
    assert '<html lang="uk"' in text(client.get("/hromada/link/"))
    client.cookies["language"] = "en"
    assert '<html lang="en"' in text(client.get("/hromada/link/"))


@pytest.mark.parametrize("who", ["kari", "guro", "olena", "astrid"])
def test_only_auc_editors_keep_contacts(who: str) -> None:
    candidate = pooled_candidate()
    person = contact(candidate)
    with pytest.raises(NotAllowed):
        hromada_links.add_contact(
            hromada=candidate.hromada, email="x@x.example", by=actor(who), at=timezone.now()
        )
    with pytest.raises(NotAllowed):
        hromada_links.send_link(contact=person, by=actor(who), at=timezone.now())
    with pytest.raises(NotAllowed):
        hromada_links.end_contact(contact=person, by=actor(who), at=timezone.now())


def test_the_upper_floors_panels_stand_on_the_page_urgent_ones_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def provider(*, party: Any, at: Any) -> list[Panel]:
        asked.append(party)
        return [
            Panel("components/alert.html", {}, urgent=False),
            Panel("components/demo_banner.html", {}, urgent=True),
        ]

    monkeypatch.setattr("municipalities.access.panels.PROVIDERS", [provider])
    candidate = pooled_candidate()
    page = text(own_page().get("/hromada/"))
    assert asked == [candidate.hromada]
    assert page.index("demo-banner") < page.index('id="needs"') < page.index('class="ds-alert"')


def test_a_26_a_hromadas_pages_weigh_less_than_100_kilobytes() -> None:
    candidate = pooled_candidate()
    for slug, horizon in [(s, h) for s in ("education", "youth") for h in ("short", "long")] + [
        ("municipal-finance", "long")
    ]:
        need = add_need(candidate, slug, horizon, text_uk="я" * 500, text_en="e" * 500)
        suggestions.suggest_change(
            need=need, changes={"text_uk": "ї" * 500}, by=voice(candidate), at=timezone.now()
        )
    client = own_page(language="uk")
    first = candidate.needs.all()[0]
    pages = [
        "/hromada/",
        f"/hromada/needs/{first.pk}/change/",
        "/hromada/needs/add/",
        "/hromada/consent/",
        "/hromada/link/",
    ]
    assert [address for address in pages if weight(client.get(address)) > POOR_LINE] == []
