"""Who may see a field is decided here, for pages, exports, search, mail and PDF alike.

A model declares `VISIBILITY = {"field": Level.…}`; a field not named is restricted, so forgetting hides.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from kommunesamarbeid.core.roles import Actor, May


class Level(IntEnum):
    """The four levels of visibility, from the most to the least open (V-01)."""

    PUBLIC = 0
    PARTNERS = 1
    INTERNAL = 2
    RESTRICTED = 3


def reach_of(actor: Actor | None) -> Level:
    """Return the highest level an actor reaches on records that are not its own."""
    if actor is None or actor.kind in {"contact", "hromada"}:
        return Level.PUBLIC
    if actor.may(May.READ_CANDIDATES) or actor.may(May.READ_RESPONSES):
        return Level.INTERNAL
    return Level.PUBLIC


def opens(level: Level, reach: Level) -> bool:
    """Say whether what stands at a level is seen by whoever reaches as far as `reach`."""
    return level <= reach


def visible_fields(model: type[Any], reach: Level) -> tuple[str, ...]:
    """Return the declared fields that `reach` opens, in declared order."""
    declared: dict[str, Level] = getattr(model, "VISIBILITY", {})
    return tuple(field for field, level in declared.items() if opens(level, reach))


def present(obj: Any, reach: Level, fields: Iterable[str] | None = None) -> dict[str, Any]:
    """Return the object's visible fields as a dict; a field above `reach` is absent, not blank."""
    allowed = visible_fields(type(obj), reach)
    chosen = allowed if fields is None else [field for field in fields if field in allowed]
    return {field: getattr(obj, field) for field in chosen}


def sees_norwegian_contacts(actor: Actor, *, auc_may: bool, mutual: bool = False) -> bool:
    """Say whether the actor may see a Norwegian contact person.

    AUC never does, unless the setting is on (`auc_may`) and the agreement is `mutual` or later.
    """
    if not actor.is_of_ks:
        return auc_may and mutual and actor.may(May.READ_PROPOSALS)
    return actor.may(May.READ_NORWEGIAN_CONTACTS)


def reads_words_of(organisation: str, reader: Actor) -> bool:
    """Say whether the reader reads free text that somebody of an organisation wrote, and who wrote it.

    It stays within the organisation, but KS, which runs the portal, reads all.
    """
    return reader.is_of_ks or (bool(organisation) and reader.organisation == organisation)
