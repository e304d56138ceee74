"""Access rows: the registers are read by whoever works with them, and written by nobody."""

from __future__ import annotations

from collections.abc import Iterator

from tests.access.table import Row, desk

# model → its object in the world, and who may look
MODELS = {
    "county": ("county", "KGL"),
    "municipality": ("municipality", "KGL"),
    "oblast": ("oblast", "KGLUR"),
    "hromada": ("hromada", "KGLUR"),
    "theme": ("theme", "KGLUR"),
    "knownpartnership": ("known", "KGLUR"),
    "officiallistedition": ("edition", "KGLUR"),
    "officiallistentry": ("entry", "KGLUR"),
}


def rows(model: str, thing: str, letters: str) -> Iterator[Row]:
    """Yield the rows of one register's desk pages; nobody adds, and nobody deletes."""
    name = f"admin:municipalities_{model}"

    def target(world: object) -> dict[str, str]:
        return {"object_id": str(getattr(world, thing).pk)}

    yield desk(f"{name}_changelist", letters)
    yield desk(f"{name}_add", "")
    yield desk(f"{name}_change", letters, target=target)
    yield desk(f"{name}_delete", "", target=target)
    yield desk(f"{name}_history", letters, target=target)


ROWS: tuple[Row, ...] = tuple(row for model, (thing, letters) in MODELS.items() for row in rows(model, thing, letters))
