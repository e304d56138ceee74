"""L-14: a contact person is erased 24 months after the interest or the partnership ended, and not before."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.roles import Actor
from municipalities.models import AccessLink, ContactPerson, MailDomain
from municipalities.responses import withdraw_response
from municipalities.retention import KEPT, erase_contacts
from tests.municipalities.answers import contact, submitted_response
from tests.people import NOW
from tests.places import municipality
from tests.world import link_for

pytestmark = pytest.mark.django_db
LATER = NOW + KEPT + timedelta(days=1)


def withdrawn(at: datetime = NOW) -> ContactPerson:
    """Return Mona after Bodø has withdrawn."""
    response = submitted_response().response
    mona = contact()
    withdraw_response(response=response, by=Actor.contact(mona.pk), at=at)
    return mona


def test_l14_a_contact_is_erased_24_months_after_the_withdrawal() -> None:
    mona = withdrawn()
    link = link_for(mona)
    MailDomain.objects.create(municipality=municipality(), domain=mona.email, added_at=NOW)
    assert erase_contacts(needed=[], at=LATER) == 1
    mona.refresh_from_db()
    assert (mona.name, mona.title, mona.email, mona.phone, mona.erased_at) == ("", "", "", "", LATER)
    assert (AccessLink.objects.get(pk=link.pk).revoked_at, MailDomain.objects.count()) == (LATER, 0)
    assert AuditEvent.objects.filter(action="contact.erased", object_id=str(mona.pk)).count() == 1


def test_l14_a_contact_is_kept_while_the_withdrawal_is_younger() -> None:
    withdrawn(at=NOW + timedelta(days=100))
    assert erase_contacts(needed=[], at=LATER) == 0


def test_l14_a_contact_is_kept_while_the_interest_lives() -> None:
    submitted_response()
    assert erase_contacts(needed=[], at=LATER) == 0


def test_l14_a_contact_is_kept_while_a_partnership_needs_it() -> None:
    mona = withdrawn()
    assert mona.municipality_id is not None
    assert erase_contacts(needed=[mona.municipality_id], at=LATER) == 0
    assert erase_contacts(needed=[], at=LATER) == 1
    assert erase_contacts(needed=[], at=LATER) == 0
