"""Access rows: the questionnaire behind a link, and KS's desk over responses, rounds and links; AUC has no rights here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.access.table import FOUND, MISSING, OK, Row, desk, public

READERS, REVIEWERS, CONTACTS = "KGL", "KG", "NO"


def municipal(name: str, outcome: str = OK, **more: Any) -> Row:
    """An address behind a municipal link: Mona and Ola each see their own, everybody else is sent to ask for a link."""
    return Row(name, {CONTACTS: outcome}, "login", **more)


def standard(
    model: str, readers: str, thing: Callable[[Any], Any], *, add: str = "", history: str = OK
) -> Iterator[Row]:
    """Yield the rows of the admin's own addresses; nothing is deleted by hand."""
    name = f"admin:municipalities_{model}"

    def target(world: Any) -> dict[str, str]:
        return {"object_id": str(thing(world).pk)}

    yield desk(f"{name}_changelist", readers)
    yield desk(f"{name}_add", add)
    yield desk(f"{name}_change", readers, target=target)
    yield desk(f"{name}_delete", "", target=target)
    yield desk(f"{name}_history", readers, target=target, outcome=history)


def act(name: str, thing: Callable[[Any], Any], **more: Any) -> Row:
    """An act of KS at an address of its own."""
    return desk(
        f"admin:municipalities_{name}", REVIEWERS, target=lambda world: {"pk": thing(world).pk}, **more
    )


def response(world: Any) -> Any:
    """Name a response that KS can mark as ready."""
    return world.other_response


def link(world: Any) -> Any:
    """Name a link that waits for KS."""
    return world.link


ROWS: tuple[Row, ...] = (
    public("register_interest"),
    public("link_sent"),
    public("all_questions"),
    Row("open_link", {}, MISSING, target=lambda world: {"token": "no-such-token"}),
    Row("end_access", {}, FOUND, method="post"),
    municipal("questionnaire"),
    municipal("start_questionnaire", FOUND, method="post"),
    municipal("extend_access", method="post"),
    municipal("question_page", target=lambda world: {"page": "contact"}),
    municipal("check_answers"),
    municipal("receipt"),
    municipal("own_side"),
    municipal("own_version", target=lambda world: {"number": 1}),
    municipal("withdraw_interest"),
    *standard("response", READERS, response, history=FOUND),
    act("response_ready", response, method="post", outcome=FOUND),
    act("response_ask", response),
    act("response_defer", response),
    act("response_withdraw", response),
    *standard("round", READERS, lambda world: world.round, add=REVIEWERS),
    *standard("accesslink", REVIEWERS, link, history=FOUND),
    act("accesslink_accept", link),
    act("accesslink_refuse", link),
    act("accesslink_revoke", link),
)
