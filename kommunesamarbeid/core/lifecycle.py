"""Every change of state passes here: allowed by the table, compare-and-swap, history row, audit row.

The update names the state it expects, so two people who act at once cannot both win: the second changes no
row and gets `StaleState`. This holds alike on PostgreSQL and SQLite and needs no lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models
from simple_history.utils import get_history_manager_for_model

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.roles import Actor

Table = Mapping[str, frozenset[str]]


class LifecycleError(Exception):
    """A state did not move; `obj` is as it was."""

    def __init__(self, obj: models.Model, source: str, to: str) -> None:
        super().__init__(f"{obj._meta.label} {obj.pk}: {source} → {to}")
        self.obj, self.source, self.to = obj, source, to


class NotAStep(LifecycleError):
    """The table has no such step."""


class StaleState(LifecycleError):
    """Somebody else moved it first."""


def transition(
    obj: Any, to: str, *, by: Actor, at: datetime, reason: str = "", changes: Mapping[str, Any] | None = None
) -> None:
    """Move `obj.state` to `to` together with `changes`, or change nothing.

    Call inside a transaction. Raises NotAStep when the model's TRANSITIONS lacks the step and StaleState when
    the row no longer is in the state the caller saw.
    """
    source: str = obj.state
    if to not in obj.TRANSITIONS.get(source, frozenset()):
        raise NotAStep(obj, source, to)
    values = {"state": to, **(changes or {})}
    model = type(obj)
    if model._default_manager.filter(pk=obj.pk, state=source).update(**values) != 1:
        raise StaleState(obj, source, to)
    for field, value in values.items():
        setattr(obj, field, value)
    if hasattr(model, "history"):
        _write_edition(obj, by=by, at=at, reason=reason)
    record(
        f"{model._meta.model_name}.{to}", obj, by=by, at=at, reason=reason, data={"from": source, "to": to}
    )


def _write_edition(obj: Any, *, by: Actor, at: datetime, reason: str) -> None:
    """Write the history row of a state change, stamped with this act's time and person.

    The stamps are set on the object, for simple-history prefers what an earlier act has left there to its
    arguments.
    """
    obj._history_date, obj._change_reason = at, reason
    obj._history_user = User(pk=by.id) if by.kind == "user" else None  # the id is enough for the foreign key
    get_history_manager_for_model(type(obj)).bulk_history_create([obj], update=True)
