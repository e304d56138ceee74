"""F-13 and F-02: colleagues share one draft, each with a right; who did what can be read; a stranger never reaches the draft."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from post_office.models import Email
from pytest_django.fixtures import DjangoAssertNumQueries

from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.roles import Actor
from municipalities.access.links import accept_address, issue_links, open_link, request_link
from municipalities.choices import LinkRight, LinkStatus
from municipalities.models import AccessLink, ContactPerson, Response
from municipalities.people.colleagues import (
    OwnAccess,
    change_right,
    end_colleague,
    invite_colleague,
    log_of,
    people_with_access,
)
from municipalities.responses.drafts import NotYourResponse
from municipalities.responses.responses import submit_response
from tests.municipalities.answers import begun_response, contact
from tests.municipalities.browsing import browser, fill_draft, mail_link, mailed_token, post_page, submit
from tests.people import NOW, actor
from tests.places import municipality

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
OWN, FOREIGN = "kollega@bodo.kommune.no", "kollega@mail.example"
LATER = NOW + timedelta(hours=1)


def mona() -> Actor:
    """Return Mona of Bodø, who may submit."""
    return Actor.contact(contact().pk)


def invited(email: str = OWN, right: str = LinkRight.EDIT) -> ContactPerson:
    """Return a colleague whom Mona has invited."""
    return invite_colleague(municipality=municipality(), email=email, right=right, by=mona(), at=NOW)


def words(client: Client, address: str) -> str:
    """Return a page as text on one line."""
    return " ".join(client.get(address).content.decode().split())


def test_f13_a_colleague_comes_in_to_the_same_draft_by_an_invitation() -> None:
    first = browser()
    fill_draft(first, notes="Written by Mona")
    first.post("/kommunens-side/tilgang/inviter/", {"email": OWN, "right": "edit"})

    second = Client()
    second.post(f"/lenke/{mailed_token()}/")

    assert second.get("/skjema/side/notes/").context["form"]["notes"].value() == "Written by Mona"
    assert Response.objects.count() == 1


def test_f13_who_may_edit_saves_but_does_not_submit_until_the_right_is_given() -> None:
    first = browser()
    fill_draft(first)
    first.post("/kommunens-side/tilgang/inviter/", {"email": OWN, "right": "edit"})
    second = Client()
    second.post(f"/lenke/{mailed_token()}/")
    assert post_page(second, "notes", {"notes": "x"}).status_code == 302
    submit(second)
    assert Response.objects.get().state == "draft"

    first.post(
        f"/kommunens-side/tilgang/{ContactPerson.objects.get(email=OWN).pk}/rett/", {"right": "submit"}
    )
    submit(second)

    assert Response.objects.get().state == "submitted"


def test_f13_the_room_refuses_a_submission_by_who_may_only_edit() -> None:
    response = begun_response()
    colleague = invited()

    with pytest.raises(NotYourResponse):
        submit_response(response=response, by=Actor.contact(colleague.pk), at=LATER, language="nb")


def test_f13_a_right_is_kept_when_the_colleague_asks_for_a_new_link() -> None:
    invited()

    link = request_link(municipality=municipality(), email=OWN, at=LATER, language="nb")

    assert link is not None
    assert (link.right, link.status) == (LinkRight.EDIT, LinkStatus.ACCEPTED)


def test_f02_an_invited_address_on_another_domain_waits_for_ks_and_never_reaches_the_draft() -> None:
    colleague = invited(FOREIGN)

    link = AccessLink.objects.get(contact=colleague)
    assert (link.status, Email.objects.count()) == (LinkStatus.WAITING, 0)
    accept_address(link=link, by=actor("kari"), at=LATER)

    assert (open_link(token=mailed_token(), at=LATER).right, Email.objects.count()) == (LinkRight.EDIT, 1)


def test_f13_ended_access_ends_the_open_session_and_the_next_link_waits_for_ks() -> None:
    first = browser()
    second = browser(email=OWN)
    colleague = ContactPerson.objects.get(email=OWN)

    first.post(f"/kommunens-side/tilgang/{colleague.pk}/avslutt/")

    assert second.get("/skjema/")["Location"] == "/meld-interesse/"
    link = request_link(municipality=municipality(), email=OWN, at=LATER, language="nb")
    assert link is not None
    assert link.status == LinkStatus.WAITING


def test_f13_ended_access_is_given_again_by_a_new_invitation() -> None:
    colleague = invited()
    end_colleague(contact=colleague, by=mona(), at=NOW)

    invited(right=LinkRight.SUBMIT)

    colleague.refresh_from_db()
    assert (colleague.access_ended_at, colleague.right) == (None, LinkRight.SUBMIT)
    assert (
        AccessLink.objects.filter(contact=colleague, status=LinkStatus.ACCEPTED, revoked_at=None).count() == 1
    )


def test_nobody_changes_or_ends_their_own_access() -> None:
    for attempt in (
        lambda: change_right(contact=contact(), right=LinkRight.EDIT, by=mona(), at=NOW),
        lambda: end_colleague(contact=contact(), by=mona(), at=NOW),
        lambda: invited(contact().email),
    ):
        with pytest.raises(OwnAccess):
            attempt()


def test_who_may_edit_lets_nobody_in_and_another_municipality_ends_nothing() -> None:
    colleague = invited()
    ola = Actor.contact(contact("5501", "ola@tromso.kommune.no").pk)

    with pytest.raises(NotYourResponse):
        invite_colleague(
            municipality=municipality(),
            email="x@bodo.kommune.no",
            right="edit",
            by=Actor.contact(colleague.pk),
            at=NOW,
        )
    with pytest.raises(NotYourResponse):
        end_colleague(contact=colleague, by=ola, at=NOW)


def test_f13_the_log_says_who_did_what_and_stores_no_name() -> None:
    first = browser()
    fill_draft(first)
    submit(first)
    first.post("/kommunens-side/tilgang/inviter/", {"email": OWN, "right": "edit"})

    page = words(first, "/kommunens-side/tilgang/")

    assert "mona@bodo.kommune.no submitted version 1" in page
    assert "mona@bodo.kommune.no invited a colleague" in page
    stored = " ".join(f"{event.reason} {event.data}" for event in AuditEvent.objects.all())
    assert ("mona" in stored.lower(), "kollega" in stored.lower()) == (False, False)


def test_f13_the_log_of_an_erased_person_names_nobody() -> None:
    first = browser()
    fill_draft(first)
    ContactPerson.objects.update(email="", name="", erased_at=NOW)

    assert {entry.who for entry in log_of(municipality())} == {""}


def test_people_with_access_are_one_query_at_any_number(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for name in ("a", "b", "c"):
        invited(f"{name}@bodo.kommune.no")
    bodo = municipality()

    with django_assert_num_queries(1):
        found = people_with_access(bodo, at=LATER)

    assert [person.email for person in found] == [f"{name}@bodo.kommune.no" for name in ("a", "b", "c")]


def test_who_answers_for_several_chooses_one_and_one_is_active() -> None:
    client = browser("1804")
    client.post(f"/lenke/{mail_link('5501', 'mona@tromso.kommune.no')}/")
    assert "Tromsø" in words(client, "/kommunens-side/")
    bodo = AccessLink.objects.get(contact__municipality=municipality())

    client.post("/velg-part/", {"link": bodo.pk})

    page = words(client, "/kommunens-side/")
    assert ("on behalf of <strong>Bodø (Nordland)</strong>" in page, 'href="/velg-part/"' in page) == (
        True,
        True,
    )


def test_the_chooser_gives_nothing_this_browser_has_not_opened() -> None:
    browser("5501", "ola@tromso.kommune.no")
    theirs = AccessLink.objects.get()
    client = browser("1804")

    for posted in (str(theirs.pk), "0", "٣", "9" * 30, ""):
        client.post("/velg-part/", {"link": posted})

    assert "Bodø" in words(client, "/kommunens-side/")


def test_an_invitation_answers_alike_for_our_domain_and_another() -> None:
    first = browser()

    answers = [
        first.post("/kommunens-side/tilgang/inviter/", {"email": email, "right": "edit"}, follow=True)
        for email in (OWN, FOREIGN)
    ]

    said = [[str(message) for message in answer.context["messages"]] for answer in answers]
    assert said[0] == said[1]


def test_f13_a_link_the_portal_mails_itself_gives_no_more_than_the_colleague_has() -> None:
    first = browser()
    fill_draft(first)
    submit(first)
    colleague = invited()
    token = issue_links([colleague.pk], at=NOW, expires_at=timezone.now() + timedelta(days=1))[colleague.pk]
    second = Client()
    second.post(f"/lenke/{token}/")
    second.post("/kommunens-side/trekk-interessen/")
    assert Response.objects.get().state == "submitted"
    end_colleague(contact=colleague, by=mona(), at=NOW)
    AccessLink.objects.filter(contact=colleague).update(revoked_at=None)
    assert second.get("/kommunens-side/").status_code == 302
