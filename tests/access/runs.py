"""Access rows: KS reads runs and schemes, coordinators and approvers start and publish; AUC sees neither."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.access.table import FOUND, Row, desk

READERS, STARTERS = "KGL", "KG"
CONFLICT = "409"


def standard(model: str, thing: Callable[[Any], Any]) -> Iterator[Row]:
    """Yield the rows of the admin's own addresses; rows are made by services and nothing is deleted."""
    name = f"admin:matching_{model}"

    def target(world: Any) -> dict[str, str]:
        return {"object_id": str(thing(world).pk)}

    yield desk(f"{name}_changelist", READERS)
    yield desk(f"{name}_add", "")
    yield desk(f"{name}_change", READERS, target=target)
    yield desk(f"{name}_delete", "", target=target)
    yield desk(f"{name}_history", READERS, target=target)


def run(world: Any) -> dict[str, Any]:
    """Name the world's run, which is published: most acts come too late for it."""
    return {"pk": world.run.pk}


def scheme(world: Any) -> dict[str, Any]:
    """Name the world's scheme, which is in force."""
    return {"pk": world.scheme.pk}


def scenario(world: Any) -> dict[str, Any]:
    """Name the world's what-if, which is computed."""
    return {"pk": world.scenario.pk}


def pair_rule(world: Any) -> dict[str, Any]:
    """Name the world's rule for a pair."""
    return {"pk": world.pair_rule.pk}


ROWS: tuple[Row, ...] = (
    *standard("matchrun", lambda world: world.run),
    desk("admin:matching_matchrun_new", STARTERS),
    desk("admin:matching_matchrun_publish", STARTERS, target=run),
    desk("admin:matching_matchrun_discard", STARTERS, target=run),
    desk("admin:matching_matchrun_cancel", STARTERS, target=run, method="post", outcome=CONFLICT),
    desk("admin:matching_matchrun_restart", STARTERS, target=run, method="post", outcome=CONFLICT),
    desk("admin:matching_matchrun_withdraw", STARTERS, target=run),
    desk("admin:matching_matchrun_analyse", STARTERS, target=run, method="post", outcome=FOUND),
    desk("admin:matching_matchrun_whatif", STARTERS, target=run),
    desk("admin:matching_matchrun_proof", READERS, target=run),
    desk("admin:matching_matchrun_compare", READERS),
    *standard("scenario", lambda world: world.scenario),
    desk("admin:matching_scenario_restart", STARTERS, target=scenario, method="post", outcome=CONFLICT),
    desk("admin:matching_scenario_proof", READERS, target=scenario),
    *standard("pairrule", lambda world: world.pair_rule),
    desk("admin:matching_pairrule_new", STARTERS),
    desk("admin:matching_pairrule_lift", STARTERS, target=pair_rule),
    *standard("scheme", lambda world: world.scheme),
    desk("admin:matching_scheme_draft", STARTERS),
    desk("admin:matching_scheme_publish", STARTERS, target=scheme),
    desk("admin:matching_scheme_preview", STARTERS, target=scheme, method="post", outcome=CONFLICT),
    desk("admin:matching_scheme_drop", STARTERS, target=scheme, method="post", outcome=CONFLICT),
)
