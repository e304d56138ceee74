"""Access rows: the registers are read by whoever works with them, and written by nobody but what KS and AUC keep by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.access.table import FOUND, Row, desk

REVIEWERS = "KGU"
KEPT = ("knownpartnership", "offeredthrough")

# model → its object in the world, and who may look
MODELS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "county": (lambda world: world.municipality.county, "KGL"),
    "municipality": (lambda world: world.municipality, "KGL"),
    "oblast": (lambda world: world.hromada.oblast, "KGLUR"),
    "hromada": (lambda world: world.hromada, "KGLUR"),
    "theme": (lambda world: world.theme, "KGLUR"),
    "knownpartnership": (lambda world: world.known, "KGLUR"),
    "offeredthrough": (lambda world: world.road, "KGLUR"),
    "officiallistedition": (lambda world: world.edition, "KGLUR"),
    "officiallistentry": (lambda world: world.edition.entries.get(), "KGLUR"),
}


def rows(model: str, thing: Callable[[Any], Any], letters: str) -> Iterator[Row]:
    """Yield the rows of one register's desk pages; nobody deletes, and few add."""
    name = f"admin:municipalities_{model}"

    def target(world: Any) -> dict[str, str]:
        return {"object_id": str(thing(world).pk)}

    yield desk(f"{name}_changelist", letters)
    yield desk(f"{name}_add", REVIEWERS if model in KEPT or model == "officiallistedition" else "")
    yield desk(f"{name}_change", letters, target=target)
    yield desk(f"{name}_delete", "", target=target)
    yield desk(f"{name}_history", letters, target=target)
    if model in KEPT:
        yield desk(f"{name}_edit", REVIEWERS, target=lambda world: {"pk": thing(world).pk})


ROWS: tuple[Row, ...] = (
    *(row for model, (thing, letters) in MODELS.items() for row in rows(model, thing, letters)),
    desk("admin:municipalities_knownpartnership_import", REVIEWERS),
    # A file that was used, or is somebody else's, is sent again.
    *(
        desk(
            f"admin:municipalities_{name}",
            REVIEWERS,
            target=lambda world: {"pk": 1},
            method="post",
            outcome=FOUND,
        )
        for name in ("knownpartnership_import_apply", "officiallistedition_load")
    ),
)
