"""A hromada with needs, its contact, and a browser in which the contact has opened the link."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.utils import timezone

from kommunesamarbeid.core.roles import Actor
from municipalities.models import Candidate, ContactPerson
from municipalities.people import hromada_links
from tests.municipalities.browsing import mailed_token
from tests.municipalities.pool import POLTAVA, pooled_candidate
from tests.people import NOW, actor

TARAS = {
    "name": "Тарас Тестовий",
    "title": "радник",
    "email": "taras@poltava.example",
    "phone": "+380000000000",
}


def contact(candidate: Candidate, **changed: Any) -> ContactPerson:
    """Return the hromada's contact, added by Andrij."""
    known = hromada_links.current_contacts(candidate.hromada_id).first()
    return known or hromada_links.add_contact(
        hromada=candidate.hromada, by=actor("andrij"), at=NOW, **{**TARAS, **changed}
    )


def voice(candidate: Candidate) -> Actor:
    """Return the hromada's contact as an actor."""
    return Actor.hromada_contact(contact(candidate).pk)


def own_page(katottg: str = POLTAVA, *, language: str = "en", **changed: Any) -> Client:
    """Return a browser in which the contact of the hromada has opened the link."""
    person = contact(pooled_candidate(katottg), **changed)
    hromada_links.send_link(contact=person, by=actor("andrij"), at=timezone.now())
    client = Client()
    client.cookies["language"] = language
    answer = client.post(f"/lenke/{mailed_token()}/")
    assert answer["Location"] == "/hromada/"
    return client
