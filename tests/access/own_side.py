"""Access rows: the municipality's own side, its people, joint applications and notices, and KS's desk over them."""

from __future__ import annotations

from typing import Any

from tests.access.questionnaire import READERS, REVIEWERS, act, municipal, response
from tests.access.table import FOUND, LOGIN, MISSING, OK, Row, desk, public


def colleague(world: Any) -> dict[str, Any]:
    """Name a colleague of Mona's."""
    return {"pk": world.colleague.pk}


def member(world: Any) -> dict[str, Any]:
    """Name Ola's municipality in Mona's application."""
    return {"pk": world.member.pk}


ROWS: tuple[Row, ...] = (
    municipal("own_version_pdf", target=lambda world: {"number": 1}),
    municipal("ask_reopen", FOUND, method="post"),
    municipal("people"),
    municipal("invite", "422", method="post"),
    Row("colleague_right", {"N": FOUND, "O": MISSING}, LOGIN, target=colleague, method="post"),
    Row("colleague_end", {"N": OK, "O": MISSING}, LOGIN, target=colleague),
    municipal("named_person", target=lambda world: {"who": "deputy"}),
    municipal("deputy_remove", FOUND, method="post"),
    municipal("own_data"),
    municipal("own_data_json"),
    municipal("own_data_pdf"),
    municipal("own_data_erase"),
    municipal("joint"),
    Row("member_confirm", {"N": MISSING, "O": FOUND}, LOGIN, target=member, method="post"),
    Row("member_end", {"NO": OK}, LOGIN, target=member),
    Row("choose_party", {"NOH": OK}, LOGIN),
    Row("notice", {}, LOGIN),
    public("notice_noted"),
    public("notice_off", target=lambda world: {"token": "no-such-token"}),
    act("response_reopen", response),
    act("response_erase_contact", response),
    desk(
        "admin:municipalities_response_pdf",
        READERS,
        target=lambda world: {"pk": response(world).pk, "number": 1},
    ),
    desk("admin:municipalities_response_export", READERS),
    desk("admin:municipalities_response_tallies", READERS),
    desk("admin:municipalities_response_old_form", REVIEWERS),
    desk("admin:municipalities_response_export_people", REVIEWERS),
    desk(
        "admin:municipalities_municipality_mailbox",
        REVIEWERS,
        target=lambda world: {"pk": world.municipality.pk},
    ),
)
