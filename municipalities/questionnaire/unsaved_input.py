"""What could not be saved is kept sealed for a day and given back to the same municipality's page, to whoever
holds the token.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from django.core import signing
from django.utils.crypto import salted_hmac

from kommunesamarbeid.core.texts import without_identity_numbers
from municipalities.access import hash_token
from municipalities.models import KeptInput, Municipality

KEPT = timedelta(hours=24)
# A page may lie open over a summer holiday and still say whose it was.
TICKET_VALID = timedelta(days=90)
# Far above what a page can hold (two texts of 20,000 characters): a flood is not kept.
KEPT_BYTES = 200_000
# Nobody needs an access to have something kept: whoever has a page from long ago cannot fill the database
# with it.
KEPT_ROWS = 100
SALT = "municipalities.keeping"

Posted = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Ticket:
    """Whose page it is and which one, as signed into the page when it was shown."""

    municipality_id: int
    page: str


@dataclass(frozen=True)
class Unsaved:
    """What was kept: the row, and the posted values by name."""

    row: KeptInput
    values: dict[str, list[str]]


def issue_ticket(*, municipality: Municipality, page: str) -> str:
    """Return the signed text that a page carries, so that what is posted later can be kept for the right
    municipality.
    """
    return signing.dumps([municipality.pk, page], salt=SALT)


def read_ticket(text: str) -> Ticket | None:
    """Return what the ticket says; None when the portal did not sign it."""
    try:
        municipality_id, page = signing.loads(text, salt=SALT, max_age=TICKET_VALID)
    except signing.BadSignature:
        return None
    return Ticket(int(municipality_id), str(page))


def store_input(*, ticket: Ticket, values: Posted, at: datetime) -> str | None:
    """Seal the posted values and return the token that opens them.

    None when there is nothing to keep, or far too much.

    National identity numbers are taken out first; rows past their time go.
    """
    cleaned = {name: [without_identity_numbers(value)[0] for value in many] for name, many in values.items()}
    plain = json.dumps(cleaned).encode()
    if not any(value.strip() for many in cleaned.values() for value in many) or len(plain) > KEPT_BYTES:
        return None
    drop_expired(at=at)
    if KeptInput.objects.filter(municipality=ticket.municipality_id).count() >= KEPT_ROWS:
        return None
    token = secrets.token_urlsafe(32)
    KeptInput.objects.create(
        token_hash=hash_token(token),
        municipality_id=ticket.municipality_id,
        page=ticket.page,
        sealed=_cipher(token).encrypt(plain),
        created_at=at,
        expires_at=at + KEPT,
    )
    return token


def find_unsaved(*, token: str, at: datetime, municipality: Municipality | None = None) -> Unsaved | None:
    """Return what the token opens, unchanged; with `municipality`, only what was written for it."""
    row = (
        KeptInput.objects.select_related("municipality")
        .filter(token_hash=hash_token(token), expires_at__gt=at)
        .first()
    )
    if row is None or (municipality is not None and row.municipality_id != municipality.pk):
        return None
    try:
        plain = _cipher(token).decrypt(bytes(row.sealed))
    except InvalidToken:  # sealed under a secret that has been changed since
        return None
    return Unsaved(row, json.loads(plain))


def delete_unsaved(*, token: str) -> None:
    """Forget what the token opens: it has been saved, or is not wanted."""
    KeptInput.objects.filter(token_hash=hash_token(token)).delete()


def drop_expired(*, at: datetime) -> int:
    """Delete what nobody came back for in time, and return how many there were."""
    return KeptInput.objects.filter(expires_at__lte=at).delete()[0]


def _cipher(token: str) -> Fernet:
    # The key needs both the portal's secret and the writer's cookie: neither the database nor a backup opens
    # the row.
    return Fernet(base64.urlsafe_b64encode(salted_hmac(SALT, token, algorithm="sha256").digest()))
