"""Access rows: the registers are read by whoever works with them, and written by nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.access.table import Row, desk

# model → its object in the world, and who may look
MODELS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "county": (lambda world: world.municipality.county, "KGL"),
    "municipality": (lambda world: world.municipality, "KGL"),
    "oblast": (lambda world: world.hromada.oblast, "KGLUR"),
    "hromada": (lambda world: world.hromada, "KGLUR"),
    "theme": (lambda world: world.theme, "KGLUR"),
    "knownpartnership": (lambda world: world.known, "KGLUR"),
    "officiallistedition": (lambda world: world.edition, "KGLUR"),
    "officiallistentry": (lambda world: world.edition.entries.get(), "KGLUR"),
}


def rows(model: str, thing: Callable[[Any], Any], letters: str) -> Iterator[Row]:
    """Yield the rows of one register's desk pages; nobody adds, and nobody deletes."""
    name = f"admin:municipalities_{model}"

    def target(world: Any) -> dict[str, str]:
        return {"object_id": str(thing(world).pk)}

    yield desk(f"{name}_changelist", letters)
    yield desk(f"{name}_add", "")
    yield desk(f"{name}_change", letters, target=target)
    yield desk(f"{name}_delete", "", target=target)
    yield desk(f"{name}_history", letters, target=target)


ROWS: tuple[Row, ...] = tuple(row for model, (thing, letters) in MODELS.items() for row in rows(model, thing, letters))
