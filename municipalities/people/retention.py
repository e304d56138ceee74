"""What is not needed is erased: contact persons after 24 months, a draft never sent after 12.

History keeps ids, never names.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.models import MailRecord
from kommunesamarbeid.core.roles import SYSTEM, Actor
from municipalities.models import AccessLink, Candidate, ContactPerson, JointMember, MailDomain, Response
from municipalities.responses import reached_by
from municipalities.states import CandidateState, ResponseState

KEPT = timedelta(days=730)
# A draft never sent is erased this long after the last letter was written in it, and not before its people
# were told.
DRAFT_KEPT = timedelta(days=365)
NOTICE = timedelta(days=30)
NOTICE_TEMPLATE = "draft_ends"
# A matched answer lives as long as its partnership, which only the caller knows.
ENDS_INTEREST = (ResponseState.WITHDRAWN, ResponseState.MATCHED)


@transaction.atomic
def erase_contacts(*, needed: Collection[int], at: datetime) -> int:
    """Erase the contacts of municipalities without interest or partnership for 24 months; return how many.

    `needed` holds the ids of municipalities with a partnership that has not ended, or ended within 24 months.
    """
    past = _not_needed(needed, at).filter(created_at__lte=at - KEPT)
    for contact in past:
        erase(contact, by=SYSTEM, at=at)
    return len(past)


@transaction.atomic
def erase_drafts(*, needed: Collection[int], at: datetime) -> int:
    """Erase drafts never sent that nobody has written in for 12 months, with the contacts kept for them only.

    Return how many.

    Whoever can be reached has been told 30 days before. A contact let in since, or needed for anything else,
    stays.
    """
    limit = at - DRAFT_KEPT
    quiet = untouched_drafts(limit).select_for_update(of=("self",))
    past = [draft for draft in quiet if reached_by(draft) is None or was_told(draft, by=at - NOTICE)]
    for draft in past:
        record("response.draft_erased", draft, by=SYSTEM, at=at, data={"municipality": draft.municipality_id})
        draft.members.all().delete()
        vars(draft)["_history_date"] = at  # read by simple-history
        draft.delete()
    let_in = AccessLink.objects.filter(contact=OuterRef("pk"), created_at__gt=limit)
    contacts = _not_needed(needed, at).filter(
        municipality__in={draft.municipality_id for draft in past}, created_at__lte=limit
    )
    for contact in contacts.exclude(Exists(let_in)):
        erase(contact, by=SYSTEM, at=at)
    return len(past)


@transaction.atomic
def erase_hromada_contacts(*, needed: Collection[int], at: datetime) -> int:
    """Erase the contacts of hromadas that left the pool 24 months ago; return how many.

    A candidate has left while its state is "not now". `needed` holds the ids of hromadas with a partnership
    that has not ended, or ended within 24 months. Who is removed by AUC is erased at once
    (`hromada_links.end_contact`).
    """
    limit = at - KEPT
    before = Candidate.history.filter(id=OuterRef("pk"), history_date__lte=limit).order_by(
        "-history_date", "-history_id"
    )
    been_back = (
        Candidate.history.filter(history_date__gt=limit).exclude(state=CandidateState.NOT_NOW).values("id")
    )
    left = (
        Candidate.objects.filter(state=CandidateState.NOT_NOW)
        .alias(state_then=Subquery(before.values("state")[:1]))
        .filter(state_then=CandidateState.NOT_NOW)
        .exclude(pk__in=been_back)
    )
    staying = Candidate.objects.exclude(pk__in=left.values("pk")).values("hromada_id")
    past = ContactPerson.objects.filter(
        hromada__isnull=False, erased_at__isnull=True, created_at__lte=limit
    ).exclude(Q(hromada_id__in=needed) | Q(hromada_id__in=staying))
    for contact in past:
        erase(contact, by=SYSTEM, at=at)
    return len(past)


def untouched_drafts(since: datetime) -> QuerySet[Response]:
    """Return the drafts never sent in which nobody has written since, each with `touched`."""
    never_sent = Response.objects.filter(state=ResponseState.DRAFT, submitted_at__isnull=True)
    quiet = never_sent.annotate(touched=Coalesce("draft_saved_at", "started_at")).filter(touched__lte=since)
    return quiet.select_related(
        "municipality", "round", "contact__municipality", "draft_saved_by__municipality"
    ).order_by("id")


def was_told(draft: Response, *, by: datetime) -> bool:
    """Say whether its people were told by then that this draft, as it stands, will be erased."""
    touched = draft.draft_saved_at or draft.started_at
    notices = MailRecord.objects.filter(template=NOTICE_TEMPLATE, case_reference=draft.reference)
    return notices.filter(queued_at__gte=touched, queued_at__lte=by).exists()


def _not_needed(needed: Collection[int], at: datetime) -> QuerySet[ContactPerson]:
    """Return the contacts of municipalities that have, and in the last 24 months had, neither an interest nor
    a partnership.
    """
    living = Response.objects.exclude(state__in=ENDS_INTEREST).values("municipality_id")
    joined = JointMember.objects.open().exclude(response__state__in=ENDS_INTEREST).values("municipality_id")
    withdrawn = Response.history.filter(state=ResponseState.WITHDRAWN, history_date__gt=at - KEPT).values(
        "municipality_id"
    )
    is_needed = (
        Q(municipality__in=needed)
        | Q(municipality__in=living)
        | Q(municipality__in=joined)
        | Q(municipality__in=withdrawn)
    )
    return ContactPerson.objects.filter(municipality__isnull=False, erased_at__isnull=True).exclude(is_needed)


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
