"""Access rows: a hromada's own page behind its link; everybody else is sent to ask for one."""

from __future__ import annotations

from typing import Any

from tests.access.table import FOUND, LOGIN, OK, Row, public


def own(name: str, outcome: str = OK, **more: Any) -> Row:
    """An address behind a hromada's link."""
    return Row(name, {"H": outcome}, LOGIN, **more)


def tap(name: str, **more: Any) -> Row:
    """One tap that leads back."""
    return own(name, FOUND, method="post", **more)


def need(world: Any) -> dict[str, Any]:
    """Name the world's need, which is the hromada's own."""
    return {"pk": world.need.pk}


ROWS: tuple[Row, ...] = (
    public("hromada_link"),
    public("hromada_link_sent"),
    own("hromada_side"),
    own("hromada_add_need"),
    own("hromada_change", target=need),
    own("hromada_close", target=need),
    own("hromada_teach"),
    own("hromada_consent"),
    own("hromada_contact"),
    tap("hromada_confirm", target=need),
    tap("hromada_confirm_all"),
    tap("hromada_unteach", target=lambda world: {"pk": world.candidate.teachings.first().pk}),
    tap("hromada_take_back", target=lambda world: {"pk": world.said.pk}),
)
