"""A full, valid set of answers, and responses that have come as far as a test needs, made through the services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kommunesamarbeid.core.roles import Actor
from municipalities.models import ContactPerson, Response, ResponseVersion
from municipalities.responses.responses import mark_ready, save_draft, start_response, submit_response
from tests.people import NOW, actor
from tests.places import municipality, round_open, theme

# As typed into the form; who they belong to does not stand here but in `ContactPerson`.
ANSWERS: Mapping[str, Any] = {
    "anchoring": "council",
    "anchoring_body": "Kommunestyret",
    "anchoring_on": "12.03.2026",
    "anchoring_case": "26/123",
    "offers": ["education", "youth"],
    "offer_education_level": "3",
    "offer_education_text": "Spesialpedagogikk og skoleledelse.",
    "offer_youth_level": "2",
    "offer_youth_text": "",
    "wishes": ["municipal-finance"],
    "scope_understood": "yes",
    "out_of_scope": [],
    "horizons": ["short", "long"],
    "short_term_capacity": "1",
    "staff_hours": "10_25",
    "capacity": "1",
    "travel": "west",
    "host": "yes",
    "preference": "none",
    "preference_reason": "",
    "refusal": "none",
    "languages": ["en"],
    "interpreter": "yes",
    "existing_contact": "no",
    "refugee_oblasts": [],
    "notes": "",
}
MONA: Mapping[str, str] = {
    "contact_name": "Mona Berg", "contact_title": "Rådgiver", "contact_email": "mona@bodo.kommune.no", "contact_phone": "755 55 000",
}  # fmt: skip


def contact(number: str = "1804", email: str = "") -> ContactPerson:
    """Return Mona, the contact of a municipality, made when needed."""
    party = municipality(number)
    address = email or f"mona@{party.website.removeprefix('https://www.')}"
    return ContactPerson.objects.get_or_create(
        municipality=party, email=address, defaults={"created_at": NOW}
    )[0]


def begun_response(number: str = "1804", **answers: Any) -> Response:
    """Return a response with a full draft; `answers` replace some of it."""
    for slug in ("education", "youth", "municipal-finance", "winter-relief", "physical-reconstruction"):
        theme(slug)
    mona = contact(number)
    by = Actor.contact(mona.pk)
    response = start_response(
        municipality=mona.municipality or municipality(number),
        round=round_open(),
        contact=mona,
        by=by,
        at=NOW,
    )
    values = {**ANSWERS, **MONA, "contact_email": mona.email, **answers}
    save_draft(response=response, values=values, by=by, at=NOW, seen_number=response.draft_number)
    return response


def submitted_response(number: str = "1804", **answers: Any) -> ResponseVersion:
    """Return the first version of a submitted response."""
    response = begun_response(number, **answers)
    return submit_response(response=response, by=Actor.contact(contact(number).pk), at=NOW, language="nb")


def ready_response(number: str = "1804", **answers: Any) -> Response:
    """Return a response that KS has marked ready."""
    response = submitted_response(number, **answers).response
    mark_ready(response=response, by=actor("kari"), at=NOW)
    return response
