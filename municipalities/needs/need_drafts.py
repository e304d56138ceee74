"""What is typed about a need is kept at once, valid or not: one draft per writer and need, until it is saved
or given up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from kommunesamarbeid.core.roles import Actor
from kommunesamarbeid.core.texts import without_identity_numbers
from municipalities.models import Candidate, Need, NeedDraft
from municipalities.questionnaire import tidy

KEPT = timedelta(days=90)


def drafts_of(by: Actor) -> QuerySet[NeedDraft]:
    """Return the writer's own drafts; nobody sees another's."""
    if by.kind == "user":
        return NeedDraft.objects.filter(editor=by.id)
    return NeedDraft.objects.filter(contact=by.id) if by.kind == "hromada" else NeedDraft.objects.none()


def find_draft(*, candidate: Candidate, need: Need | None, by: Actor) -> NeedDraft | None:
    """Return the writer's draft of the need, or of a new need (None)."""
    return drafts_of(by).filter(candidate=candidate, need=need).first()


@transaction.atomic
def save_need_draft(
    *, candidate: Candidate, need: Need | None, values: Mapping[str, Any], by: Actor, at: datetime
) -> NeedDraft:
    """Keep what was typed as it was typed, but for national identity numbers (L-12)."""
    storable = {name: _storable(value) for name, value in values.items()}
    writer: dict[str, Any] = {"editor_id": by.id} if by.kind == "user" else {"contact_id": by.id}
    draft, _made = NeedDraft.objects.update_or_create(
        candidate=candidate, need=need, **writer, defaults={"values": storable, "saved_at": at}
    )
    return draft


def _storable(value: Any) -> Any:
    return without_identity_numbers(tidy(value, lines=True))[0] if isinstance(value, str) else value


def drop_draft(*, candidate: Candidate, need: Need | None, by: Actor) -> None:
    """Forget the writer's draft: what it held is saved, or given up."""
    drafts_of(by).filter(candidate=candidate, need=need).delete()


def drop_old(*, at: datetime) -> int:
    """Forget drafts that nobody has come back to; return how many."""
    drafts, _rows = NeedDraft.objects.filter(saved_at__lt=at - KEPT).delete()
    return drafts
