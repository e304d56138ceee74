"""Earlier editions of a row: kept with who and when of the act that changed it,
and read back as before → after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import models

from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.roles import Actor

# Bookkeeping fields say nothing a reader of the history does not see from the edition's own time and person.
BOOKKEEPING = frozenset(
    {"id", "added_at", "created_at", "updated_at", "ready_at", "edition", "is_fictional", "confirmed_by"}
)


def save_with_history(
    obj: Any, *, by: Actor, at: datetime, reason: str = "", fields: Sequence[str] | None = None
) -> None:
    """Save `obj` (or only some `fields`) and its edition, stamped with the act's own time and person,
    never the clock's.
    """
    obj._history_date = at
    obj._history_user = User(pk=by.id) if by.kind == "user" else None  # the id is enough for the foreign key
    obj._change_reason = reason
    obj.save(update_fields=fields)


@dataclass(frozen=True)
class Edition:
    """One edition: when, by whom (None: the portal), why,
    and the fields that differ from the edition before.
    """

    at: datetime
    by: User | None
    reason: str
    changes: tuple[tuple[models.Field[Any, Any], Any, Any], ...]
    is_first: bool


def editions_of(obj: Any, *, limit: int = 100) -> list[Edition]:
    """Return the row's latest editions, newest first. Two queries, whatever their number."""
    rows = list(
        obj.history.select_related("history_user").order_by("-history_date", "-history_id")[: limit + 1]
    )
    editions = [_edition(newer, older) for newer, older in pairwise(rows)]
    return editions if len(rows) > limit or not rows else [*editions, _edition(rows[-1], None)]


def _edition(row: Any, older: Any) -> Edition:
    changes = () if older is None else tuple(_differences(row, older))
    return Edition(
        row.history_date, row.history_user, row.history_change_reason or "", changes, older is None
    )


def _differences(row: Any, older: Any) -> Iterator[tuple[models.Field[Any, Any], Any, Any]]:
    for field in row.instance_type._meta.concrete_fields:
        if field.name not in BOOKKEEPING:
            before, after = getattr(older, field.attname), getattr(row, field.attname)
            if before != after:
                yield field, before, after
