"""L-14: a contact is erased 24 months after the interest, candidacy or partnership ended, a draft never sent after 12, not before."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone, translation
from django.utils.formats import date_format
from post_office.models import Email

from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.roles import Actor
from municipalities.candidates.candidates import move_candidate
from municipalities.models import AccessLink, Candidate, ContactPerson, MailDomain, Response
from municipalities.people.reminders import remind
from municipalities.people.retention import (
    DRAFT_KEPT,
    KEPT,
    NOTICE,
    erase_contacts,
    erase_drafts,
    erase_hromada_contacts,
)
from municipalities.responses.joint_applications import name_member
from municipalities.responses.responses import withdraw_response
from municipalities.states import CandidateState
from tests.municipalities import hromadas
from tests.municipalities.answers import begun_response, contact, submitted_response
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


A_YEAR_LATER = NOW + DRAFT_KEPT


def told() -> Response:
    """Return a draft that nobody wrote in, whose contact has been told that it will be erased."""
    draft = begun_response()
    assert remind(at=A_YEAR_LATER - NOTICE) == 2  # that it is not submitted, and when it ends
    return draft


def test_l14_a_draft_never_sent_goes_with_its_contacts_after_12_months() -> None:
    draft = told()
    mona, link = contact(), link_for(contact())
    assert erase_drafts(needed=[], at=A_YEAR_LATER - timedelta(minutes=1)) == 0
    assert erase_drafts(needed=[], at=A_YEAR_LATER) == 1

    mona.refresh_from_db()
    link.refresh_from_db()
    assert (Response.objects.count(), mona.email, mona.name, mona.erased_at) == (0, "", "", A_YEAR_LATER)
    assert link.revoked_at == A_YEAR_LATER
    event = AuditEvent.objects.get(action="response.draft_erased")
    assert (event.object_id, event.data) == (str(draft.pk), {"municipality": draft.municipality_id})
    assert erase_drafts(needed=[], at=A_YEAR_LATER) == 0


def test_l14_a_draft_is_kept_until_its_people_have_been_told_for_30_days() -> None:
    begun_response()
    assert erase_drafts(needed=[], at=A_YEAR_LATER) == 0

    assert [remind(at=A_YEAR_LATER + timedelta(days=day)) for day in (0, 1)] == [2, 0]

    assert erase_drafts(needed=[], at=A_YEAR_LATER + NOTICE - timedelta(minutes=1)) == 0
    assert erase_drafts(needed=[], at=A_YEAR_LATER + NOTICE) == 1


def test_l14_a_draft_somebody_has_written_in_since_is_kept_and_told_of_anew() -> None:
    draft = told()
    Response.objects.filter(pk=draft.pk).update(draft_saved_at=A_YEAR_LATER - timedelta(days=1))

    assert erase_drafts(needed=[], at=A_YEAR_LATER + timedelta(days=360)) == 0
    assert Response.objects.get().draft == draft.draft


def test_l14_what_was_sent_or_is_needed_is_kept() -> None:
    submitted_response("5501")
    draft = told()
    assert draft.municipality_id is not None
    assert erase_drafts(needed=[draft.municipality_id], at=A_YEAR_LATER) == 1
    assert (contact().erased_at, contact("5501").erased_at, Response.objects.get().state) == (
        None,
        None,
        "submitted",
    )


def test_l14_a_colleague_let_in_since_is_kept() -> None:
    told()
    recent = contact(email="ny@bodo.kommune.no")
    AccessLink.objects.filter(pk=link_for(recent).pk).update(created_at=A_YEAR_LATER - timedelta(days=3))
    erase_drafts(needed=[], at=A_YEAR_LATER)
    assert list(ContactPerson.objects.filter(erased_at__isnull=True)) == [recent]


def test_l14_contacts_of_a_municipality_that_is_asked_to_join_are_kept() -> None:
    response = submitted_response().response
    other = contact("5501")
    assert erase_contacts(needed=[], at=LATER) == 1
    assert other.municipality is not None
    ContactPerson.objects.filter(pk=other.pk).update(erased_at=None, email="ola@tromso.kommune.no")
    name_member(response=response, municipality=other.municipality, by=Actor.contact(contact().pk), at=NOW)
    assert erase_contacts(needed=[], at=LATER) == 0


def test_l14_the_notice_says_when_in_the_municipalitys_own_standard_and_tells_no_answer() -> None:
    response = begun_response("4621")

    remind(at=A_YEAR_LATER - NOTICE)

    letter = Email.objects.latest("id")
    with translation.override("nn"):
        day = date_format(timezone.localdate(A_YEAR_LATER), "DATE_FORMAT")
    assert letter.subject == f"Eit utkast blir sletta: {response.reference}"
    assert f"blir sletta {day}." in letter.message
    assert "/meld-interesse/" in letter.message
    assert [answer for answer in ("education", "Spesialpedagogikk", "Mona") if answer in letter.message] == []


def poltava(state: str = CandidateState.NOT_NOW, *, at: datetime = NOW) -> ContactPerson:
    """Return Taras of a hromada whose candidate stands in the state since then."""
    candidate = pooled_candidate()
    taras = hromadas.contact(candidate)
    move_candidate(
        candidate=candidate, to=state, by=actor("andrij"), at=at, reason="The council asked for it"
    )
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
        move_candidate(
            candidate=candidate,
            to=state,
            by=actor("andrij"),
            at=NOW + timedelta(days=days),
            reason="Asked again",
        )
    assert erase_hromada_contacts(needed=[], at=LATER) == 0
    assert erase_hromada_contacts(needed=[], at=LATER + timedelta(days=401)) == 1


def test_l14_a_hromadas_contact_is_kept_while_it_is_in_the_pool_or_has_a_partnership() -> None:
    taras = poltava(CandidateState.UNDER_REVIEW)
    assert erase_hromada_contacts(needed=[], at=LATER) == 0
    poltava()
    assert taras.hromada_id is not None
    assert erase_hromada_contacts(needed=[taras.hromada_id], at=LATER) == 0
    assert erase_hromada_contacts(needed=[], at=LATER) == 1
