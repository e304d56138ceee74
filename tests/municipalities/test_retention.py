"""L-14: a contact person is erased 24 months after the interest, the candidacy or the partnership ended, and not before."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.roles import Actor
from municipalities.candidates import move_candidate
from municipalities.models import AccessLink, Candidate, ContactPerson, MailDomain
from municipalities.responses import withdraw_response
from municipalities.retention import KEPT, erase_contacts, erase_hromada_contacts
from municipalities.states import CandidateState
from tests.municipalities import hromadas
from tests.municipalities.answers import contact, submitted_response
from tests.municipalities.pool import pooled_candidate
from tests.people import NOW, actor
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


def poltava(state: str = CandidateState.NOT_NOW, *, at: datetime = NOW) -> ContactPerson:
    """Return Taras of a hromada whose candidate stands in the state since then."""
    candidate = pooled_candidate()
    taras = hromadas.contact(candidate)
    move_candidate(candidate=candidate, to=state, by=actor("andrij"), at=at, reason="The council asked for it")
    return taras


def test_l14_a_hromadas_contact_is_erased_24_months_after_it_left_the_pool() -> None:
    taras = poltava()
    link = link_for(taras)
    assert erase_hromada_contacts(needed=[], at=LATER) == 1
    taras.refresh_from_db()
    assert (taras.name, taras.title, taras.email, taras.phone, taras.erased_at) == ("", "", "", "", LATER)
    assert AccessLink.objects.get(pk=link.pk).revoked_at == LATER
    assert AuditEvent.objects.filter(action="contact.erased", object_id=str(taras.pk)).count() == 1
    assert erase_hromada_contacts(needed=[], at=LATER) == 0


def test_l14_a_hromadas_contact_is_kept_while_it_has_been_out_for_less() -> None:
    poltava(at=NOW + timedelta(days=2))
    assert erase_hromada_contacts(needed=[], at=LATER) == 0


def test_l14_a_hromadas_contact_is_kept_when_it_was_back_in_between() -> None:
    taras = poltava()
    assert taras.hromada is not None
    for state, days in ((CandidateState.UNDER_REVIEW, 400), (CandidateState.NOT_NOW, 401)):
        candidate = Candidate.objects.get(hromada=taras.hromada)
        move_candidate(candidate=candidate, to=state, by=actor("andrij"), at=NOW + timedelta(days=days), reason="Asked again")
    assert erase_hromada_contacts(needed=[], at=LATER) == 0
    assert erase_hromada_contacts(needed=[], at=LATER + timedelta(days=401)) == 1


def test_l14_a_hromadas_contact_is_kept_while_it_is_in_the_pool_or_has_a_partnership() -> None:
    taras = poltava(CandidateState.UNDER_REVIEW)
    assert erase_hromada_contacts(needed=[], at=LATER) == 0
    poltava()
    assert taras.hromada_id is not None
    assert erase_hromada_contacts(needed=[taras.hromada_id], at=LATER) == 0
    assert erase_hromada_contacts(needed=[], at=LATER) == 1
