"""A contact's own data: only one's own rows, corrected, taken along, erased; contact persons are changed by the municipality."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.roles import Actor, NotAllowed
from municipalities.models import AccessLink, ContactPerson, Response
from municipalities.people.named_people import remove_deputy, save_person
from municipalities.people.own_data import correct_own, erase_for, erase_own, own_data
from municipalities.responses.drafts import NotYourResponse
from municipalities.responses.export import rows
from municipalities.responses.responses import withdraw_response
from tests.desk import desk
from tests.municipalities.answers import contact, submitted_response
from tests.municipalities.browsing import browser, fill_draft, submit
from tests.people import NOW, actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
LATER = NOW + timedelta(days=1)
OLA = {
    "deputy_name": "Ola Vik",
    "deputy_title": "Rådgiver",
    "deputy_email": "ola@bodo.kommune.no",
    "deputy_phone": "",
}


def mona() -> Actor:
    """Return Mona of Bodø."""
    return Actor.contact(contact().pk)


def submitted() -> Client:
    """Return Mona's browser after she has submitted."""
    client = browser()
    fill_draft(client)
    submit(client)
    return client


def test_own_data_holds_ones_own_rows_and_nobody_elses() -> None:
    submitted_response()
    contact(email="kollega@bodo.kommune.no")
    contact("5501", "mona@bodo.kommune.no")

    data = own_data(contact())

    assert [person["email"] for person in data["persons"]] == ["mona@bodo.kommune.no"]
    assert data["contact_of"] == [Response.objects.get().reference]
    assert ([act["action"] for act in data["acts"]][:2], len(data["mails"])) == (
        ["response.started", "response.draft_saved"],
        1,
    )


def test_own_data_is_taken_along_as_json() -> None:
    answer = submitted().get("/kommunens-side/mine-opplysninger/json/")

    assert answer["Content-Disposition"] == 'attachment; filename="mine-opplysninger.json"'
    assert answer.json()["persons"][0]["name"] == "Mona Berg"


def test_own_data_is_corrected_and_an_identity_number_is_not_kept() -> None:
    submitted_response()

    correct_own(contact=contact(), values={"name": "Mona Vik 01010750160", "phone": "1"}, by=mona(), at=LATER)

    assert (contact().name, contact().phone, contact().title) == ("Mona Vik", "1", "Rådgiver")
    with pytest.raises(NotYourResponse):
        correct_own(
            contact=contact(),
            values={"name": "x"},
            by=Actor.contact(contact(email="k@bodo.kommune.no").pk),
            at=LATER,
        )


def test_who_no_open_case_needs_is_erased_at_once_and_logged_out() -> None:
    submitted()
    colleague = browser(email="kollega@bodo.kommune.no")

    answer = colleague.post("/kommunens-side/mine-opplysninger/slett/")

    gone = ContactPerson.objects.get(erased_at__isnull=False)
    assert (answer["Location"], gone.name, gone.email, gone.phone) == ("/", "", "", "")
    assert colleague.get("/kommunens-side/")["Location"] == "/meld-interesse/"


def test_the_contact_person_of_an_open_case_asks_ks_and_ks_erases() -> None:
    client = submitted()
    client.post("/kommunens-side/mine-opplysninger/slett/")
    response = Response.objects.get()
    assert (contact().erased_at, contact().erasure_asked_at is not None) == (None, True)

    kari = desk("kari")
    assert (
        "Erase the contact person"
        in kari.get(f"/desk/municipalities/response/{response.pk}/change/").content.decode()
    )
    kari.post(f"/desk/municipalities/response/{response.pk}/erase-contact/")

    assert ContactPerson.objects.filter(email="mona@bodo.kommune.no").count() == 0
    assert AuditEvent.objects.filter(action="contact.erased").count() == 1


def test_the_contact_person_of_a_withdrawn_case_is_erased_at_once() -> None:
    response = submitted_response().response
    withdraw_response(response=response, by=mona(), at=LATER)

    assert erase_own(contact=contact(), by=mona(), at=LATER) is True


def test_only_ks_erases_for_somebody() -> None:
    for who in ("lars", "andrij", "astrid"):
        with pytest.raises(NotAllowed):
            erase_for(contact=contact(), by=actor(who), at=NOW)


def test_contact_persons_can_be_changed_after_the_deadline() -> None:
    client = submitted()
    Response.objects.get().round.__class__.objects.update(
        opens_at=NOW - timedelta(days=90), closes_at=NOW - timedelta(days=60)
    )

    answer = client.post("/kommunens-side/kontaktperson/deputy/", OLA)

    deputy = Response.objects.get().deputy
    assert (answer["Location"], deputy and deputy.name) == ("/kommunens-side/", "Ola Vik")


def test_a_wrong_address_of_a_contact_person_is_said_at_the_field_and_nothing_is_kept() -> None:
    client = submitted()

    answer = client.post(
        "/kommunens-side/kontaktperson/contact/",
        {"contact_name": "Ny", "contact_title": "x", "contact_email": "feil"},
    )

    assert (answer.status_code, "contact_email" in answer.context["form"].errors) == (422, True)
    assert Response.objects.get().contact == contact()


def test_a_new_contact_person_gets_a_row_of_their_own_and_the_key_holder_keeps_theirs() -> None:
    client = submitted()
    new = {
        "contact_name": "Ny Person",
        "contact_title": "Sjef",
        "contact_email": "ny@bodo.kommune.no",
        "contact_phone": "",
    }

    client.post("/kommunens-side/kontaktperson/contact/", new)

    named = Response.objects.get().contact
    assert named is not None
    assert (named.email, AccessLink.objects.get().contact.email) == (
        "ny@bodo.kommune.no",
        "mona@bodo.kommune.no",
    )


def test_a_removed_deputy_is_erased_where_nothing_else_needs_them() -> None:
    response = submitted_response().response
    save_person(response=response, values=OLA, by=mona(), at=NOW)

    remove_deputy(response=response, by=mona(), at=LATER)

    assert Response.objects.get().deputy is None
    assert [(person.name, person.erased_at) for person in ContactPerson.objects.filter(is_deputy=True)] == [
        ("", LATER)
    ]


@pytest.mark.parametrize(
    "address", ["mine-opplysninger/", "kontaktperson/contact/", "kontaktperson/deputy/", "tilgang/"]
)
def test_l11_the_privacy_page_is_linked_beside_every_group_of_fields_about_a_person(address: str) -> None:
    page = submitted().get(f"/kommunens-side/{address}").content.decode()

    assert 'href="/personvern/"' in page.partition("<main")[2].partition("</main>")[0]


def test_l15_an_erased_person_is_gone_from_the_export_and_the_staffs_page() -> None:
    response = submitted_response().response
    erase_for(contact=contact(), by=actor("kari"), at=LATER)

    (line,) = rows(by=actor("kari"), at=LATER, people=True, reason="x")
    page = desk("kari").get(f"/desk/municipalities/response/{response.pk}/change/").content.decode()

    assert [line[key] for key in ("contact_name", "contact_title", "contact_email", "contact_phone")] == [
        ""
    ] * 4
    assert [text in page for text in ("Mona Berg", "mona@bodo", "755 55 000")] == [False] * 3


def test_ola_changes_nothing_of_bodo() -> None:
    response = submitted_response().response
    ola = Actor.contact(contact("5501", "ola@tromso.kommune.no").pk)

    for attempt in (
        lambda: save_person(response=response, values=OLA, by=ola, at=NOW),
        lambda: remove_deputy(response=response, by=ola, at=NOW),
        lambda: erase_own(contact=contact(), by=ola, at=NOW),
    ):
        with pytest.raises(NotYourResponse):
            attempt()
