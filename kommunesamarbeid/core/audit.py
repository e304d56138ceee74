"""Every act leaves one row that says who, what, when and why, written in the act's own transaction,
and sealed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction

from kommunesamarbeid.core.models import AccessLogEntry, AuditEvent, AuditSeal
from kommunesamarbeid.core.roles import Actor
from kommunesamarbeid.core.texts import plain

SEAL_BATCH = 5_000


def record(
    action: str,
    obj: models.Model,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write the audit row of an act on `obj`.

    `data` holds ids, codes and numbers, never a name, mail or phone; a national identity number in the reason
    is taken out, for nothing takes it out later.
    """
    return AuditEvent.objects.create(
        at=at,
        action=action,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_roles=",".join(by.roles),
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        reason=plain(reason),
        data=dict(data or {}),
    )


def record_view(obj: models.Model, *, by: Actor, at: datetime, purpose: str) -> None:
    """Log that restricted fields of `obj` were shown."""
    AccessLogEntry.objects.create(
        at=at,
        actor_kind=by.kind,
        actor_id=by.id,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        purpose=purpose,
    )


@transaction.atomic
def seal_audit(*, at: datetime) -> AuditSeal | None:
    """Seal the audit rows written since the last seal; None when there are none."""
    last = AuditSeal.objects.select_for_update().order_by("-last_id").first()
    rows = list(AuditEvent.objects.filter(id__gt=last.last_id if last else 0).order_by("id")[:SEAL_BATCH])
    if not rows:
        return None
    previous = last.digest if last else ""
    return AuditSeal.objects.create(
        first_id=rows[0].pk,
        last_id=rows[-1].pk,
        rows=len(rows),
        digest=_digest(previous, rows),
        previous=previous,
        sealed_at=at,
    )


@dataclass(frozen=True)
class Verdict:
    """What `verify_audit` found: broken seals by their last row, and how many rows are not sealed yet."""

    broken: tuple[int, ...]
    sealed: int
    unsealed: int


def verify_audit() -> Verdict:
    """Recompute every seal from the rows it covers."""
    broken: list[int] = []
    previous, last_id, sealed = "", 0, 0
    for seal in AuditSeal.objects.order_by("last_id").iterator():
        rows = list(AuditEvent.objects.filter(id__gt=last_id, id__lte=seal.last_id).order_by("id"))
        if len(rows) != seal.rows or seal.previous != previous or _digest(previous, rows) != seal.digest:
            broken.append(seal.last_id)
        previous, last_id, sealed = seal.digest, seal.last_id, sealed + len(rows)
    return Verdict(tuple(broken), sealed, AuditEvent.objects.filter(id__gt=last_id).count())


def _digest(previous: str, rows: Iterable[AuditEvent]) -> str:
    """Return the SHA-256 over the previous digest and the rows as canonical JSON."""
    sha = hashlib.sha256(previous.encode())
    for row in rows:
        cells = [
            row.pk,
            row.at.timestamp(),
            row.action,
            row.actor_kind,
            row.actor_id,
            row.actor_roles,
            row.object_type,
            row.object_id,
            row.reason,
            row.data,
        ]
        sha.update(json.dumps(cells, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())
    return sha.hexdigest()
