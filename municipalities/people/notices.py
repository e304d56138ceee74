"""While registration is closed anybody may leave an address to be told when it opens: one row, told once,
then erased.
"""

from __future__ import annotations

from datetime import datetime

from django.core import signing
from django.db import transaction

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.mail.outbox import queue_mail
from kommunesamarbeid.core.roles import SYSTEM, Actor
from municipalities.access import recipient_of
from municipalities.models import ContactPerson, Municipality, Response
from municipalities.people.retention import erase
from municipalities.responses import open_round

SALT = "municipalities.notices"


class NoSuchNotice(Exception):
    """The link is not one of ours, or the address is erased already; which one is not told."""


@transaction.atomic
def ask_for_notice(*, municipality: Municipality, email: str, at: datetime) -> None:
    """Keep an address until registration opens, and mail it how to be taken off.

    Asking twice is one row (F-30).
    """
    email = email.strip().lower()
    contacts = ContactPerson.objects.filter(
        municipality=municipality, email=email, erased_at__isnull=True
    ).order_by("id")
    contact = contacts.first() or ContactPerson.objects.create(
        municipality=municipality, email=email, created_at=at
    )
    if (
        ContactPerson.objects.filter(pk=contact.pk, notice_asked_at__isnull=True).update(notice_asked_at=at)
        != 1
    ):
        return
    record(
        "notice.asked", contact, by=Actor.contact(contact.pk), at=at, data={"municipality": municipality.pk}
    )
    context = {"municipality": municipality, "token": notice_token(contact)}
    queue_mail(
        "notice_asked",
        to=recipient_of(contact),
        case_reference=f"notice-{contact.pk}",
        at=at,
        context=context,
    )


def notice_token(contact: ContactPerson) -> str:
    """Return the signed text that takes this address off the list, and nothing else."""
    return signing.dumps(contact.pk, salt=SALT)


def find_notice(token: str) -> ContactPerson:
    """Return whose address the token takes off. Raises NoSuchNotice."""
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise NoSuchNotice from None
    contact = ContactPerson.objects.filter(
        pk=pk, notice_asked_at__isnull=False, erased_at__isnull=True
    ).first()
    if contact is None:
        raise NoSuchNotice
    return contact


@transaction.atomic
def end_notice(*, token: str, at: datetime) -> None:
    """Take the address off the list, and erase it where it serves nothing else. Raises NoSuchNotice."""
    contact = find_notice(token)
    _settle(contact, by=Actor.contact(contact.pk), at=at)


@transaction.atomic
def send_notices(*, at: datetime) -> int:
    """Tell everybody who asked that registration is open, once, and forget the address; return how many."""
    if open_round(at) is None:
        return 0
    waiting = ContactPerson.objects.select_for_update(of=("self",)).filter(
        notice_asked_at__isnull=False, erased_at__isnull=True
    )
    people = list(waiting.select_related("municipality").order_by("id"))
    for contact in people:
        context = {"municipality": contact.municipality}
        queue_mail(
            "round_open",
            to=recipient_of(contact),
            case_reference=f"notice-{contact.pk}",
            at=at,
            context=context,
        )
        _settle(contact, by=SYSTEM, at=at)
    return len(people)


def _settle(contact: ContactPerson, *, by: Actor, at: datetime) -> None:
    """Drop the wish to be told; erase a row that no link, answer or deputy needs."""
    named = Response.objects.filter(contact=contact) | Response.objects.filter(deputy=contact)
    if contact.links.exists() or named.exists():
        ContactPerson.objects.filter(pk=contact.pk).update(notice_asked_at=None)
    else:
        erase(contact, by=by, at=at)
