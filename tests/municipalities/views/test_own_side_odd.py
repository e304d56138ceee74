"""F-32 on the own side: odd posts break nothing, and what the forms do not allow is not stored."""

from __future__ import annotations

import pytest
from django.test import Client

from municipalities.choices import LinkRight
from municipalities.models import ContactPerson, JointMember, Response
from tests.municipalities.answers import contact, submitted_response
from tests.municipalities.browsing import browser, fill_draft, submit
from tests.people import NOW
from tests.places import municipality

pytestmark = pytest.mark.django_db
ODD = ("", "\x00", "\u202e😀", "x" * 10_000, "' OR 1=1 --", "{{ 7*7 }}", "0", "-1", "٣", "<script>")


def submitted() -> Client:
    """Return Mona's browser after she has submitted."""
    client = browser()
    client.raise_request_exception = True
    fill_draft(client)
    submit(client)
    return client


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/kommunens-side/tilgang/inviter/", ("email", "right")),
        (
            "/kommunens-side/kontaktperson/contact/",
            ("contact_name", "contact_title", "contact_email", "contact_phone"),
        ),
        ("/kommunens-side/kontaktperson/deputy/", ("deputy_name", "deputy_email")),
        ("/kommunens-side/mine-opplysninger/", ("name", "title", "phone")),
        ("/kommunens-side/sammen/", ("municipality",)),
        ("/velg-part/", ("link",)),
        ("/kommunens-side/be-om-apning/", ("x",)),
        ("/kommunens-side/stedfortreder/fjern/", ("x",)),
    ],
)
def test_f32_odd_posts_never_break_a_page(address: str, fields: tuple[str, ...]) -> None:
    client = submitted()

    codes = {client.post(address, dict.fromkeys(fields, odd)).status_code for odd in ODD}
    codes |= {client.post(address).status_code, client.post(address, {fields[0]: ["a", "b"]}).status_code}

    assert codes <= {200, 302, 422, 429}
    assert {person.right for person in ContactPerson.objects.all()} == {LinkRight.SUBMIT}
    assert (JointMember.objects.count(), Response.objects.get().state) == (0, "submitted")


def test_f32_ids_of_another_municipality_give_nothing() -> None:
    theirs = submitted_response("5501").response
    stranger = contact("5501")
    member = JointMember.objects.create(
        response=theirs, municipality=municipality("4621"), round=theirs.round, named_at=NOW
    )
    client = submitted()

    for address in (
        f"/kommunens-side/tilgang/{stranger.pk}/rett/",
        f"/kommunens-side/tilgang/{stranger.pk}/avslutt/",
        f"/kommunens-side/sammen/{member.pk}/bekreft/",
        f"/kommunens-side/sammen/{member.pk}/avslutt/",
        "/kommunens-side/tilgang/999999999999/avslutt/",
        "/kommunens-side/versjon/999/pdf/",
        "/kommunens-side/kontaktperson/andre/",
    ):
        assert client.post(address, {"right": "edit"}).status_code in {404, 405}
    stranger.refresh_from_db()
    member.refresh_from_db()
    assert (stranger.right, stranger.access_ended_at, member.confirmed_at, member.ended_at) == (
        LinkRight.SUBMIT,
        None,
        None,
        None,
    )
