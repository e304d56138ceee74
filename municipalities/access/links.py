"""Magic links: who may open a municipality's questionnaire, for how long, and who waits for KS."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.mail.outbox import Recipient, queue_mail
from kommunesamarbeid.core.roles import Actor, May, require
from municipalities.access.sessions import Access, link_required, load_access
from municipalities.choices import LinkStatus
from municipalities.models import AccessLink, ContactPerson, MailDomain, Municipality

__all__ = [
    "Access",
    "LinkDecided",
    "LinkNotValid",
    "accept_address",
    "find_link",
    "hash_token",
    "is_own_address",
    "issue_links",
    "link_required",
    "load_access",
    "office_of",
    "open_link",
    "recipient_of",
    "refuse_address",
    "request_link",
    "revoke_link",
    "save_mailbox",
    "website_host",
]

LINK_VALID = timedelta(hours=48)
# Sites that many municipalities share: an address there says nothing about which one.
SHARED_HOSTS = frozenset({"kommune.no", "fylkeskommune.no", "fylke.no"})
# A contact's link can be asked for again, but not more often than this: a mailbox is not a doorbell.
BETWEEN_LINKS = timedelta(minutes=1)


class LinkNotValid(Exception):
    """No link with this token can be opened: unknown, used, expired, revoked or refused.

    Which one is not told.
    """


class LinkDecided(Exception):
    """Somebody has accepted, refused or revoked it already."""


@transaction.atomic
def request_link(
    *,
    municipality: Municipality,
    email: str,
    at: datetime,
    language: str,
    demo: bool = False,
    valid_for: timedelta = LINK_VALID,
    by: Actor | None = None,
    template: str = "link",
) -> AccessLink | None:
    """Mail a link to an address on the municipality's domain.

    Another address waits for KS and is sent nothing.

    None when KS has refused the address, or a link was mailed a moment ago. The caller must answer alike in
    every case.
    `demo` also accepts `<anything>@<first label of the website's host>.example`. `by` and `template`: a
    colleague asks for somebody, in other words.
    """
    email = email.strip().lower()
    # The lock makes two who ask for one new address at once share one row, and get one mail.
    Municipality.objects.select_for_update(no_key=True).filter(pk=municipality.pk).values_list("pk").get()
    contact = (
        ContactPerson.objects.filter(municipality=municipality, email=email, erased_at__isnull=True)
        .order_by("id")
        .first()
    )
    if contact is None:
        contact = ContactPerson.objects.create(municipality=municipality, email=email, created_at=at)
    # A colleague whose access the municipality has ended waits for KS like a stranger.
    accepted = contact.access_ended_at is None and is_own_address(municipality, email, demo=demo)
    last = AccessLink.objects.filter(contact=contact).order_by("-id").first()
    if last is not None and not accepted and last.status in {LinkStatus.WAITING, LinkStatus.REFUSED}:
        return last if last.status == LinkStatus.WAITING else None
    if (
        last is not None
        and accepted
        and last.status == LinkStatus.ACCEPTED
        and last.revoked_at is None
        and last.created_at > at - BETWEEN_LINKS
    ):
        return None
    token = secrets.token_urlsafe(32)
    status = LinkStatus.ACCEPTED if accepted else LinkStatus.WAITING
    link = AccessLink.objects.create(
        token_hash=hash_token(token),
        contact=contact,
        status=status,
        right=contact.right,
        created_at=at,
        expires_at=at + valid_for,
    )
    by = by or Actor.contact(contact.pk)
    record(
        "link.requested",
        link,
        by=by,
        at=at,
        data={"status": status, "municipality": municipality.pk, "language": language},
    )
    if accepted:
        _mail_token(link, token, at=at, template=template)
    return link


@transaction.atomic
def accept_address(*, link: AccessLink, by: Actor, at: datetime, valid_for: timedelta = LINK_VALID) -> None:
    """KS vouches for a waiting address: it is kept as the municipality's, and the link is mailed.

    Raises NotAllowed and LinkDecided.
    """
    require(by, May.ACCEPT_ADDRESSES)
    token = secrets.token_urlsafe(32)
    _decide(link, LinkStatus.ACCEPTED, token_hash=hash_token(token), created_at=at, expires_at=at + valid_for)
    if link.contact.municipality is not None:
        added = {"added_at": at, "added_by_id": by.id}
        MailDomain.objects.get_or_create(
            municipality=link.contact.municipality, domain=link.contact.email, defaults=added
        )
    ContactPerson.objects.filter(pk=link.contact_id).update(access_ended_at=None)
    record("link.accepted", link, by=by, at=at, data={"municipality": link.contact.municipality_id})
    _mail_token(link, token, at=at)


@transaction.atomic
def refuse_address(*, link: AccessLink, by: Actor, at: datetime) -> None:
    """KS does not know the address: nothing is mailed and it cannot be asked for again.

    Raises NotAllowed, LinkDecided.
    """
    require(by, May.ACCEPT_ADDRESSES)
    _decide(link, LinkStatus.REFUSED, revoked_at=at)
    record("link.refused", link, by=by, at=at, data={"municipality": link.contact.municipality_id})


@transaction.atomic
def save_mailbox(*, municipality: Municipality, address: str, by: Actor, at: datetime) -> None:
    """Keep the office's address (postmottak), to which receipts go for the archive; empty takes it away.

    Raises NotAllowed.
    """
    require(by, May.ACCEPT_ADDRESSES)
    Municipality.objects.filter(pk=municipality.pk).update(mailbox=address)
    municipality.mailbox = address
    # An office is no person, but an address all the same: the audit says that it changed, not to what.
    record("municipality.mailbox", municipality, by=by, at=at, data={"kept": bool(address)})


def find_link(*, token: str, at: datetime) -> AccessLink:
    """Return the link that the token opens now, unchanged. Raises LinkNotValid."""
    link = (
        AccessLink.objects.select_related("contact__municipality__county", "contact__hromada__oblast")
        .filter(token_hash=hash_token(token), status=LinkStatus.ACCEPTED)
        .filter(contact__erased_at__isnull=True, contact__access_ended_at__isnull=True)
        .filter(used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at)
        .first()
    )
    if link is None:
        raise LinkNotValid
    return link


@transaction.atomic
def open_link(*, token: str, at: datetime) -> AccessLink:
    """Consume the token and return its link; a token opens once. Raises LinkNotValid."""
    link = find_link(token=token, at=at)
    # Compare-and-swap: of two clicks at once only one consumes.
    if AccessLink.objects.filter(pk=link.pk, used_at__isnull=True).update(used_at=at) != 1:
        raise LinkNotValid
    link.used_at = at
    record("link.opened", link, by=Actor.contact(link.contact_id), at=at)
    return link


@transaction.atomic
def revoke_link(*, link: AccessLink, by: Actor, at: datetime) -> None:
    """End a link and every session it opened. Raises NotAllowed or LinkDecided."""
    require(by, May.ACCEPT_ADDRESSES)
    if AccessLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=at) != 1:
        raise LinkDecided
    record("link.revoked", link, by=by, at=at)


def issue_links(contacts: Sequence[int], *, at: datetime, expires_at: datetime) -> dict[int, str]:
    """Return a fresh token per contact id, each a link of its own that the portal mails itself.

    One query at any number.
    """
    tokens = {contact: secrets.token_urlsafe(32) for contact in contacts}
    AccessLink.objects.bulk_create(
        AccessLink(
            token_hash=hash_token(token),
            contact_id=contact,
            status=LinkStatus.ACCEPTED,
            created_at=at,
            expires_at=expires_at,
        )
        for contact, token in tokens.items()
    )
    return tokens


def recipient_of(contact: ContactPerson) -> Recipient:
    """Return how to write to a contact: now's address, in the written standard of the municipality (uk for a
    hromada).
    """
    language = contact.language
    return Recipient("contact", contact.pk, contact.email, language)


def office_of(municipality: Municipality) -> Recipient | None:
    """Return the municipality's office (postmottak), in its written standard.

    None when KS has kept no address.
    """
    return (
        Recipient("office", municipality.pk, municipality.mailbox, municipality.language)
        if municipality.mailbox
        else None
    )


def is_own_address(municipality: Municipality, email: str, *, demo: bool = False) -> bool:
    """Say whether the address is on the municipality's website host, its subdomains, or what KS has added."""
    _name, _at, domain = email.rpartition("@")
    host = website_host(municipality)
    if host and (domain == host or domain.endswith(f".{host}")):
        return True
    if demo and host and domain == f"{host.partition('.')[0]}.example":
        return True
    return MailDomain.objects.filter(Q(domain__in=[domain, email]), municipality=municipality).exists()


def website_host(municipality: Municipality) -> str:
    """Return the website's host without `www.`; empty when there is none or many municipalities share it."""
    host = (urlsplit(municipality.website).hostname or "").removeprefix("www.")
    return "" if host in SHARED_HOSTS or "." not in host else host


def hash_token(token: str) -> str:
    """Return what is stored of a token: its SHA-256 in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def _decide(link: AccessLink, to: str, **changes: object) -> None:
    values = {"status": to, **changes}
    if AccessLink.objects.filter(pk=link.pk, status=LinkStatus.WAITING).update(**values) != 1:
        raise LinkDecided
    for field, value in values.items():
        setattr(link, field, value)


def _mail_token(link: AccessLink, token: str, *, at: datetime, template: str = "link") -> None:
    hours = int((link.expires_at - at).total_seconds() // 3600)
    context = {"token": token, "municipality": link.contact.municipality, "hours": hours}
    queue_mail(
        template, to=recipient_of(link.contact), case_reference=f"link-{link.pk}", at=at, context=context
    )
