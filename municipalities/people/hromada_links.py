"""Who answers for a hromada, and the link that lets them in: AUC adds the person and sends it, the person may
ask for another.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.mail.outbox import queue_mail
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import plain
from municipalities.access import BETWEEN_LINKS, LINK_VALID, hash_token, recipient_of
from municipalities.choices import LinkRight, LinkStatus, SuggestionOutcome
from municipalities.models import AccessLink, ContactPerson, Hromada, Suggestion
from municipalities.people.retention import erase


class ContactExists(Refused):
    """The address is a contact of the hromada already."""

    message = _("This address is a contact of the hromada already.")
    field = "email"


class ContactGone(Refused):
    """The person does not answer for the hromada any more."""

    message = _("This person is no contact of the hromada any more.")


def current_contacts(hromada_id: int) -> QuerySet[ContactPerson]:
    """Return those who answer for the hromada now: not erased, and not one whom AUC has yet to accept."""
    return _accepted().filter(hromada=hromada_id)


def _accepted() -> QuerySet[ContactPerson]:
    waiting = Suggestion.objects.filter(outcome=SuggestionOutcome.WAITING, person__isnull=False).values(
        "person"
    )
    return (
        ContactPerson.objects.filter(hromada__isnull=False, erased_at__isnull=True)
        .exclude(pk__in=waiting)
        .order_by("id")
    )


@transaction.atomic
def add_contact(
    *, hromada: Hromada, email: str, by: Actor, at: datetime, name: str = "", title: str = "", phone: str = ""
) -> ContactPerson:
    """Add who answers for the hromada. Raises NotAllowed, ContactExists."""
    require(by, May.EDIT_NEEDS)
    email = email.strip().lower()
    if current_contacts(hromada.pk).filter(email=email).exists():
        raise ContactExists
    contact = ContactPerson.objects.create(
        hromada=hromada, email=email, name=plain(name), title=plain(title), phone=plain(phone), created_at=at
    )
    record("contact.added", contact, by=by, at=at, data={"hromada": hromada.pk})
    return contact


@transaction.atomic
def send_link(
    *, contact: ContactPerson, by: Actor, at: datetime, valid_for: timedelta = LINK_VALID
) -> AccessLink:
    """Mail the contact a link to the hromada's page. Raises NotAllowed, ContactGone."""
    require(by, May.EDIT_NEEDS)
    if not _accepted().filter(pk=contact.pk).exists():
        raise ContactGone
    return _mail_link(contact, by=by, at=at, valid_for=valid_for)


@transaction.atomic
def request_links(*, email: str, at: datetime, valid_for: timedelta = LINK_VALID) -> int:
    """Mail a link to each hromada's contact with this address, but not again within a moment.

    Return how many.

    The caller must answer alike whatever the number is.
    """
    sent = 0
    for contact in _accepted().filter(email=email.strip().lower()):
        last = AccessLink.objects.filter(contact=contact).order_by("-id").first()
        if last is None or last.created_at <= at - BETWEEN_LINKS:
            _mail_link(contact, by=Actor.hromada_contact(contact.pk), at=at, valid_for=valid_for)
            sent += 1
    return sent


def _mail_link(contact: ContactPerson, *, by: Actor, at: datetime, valid_for: timedelta) -> AccessLink:
    token = secrets.token_urlsafe(32)
    link = AccessLink.objects.create(
        token_hash=hash_token(token),
        contact=contact,
        status=LinkStatus.ACCEPTED,
        right=LinkRight.CONFIRM,
        created_at=at,
        expires_at=at + valid_for,
    )
    record("link.requested", link, by=by, at=at, data={"hromada": contact.hromada_id})
    context = {
        "token": token,
        "place": contact.hromada.place if contact.hromada else "",
        "hours": int(valid_for.total_seconds() // 3600),
    }
    queue_mail(
        "hromada_link", to=recipient_of(contact), case_reference=f"link-{link.pk}", at=at, context=context
    )
    return link


@transaction.atomic
def end_contact(*, contact: ContactPerson, by: Actor, at: datetime) -> None:
    """Say that the person answers no longer: the links end at their next request, and the person's data are
    erased.

    Raises NotAllowed, ContactGone.
    """
    require(by, May.EDIT_NEEDS)
    if not _accepted().filter(pk=contact.pk).exists():
        raise ContactGone
    erase(contact, by=by, at=at)
