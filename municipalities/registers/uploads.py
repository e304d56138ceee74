"""A faultless file is kept between its dry run and its use: for its sender only, not for long, and never
twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from kommunesamarbeid.core.files.sheets import Table
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.roles import Actor
from municipalities.models import Upload

KEPT = timedelta(hours=24)


class Effect(Protocol):
    """What one row would do: `new`, `changed`, `same`, or what else its kind of file knows."""

    @property
    def what(self) -> str: ...


Row = TypeVar("Row", bound=Effect)


@dataclass
class TriedFile(Generic[Row]):
    """A sent file as read: its rows with what each would do, or its faults."""

    table: Table
    rows: list[Row] = field(default_factory=list)

    def count(self, what: str) -> int:
        """Return how many rows would do this."""
        return sum(row.what == what for row in self.rows)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are new, change what is recorded, or leave it as it is."""
        return {what: self.count(what) for what in ("new", "changed", "same")}


def store_upload(
    *, kind: str, name: str, raw: bytes, facts: Mapping[str, Any], by: Actor, at: datetime
) -> Upload:
    """Keep a file for its sender until it is used; what others have left lying for a day is emptied."""
    Upload.objects.filter(uploaded_at__lt=at - KEPT).exclude(content=b"").update(content=b"")
    digest = hashlib.sha256(raw).hexdigest()
    return Upload.objects.create(
        kind=kind,
        name=name[:120],
        content=raw,
        digest=digest,
        facts=dict(facts),
        uploaded_at=at,
        uploaded_by=User(pk=by.id),
    )


def waiting_upload(*, kind: str, pk: int, by: Actor) -> Upload | None:
    """Return the sender's own file that has not been used and is still there, or None."""
    upload = Upload.objects.filter(pk=pk, kind=kind, uploaded_by=by.id, applied_at__isnull=True).first()
    return upload if upload is not None and bytes(upload.content) else None


def use_upload(upload: Upload, *, at: datetime) -> bool:
    """Mark the file as used and forget what it held; say whether this call did it. Call in the transaction
    that applies it.

    Of two presses at once the second waits for the first here, and is told that the file is used.
    """
    return (
        Upload.objects.filter(pk=upload.pk, applied_at__isnull=True).update(applied_at=at, content=b"") == 1
    )
