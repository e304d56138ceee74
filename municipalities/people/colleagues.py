"""Hand-over: a municipality lets colleagues in to the same draft, each with a right, and everybody can see
who did what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, Max, Q, QuerySet
from django.db.models.functions import Cast

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.roles import Actor
from municipalities.access import LINK_VALID, request_link
from municipalities.choices import LinkRight, LinkStatus
from municipalities.models import AccessLink, ContactPerson, Municipality, ResponseVersion
from municipalities.responses import ResponseRefused, require_own

GIVEN = (LinkRight.EDIT, LinkRight.SUBMIT)
LOG_SHOWN = 50


class OwnAccess(ResponseRefused):
    """Nobody lowers or ends their own access: somebody who may submit is always left."""


@transaction.atomic
def invite_colleague(
    *,
    municipality: Municipality,
    email: str,
    right: str,
    by: Actor,
    at: datetime,
    demo: bool = False,
    valid_for: timedelta = LINK_VALID,
) -> ContactPerson:
    """Let a colleague in to the municipality's draft: mail a link, or let an address on another domain wait
    for KS (F-13).

    Raises NotYourResponse and OwnAccess.
    """
    require_own(by, municipality.pk, submit=True)
    email = email.strip().lower()
    contacts = ContactPerson.objects.filter(
        municipality=municipality, email=email, erased_at__isnull=True
    ).order_by("id")
    contact = contacts.first() or ContactPerson(municipality=municipality, email=email, created_at=at)
    if contact.pk == by.id:
        raise OwnAccess(email)
    contact.right, contact.access_ended_at = LinkRight(right), None
    contact.save()
    AccessLink.objects.filter(contact=contact).update(right=contact.right)
    record(
        "colleague.invited",
        contact,
        by=by,
        at=at,
        data={"right": contact.right, "municipality": municipality.pk},
    )
    request_link(
        municipality=municipality,
        email=email,
        at=at,
        language=municipality.language,
        demo=demo,
        valid_for=valid_for,
        by=by,
        template="invitation",
    )
    return contact


@transaction.atomic
def change_right(*, contact: ContactPerson, right: str, by: Actor, at: datetime) -> None:
    """Let a colleague edit only, or submit too; the sessions that are open follow at once.

    Raises NotYourResponse and OwnAccess.
    """
    _require_other(contact, by)
    contact.right = LinkRight(right)
    contact.save(update_fields=["right"])
    AccessLink.objects.filter(contact=contact).update(right=contact.right)
    record(
        "colleague.right",
        contact,
        by=by,
        at=at,
        data={"right": contact.right, "municipality": contact.municipality_id},
    )


@transaction.atomic
def end_colleague(*, contact: ContactPerson, by: Actor, at: datetime) -> None:
    """End a colleague's access: links and open sessions end at once, and the address waits for KS if it asks
    again.

    Raises NotYourResponse and OwnAccess.
    """
    _require_other(contact, by)
    contact.access_ended_at = at
    contact.save(update_fields=["access_ended_at"])
    AccessLink.objects.filter(contact=contact, revoked_at__isnull=True).update(revoked_at=at)
    record("colleague.ended", contact, by=by, at=at, data={"municipality": contact.municipality_id})


def _require_other(contact: ContactPerson, by: Actor) -> None:
    require_own(by, contact.municipality_id or 0, submit=True)
    if contact.pk == by.id:
        raise OwnAccess(str(contact))


def people_with_access(municipality: Municipality, *, at: datetime) -> list[Any]:
    """Return whoever can come in now or waits for it, each with `last_opened` and `waits`: one query."""
    usable = Q(links__status=LinkStatus.ACCEPTED, links__revoked_at__isnull=True) & (
        Q(links__used_at__isnull=False) | Q(links__expires_at__gt=at)
    )
    people = (
        ContactPerson.objects.filter(
            municipality=municipality, erased_at__isnull=True, access_ended_at__isnull=True
        )
        .annotate(
            last_opened=Max("links__used_at"),
            lets_in=Max("links__id", filter=usable),
            waits=Max("links__id", filter=Q(links__status=LinkStatus.WAITING)),
        )
        .filter(Q(lets_in__isnull=False) | Q(waits__isnull=False))
        .order_by("id")
    )
    return list(people)


@dataclass(frozen=True)
class Entry:
    """One thing that was done: when, by whom (an address while it is kept), and the action's code with its
    data.
    """

    at: datetime
    who: str
    kind: str
    action: str
    data: dict[str, Any]


def log_of(municipality: Municipality, *, limit: int = LOG_SHOWN) -> list[Entry]:
    """Return who did what in the municipality's case, newest first; ids become addresses only here (F-13)."""
    people = {person.pk: person for person in ContactPerson.objects.filter(municipality=municipality)}
    responses = _keys(municipality.responses.all())
    versions = _keys(ResponseVersion.objects.filter(response__municipality=municipality))
    links = _keys(AccessLink.objects.filter(contact__in=people))
    about = (
        Q(object_type="municipalities.response", object_id__in=responses)
        | Q(object_type="municipalities.responseversion", object_id__in=versions)
        | Q(
            object_type="municipalities.accesslink",
            object_id__in=links,
            action__in=["link.opened", "link.accepted", "link.revoked"],
        )
        | Q(object_type="municipalities.contactperson", object_id__in=[str(pk) for pk in people])
    )
    # A submission leaves two rows, the state's and the version's: the version's says more.
    # Ready again is what an undone pair leaves: nobody was to hear that there was one.
    shown_events = (
        AuditEvent.objects.filter(about)
        .exclude(action="response.submitted")
        .exclude(action="response.ready", data__from="matched")
    )
    events = list(shown_events.order_by("-id")[:limit])
    return [
        Entry(event.at, _who(event, people), event.actor_kind, event.action, event.data) for event in events
    ]


def _keys(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rows' ids as the audit writes them, for a statement of the audit's own to read."""
    keys: QuerySet[Any] = rows.order_by().annotate(key=Cast("pk", CharField())).values("key")
    return keys


def _who(event: AuditEvent, people: dict[int, ContactPerson]) -> str:
    person = people.get(event.actor_id or 0) if event.actor_kind == "contact" else None
    return person.email if person is not None else ""
