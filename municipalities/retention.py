"""Contact persons are erased when they have not been needed for 24 months; history keeps their ids, never their names."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.roles import SYSTEM, Actor
from municipalities.models import AccessLink, Candidate, ContactPerson, MailDomain, Response
from municipalities.states import CandidateState, ResponseState

KEPT = timedelta(days=730)
# A matched answer lives as long as its partnership, which only the caller knows.
ENDS_INTEREST = (ResponseState.WITHDRAWN, ResponseState.MATCHED)


@transaction.atomic
def erase_contacts(*, needed: Collection[int], at: datetime) -> int:
    """Erase the contacts of municipalities without interest or partnership for 24 months; return how many.

    `needed` holds the ids of municipalities with a partnership that has not ended, or ended within 24 months.
    """
    limit = at - KEPT
    living = Response.objects.exclude(state__in=ENDS_INTEREST).values("municipality_id")
    withdrawn = Response.history.filter(state=ResponseState.WITHDRAWN, history_date__gt=limit).values("municipality_id")
    past = ContactPerson.objects.filter(municipality__isnull=False, erased_at__isnull=True, created_at__lte=limit).exclude(
        Q(municipality_id__in=needed) | Q(municipality_id__in=living) | Q(municipality_id__in=withdrawn)
    )
    for contact in past:
        erase(contact, by=SYSTEM, at=at)
    return len(past)


@transaction.atomic
def erase_hromada_contacts(*, needed: Collection[int], at: datetime) -> int:
    """Erase the contacts of hromadas that left the pool 24 months ago; return how many.

    A candidate has left while its state is "not now". `needed` holds the ids of hromadas with a partnership that has not
    ended, or ended within 24 months. Who is removed by AUC is erased at once (`hromada_links.end_contact`).
    """
    limit = at - KEPT
    before = Candidate.history.filter(id=OuterRef("pk"), history_date__lte=limit).order_by("-history_date", "-history_id")
    been_back = Candidate.history.filter(history_date__gt=limit).exclude(state=CandidateState.NOT_NOW).values("id")
    left = (
        Candidate.objects.filter(state=CandidateState.NOT_NOW)
        .alias(state_then=Subquery(before.values("state")[:1]))
        .filter(state_then=CandidateState.NOT_NOW)
        .exclude(pk__in=been_back)
    )
    staying = Candidate.objects.exclude(pk__in=left.values("pk")).values("hromada_id")
    past = ContactPerson.objects.filter(hromada__isnull=False, erased_at__isnull=True, created_at__lte=limit).exclude(
        Q(hromada_id__in=needed) | Q(hromada_id__in=staying)
    )
    for contact in past:
        erase(contact, by=SYSTEM, at=at)
    return len(past)


def erase(contact: ContactPerson, *, by: Actor, at: datetime) -> None:
    """Empty a contact's fields, end its links, and forget its address where KS had added it."""
    if contact.email and contact.municipality is not None:
        MailDomain.objects.filter(municipality=contact.municipality, domain=contact.email).delete()
    AccessLink.objects.filter(contact=contact, revoked_at__isnull=True).update(revoked_at=at)
    contact.name = contact.title = contact.email = contact.phone = ""
    contact.erased_at, contact.notice_asked_at, contact.erasure_asked_at = at, None, None
    fields = ["name", "title", "email", "phone", "erased_at", "notice_asked_at", "erasure_asked_at"]
    contact.save(update_fields=fields)
    record("contact.erased", contact, by=by, at=at)
