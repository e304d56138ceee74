"""A browser in which a municipal contact has opened a link, and the posts that fill the questionnaire."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.utils import timezone
from post_office.models import Email

from kommunesamarbeid.core.roles import Actor
from municipalities.access.links import request_link
from municipalities.models import AccessLink, Response
from municipalities.questionnaire.structure import all_pages
from municipalities.responses.drafts import save_draft
from tests.municipalities.answers import ANSWERS, MONA
from tests.places import municipality, round_open, theme


def mailed_token() -> str:
    """Return the token in the newest mail."""
    newest = Email.objects.order_by("-id")[0]
    found = re.search(r"/lenke/([\w-]{43})/", newest.message)
    assert found is not None, newest.message
    return found[1]


def mail_link(number: str = "1804", email: str = "") -> str:
    """Mail a link to the contact of a municipality and return its token."""
    party = municipality(number)
    address = email or f"mona@{party.website.removeprefix('https://www.')}"
    request_link(municipality=party, email=address, at=timezone.now(), language="nb")
    return mailed_token()


def browser(number: str = "1804", email: str = "", *, client: Client | None = None, link: str = "") -> Client:
    """Return a browser (a given one, by a given link) in which the link is open and the municipality's response begun."""
    round_open()
    for slug in ("education", "youth", "municipal-finance", "winter-relief", "physical-reconstruction"):
        theme(slug)
    client = client or Client()
    client.cookies["language"] = "en"
    answer = client.post(link or f"/lenke/{mail_link(number, email)}/")
    assert answer.status_code == 302, answer.content
    return client


def post_page(
    client: Client, page: str, values: dict[str, Any] | None = None, *, query: str = "", **buttons: str
) -> Any:
    """Open a page, fill it in as a browser would, and press a button (Next step unless told)."""
    url = f"/skjema/side/{page}/{query}"
    form = client.get(url).context["form"]
    shown = {name: field.value() for name, field in ((name, form[name]) for name in form.fields)}
    kept = {name: value for name, value in shown.items() if value not in (None, "", False)}
    numbers = {name: client.get(url).context[name] for name in ("seen", "was")}
    return client.post(url, {**kept, **(values or {}), **numbers, "go": "next", **buttons})


def fill_all(client: Client, **changed: Any) -> None:
    """Answer every page with a full set of answers, following the pages that the answers call for."""
    answers = {**ANSWERS, **MONA, **changed}
    todo, done = _pages(client), set()
    while todo:
        page = todo.pop(0)
        done.add(page)
        form = client.get(f"/skjema/side/{page}/").context["form"]
        answer = post_page(client, page, {name: answers[name] for name in form.fields if answers.get(name)})
        assert answer.status_code == 302, (page, answer.context["form"].errors)
        todo += [found for found in _pages(client) if found not in done and found not in todo]


def fill_draft(client: Client, **changed: Any) -> None:
    """Answer every page at once, through the service: what a test needs that is not about filling in."""
    link = AccessLink.objects.select_related("contact").get(pk=client.session["access"]["active"])
    response = Response.objects.select_related("round", "contact", "deputy").get(
        municipality=link.contact.municipality_id
    )
    values = {**ANSWERS, **MONA, "contact_email": link.contact.email, **changed}
    values["saved"] = [page.key for _section, page in all_pages(values)]
    by = Actor.contact(link.contact_id)
    save_draft(response=response, values=values, by=by, at=timezone.now(), seen_number=response.draft_number)


def submit(client: Client) -> Any:
    """Submit with the declaration ticked and follow to the receipt."""
    return client.post("/skjema/kontroller/", {"declaration": "on"}, follow=True)


def _pages(client: Client) -> list[str]:
    """Return the keys of the pages that the check page shows a way to."""
    return list(
        dict.fromkeys(
            re.findall(r"/skjema/side/([\w-]+)/", client.get("/skjema/kontroller/").content.decode())
        )
    )
