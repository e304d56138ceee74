"""A contact person's own data: see it, take it along, correct it, have it erased; never anybody else's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.models import AccessLogEntry, AuditEvent, MailRecord
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import without_identity_numbers
from municipalities.models import AccessLink, ContactPerson, Response
from municipalities.people.retention import erase
from municipalities.questionnaire import tidy
from municipalities.responses import COLUMN_WIDTHS, NotYourResponse
from municipalities.states import ResponseState

CORRECTED = ("name", "title", "phone")
# An open case must be somebody's who can be reached: such a person is replaced first.
SETTLED = (ResponseState.WITHDRAWN,)


def own_rows(contact: ContactPerson) -> list[ContactPerson]:
    """Return the rows about the person behind the link: the link's own, and others of the same address and
    municipality.
    """
    rows = ContactPerson.objects.filter(
        municipality=contact.municipality_id, email=contact.email, erased_at__isnull=True
    )
    return list(rows.exclude(email="").order_by("id"))


def own_data(contact: ContactPerson) -> dict[str, Any]:
    """Return everything the portal holds about the person behind the link, as plain data (GDPR article 15 and
    20).
    """
    rows = own_rows(contact)
    ids = [row.pk for row in rows]
    responses = Response.objects.filter(contact__in=ids) | Response.objects.filter(deputy__in=ids)
    links = AccessLink.objects.filter(contact__in=ids).order_by("id")
    mails = MailRecord.objects.filter(recipient_kind="contact", recipient_id__in=ids).order_by("id")
    acts = AuditEvent.objects.filter(actor_kind="contact", actor_id__in=ids).order_by("id")
    views = AccessLogEntry.objects.filter(
        object_type="municipalities.contactperson", object_id__in=[str(pk) for pk in ids]
    )
    return {
        "persons": [
            {
                **{name: getattr(row, name) for name in ("id", "name", "title", "email", "phone", "right")},
                "created_at": row.created_at.isoformat(),
            }
            for row in rows
        ],
        "contact_of": sorted(set(responses.values_list("reference", flat=True))),
        "links": [
            {
                "status": link.status,
                "right": link.right,
                "created_at": link.created_at.isoformat(),
                "used_at": _when(link.used_at),
                "revoked_at": _when(link.revoked_at),
            }
            for link in links
        ],
        "mails": [
            {"template": mail.template, "case": mail.case_reference, "queued_at": mail.queued_at.isoformat()}
            for mail in mails
        ],
        "acts": [{"at": act.at.isoformat(), "action": act.action} for act in acts],
        "seen_by_staff": [
            {"at": view.at.isoformat(), "purpose": view.purpose} for view in views.order_by("id")
        ],
    }


@transaction.atomic
def correct_own(*, contact: ContactPerson, values: dict[str, str], by: Actor, at: datetime) -> None:
    """Correct the person's own name, title and phone in every row about them.

    The address is the key and stays.

    Raises NotYourResponse.
    """
    if by.kind != "contact" or by.id != contact.pk:
        raise NotYourResponse
    corrections = {
        name: without_identity_numbers(tidy(values[name], lines=False))[0][: COLUMN_WIDTHS[name]]
        for name in CORRECTED
        if name in values
    }
    ContactPerson.objects.filter(pk__in=[row.pk for row in own_rows(contact)]).update(**corrections)
    record("contact.corrected", contact, by=by, at=at, data={"fields": sorted(corrections)})


@transaction.atomic
def erase_own(*, contact: ContactPerson, by: Actor, at: datetime) -> bool:
    """Erase the person behind the link, or ask KS when an open case would be nobody's.

    Return whether it is done.

    Raises NotYourResponse.
    """
    if by.kind != "contact" or by.id != contact.pk:
        raise NotYourResponse
    rows = own_rows(contact) or [contact]
    if needed_for(rows):
        ContactPerson.objects.filter(pk__in=[row.pk for row in rows], erasure_asked_at__isnull=True).update(
            erasure_asked_at=at
        )
        record("contact.erasure_asked", contact, by=by, at=at)
        return False
    for row in rows:
        erase(row, by=by, at=at)
    return True


@transaction.atomic
def erase_for(*, contact: ContactPerson, by: Actor, at: datetime) -> None:
    """KS erases a contact person who has asked for it.

    The case is nobody's until the municipality names another.

    Raises NotAllowed.
    """
    require(by, May.REVIEW_RESPONSES)
    for row in own_rows(contact) or [contact]:
        erase(row, by=by, at=at)


def needed_for(rows: list[ContactPerson]) -> list[Response]:
    """Return the open cases whose contact person one of the rows is."""
    return list(Response.objects.exclude(state__in=SETTLED).filter(contact__in=rows).order_by("id"))


def _when(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
