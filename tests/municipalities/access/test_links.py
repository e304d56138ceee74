"""Magic links: who gets one, what is stored of it, and that it opens once and only for whom it was made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from post_office.models import Email

from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.roles import NotAllowed
from municipalities.access.links import (
    LINK_VALID,
    LinkDecided,
    LinkNotValid,
    accept_address,
    hash_token,
    is_own_address,
    open_link,
    recipient_of,
    refuse_address,
    request_link,
    revoke_link,
)
from municipalities.choices import LinkStatus
from municipalities.models import AccessLink, ContactPerson, MailDomain
from tests.municipalities.browsing import mailed_token
from tests.people import NOW, actor
from tests.places import municipality

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
OWN, FOREIGN = "mona@bodo.kommune.no", "mona@mail.example"


def asked(email: str = OWN, **more: object) -> AccessLink:
    """Return the link that asking gives."""
    link = request_link(municipality=municipality(), email=email, at=NOW, language="nb", **more)  # type: ignore[arg-type]  # keywords of the room
    assert link is not None
    return link


@pytest.mark.parametrize("email", [OWN, "mona@kultur.bodo.kommune.no", "postmottak@bodo.kommune.no"])
def test_f02_address_on_the_municipalitys_domain_is_its_own(email: str) -> None:
    assert is_own_address(municipality(), email)


@pytest.mark.parametrize(
    "email",
    [
        "mona@kommune.no",
        "mona@ebodo.kommune.no",
        "mona@bodo.kommune.no.example",
        "mona@www.kommune.no",
        "mona@bodo.example",
    ],
)
def test_f02_address_elsewhere_is_not_the_municipalitys_own(email: str) -> None:
    assert not is_own_address(municipality(), email)


def test_address_on_a_shared_portal_is_nobodys_own() -> None:
    party = municipality()
    party.website = "https://www.kommune.no/bodo"

    assert not is_own_address(party, "mona@kommune.no")
    assert not is_own_address(party, "mona@bodo.kommune.no")


def test_demo_also_accepts_the_municipalitys_name_under_example() -> None:
    assert is_own_address(municipality(), "mona@bodo.example", demo=True)
    assert not is_own_address(municipality(), "mona@tromso.example", demo=True)


@pytest.mark.parametrize("added", ["samarbeid.example", "ola@samarbeid.example"])
def test_address_or_domain_that_ks_has_added_is_accepted(added: str) -> None:
    MailDomain.objects.create(municipality=municipality(), domain=added, added_at=NOW)

    assert is_own_address(municipality(), "ola@samarbeid.example")
    assert not is_own_address(municipality("5501"), "ola@samarbeid.example")


def test_link_is_mailed_and_only_the_hash_of_its_token_is_stored() -> None:
    link = asked()

    token = mailed_token()
    assert link.status == LinkStatus.ACCEPTED
    assert (link.token_hash, len(token)) == (hash_token(token), 43)
    assert token not in str(AuditEvent.objects.values_list("data", "reason"))


def test_link_mail_is_in_the_municipalitys_written_standard() -> None:
    request_link(municipality=municipality("4621"), email="ola@voss.kommune.no", at=NOW, language="en")

    assert recipient_of(ContactPerson.objects.get()).language == "nn"
    assert Email.objects.get().to == ["ola@voss.kommune.no"]


def test_other_address_waits_for_ks_and_is_mailed_nothing() -> None:
    assert asked(FOREIGN).status == LinkStatus.WAITING
    assert asked(FOREIGN).status == LinkStatus.WAITING
    assert (AccessLink.objects.count(), Email.objects.count()) == (1, 0)


def test_waiting_link_cannot_be_opened() -> None:
    link = asked(FOREIGN)
    link.token_hash = hash_token("guessed")
    link.save()

    with pytest.raises(LinkNotValid):
        open_link(token="guessed", at=NOW)


def test_accepted_address_gets_its_link_and_is_known_the_next_time() -> None:
    link = asked(FOREIGN)

    accept_address(link=link, by=actor("kari"), at=NOW)

    assert open_link(token=mailed_token(), at=NOW).pk == link.pk
    assert is_own_address(municipality(), FOREIGN)
    assert asked_again_is_accepted()


def asked_again_is_accepted() -> bool:
    """Say whether asking again later mails a link at once."""
    link = request_link(
        municipality=municipality(), email=FOREIGN, at=NOW + timedelta(hours=1), language="nb"
    )
    return link is not None and link.status == LinkStatus.ACCEPTED


def test_refused_address_is_mailed_nothing_and_cannot_ask_again() -> None:
    refuse_address(link=asked(FOREIGN), by=actor("kari"), at=NOW)

    assert request_link(municipality=municipality(), email=FOREIGN, at=NOW, language="nb") is None
    assert Email.objects.count() == 0


def test_address_is_decided_once() -> None:
    link, stale = asked(FOREIGN), AccessLink.objects.get()
    accept_address(link=link, by=actor("kari"), at=NOW)

    with pytest.raises(LinkDecided):
        refuse_address(link=stale, by=actor("guro"), at=NOW)


def test_a_link_is_revoked_once() -> None:
    link = asked()
    revoke_link(link=link, by=actor("kari"), at=NOW)

    with pytest.raises(LinkDecided):
        revoke_link(link=link, by=actor("guro"), at=NOW)
    assert AuditEvent.objects.filter(action="link.revoked").count() == 1


@pytest.mark.parametrize("who", ["lars", "andrij", "olena", "astrid"])
def test_only_coordinators_and_approvers_decide_about_addresses(who: str) -> None:
    link = asked(FOREIGN)

    for act in (accept_address, refuse_address, revoke_link):
        with pytest.raises(NotAllowed):
            act(link=link, by=actor(who), at=NOW)


def test_token_opens_once() -> None:
    asked()
    open_link(token=mailed_token(), at=NOW)

    with pytest.raises(LinkNotValid):
        open_link(token=mailed_token(), at=NOW)


def test_expired_token_does_not_open() -> None:
    asked()

    with pytest.raises(LinkNotValid):
        open_link(token=mailed_token(), at=NOW + LINK_VALID)


def test_revoked_token_does_not_open() -> None:
    revoke_link(link=asked(), by=actor("kari"), at=NOW)

    with pytest.raises(LinkNotValid):
        open_link(token=mailed_token(), at=NOW)


def test_erased_persons_token_does_not_open() -> None:
    asked()
    ContactPerson.objects.update(erased_at=NOW)

    with pytest.raises(LinkNotValid):
        open_link(token=mailed_token(), at=NOW)


def test_second_link_within_a_minute_is_not_mailed() -> None:
    asked()

    assert request_link(municipality=municipality(), email=OWN, at=NOW, language="nb") is None
    assert Email.objects.count() == 1


def test_same_person_is_one_contact_however_the_address_is_typed() -> None:
    asked(" Mona@Bodo.Kommune.NO ")

    assert [contact.email for contact in ContactPerson.objects.all()] == [OWN]


def test_link_mail_names_no_answers_and_carries_the_link_only() -> None:
    asked()

    mail = Email.objects.get()
    try:
        mail.full_clean(exclude=["template", "headers", "context", "backend_alias"])
    except ValidationError as error:  # pragma: no cover - shown when the mail is malformed
        pytest.fail(str(error))
    assert mail.message.count("/lenke/") == 1
