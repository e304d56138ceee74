"""Access rows: KS and AUC read candidates and needs; AUC keeps needs, both review, and neither confirms its own category."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.access.table import FOUND, OK, Row, desk

READERS, REVIEWERS, COMMENTERS, KEEPER = "KGLUR", "KGU", "KG", "U"


def standard(model: str, thing: Callable[[Any], Any], *, add: str = "", page: str = "200") -> Iterator[Row]:
    """Yield the rows of the admin's own addresses; nothing is deleted by hand."""
    name = f"admin:municipalities_{model}"

    def target(world: Any) -> dict[str, str]:
        return {"object_id": str(thing(world).pk)}

    yield desk(f"{name}_changelist", READERS)
    yield desk(f"{name}_add", add)
    yield desk(f"{name}_change", READERS, target=target, outcome=page)
    yield desk(f"{name}_delete", "", target=target)
    yield desk(f"{name}_history", READERS, target=target, outcome=page)


def act(name: str, letters: str, target: Callable[[Any], dict[str, Any]], *, tap: bool = False) -> Row:
    """Return the row of an act: a page with a form, or one tap that leads back."""
    if tap:
        return desk(f"admin:municipalities_{name}", letters, target=target, method="post", outcome=FOUND)
    return desk(f"admin:municipalities_{name}", letters, target=target)


def candidate(world: Any) -> dict[str, Any]:
    """Name the world's candidate."""
    return {"pk": world.candidate.pk}


def teaching(world: Any) -> dict[str, Any]:
    """Name what the world's candidate can teach."""
    return {"pk": world.candidate.pk, "teaching": world.candidate.teachings.first().pk}


def need(world: Any) -> dict[str, Any]:
    """Name the world's need."""
    return {"pk": world.need.pk}


def comment(world: Any) -> dict[str, Any]:
    """Name the world's comment and the need it stands at."""
    return {"pk": world.comment.need_id, "comment": world.comment.pk}


def everybody_asked(world: Any) -> dict[str, Any]:
    """Ask about an act on the world's candidate."""
    return {"act": "ask", "chosen": [world.candidate.pk]}


def said(world: Any) -> dict[str, Any]:
    """Name what the world's hromada has said."""
    return {"pk": world.said.pk}


ROWS: tuple[Row, ...] = (
    *standard("candidate", lambda world: world.candidate, add=REVIEWERS),
    act("candidate_category", REVIEWERS, candidate),
    act("candidate_consent", REVIEWERS, candidate),
    act("candidate_describe", REVIEWERS, candidate),
    act("candidate_move", REVIEWERS, candidate),
    act("candidate_add_need", KEEPER, candidate),
    act("candidate_add_teaching", KEEPER, candidate),
    act("candidate_remove_teaching", KEEPER, teaching, tap=True),
    act("candidate_contacts", REVIEWERS, candidate),
    desk("admin:municipalities_candidate_bulk", REVIEWERS, method="post", data=everybody_asked, outcome=OK),
    desk("admin:municipalities_candidate_import", REVIEWERS),
    # A file that was used, or is somebody else's, is sent again.
    desk(
        "admin:municipalities_candidate_import_apply",
        REVIEWERS,
        target=lambda world: {"pk": 1},
        method="post",
        outcome=FOUND,
    ),
    *standard("need", lambda world: world.need),
    act("need_edit", KEEPER, need),
    act("need_withdraw", KEEPER, need),
    act("need_comment", COMMENTERS, need),
    act("need_confirm", KEEPER, need, tap=True),
    act("need_accept", KEEPER, comment, tap=True),
    desk("admin:municipalities_need_work", READERS),
    act("need_of", READERS, candidate),
    act("need_trail", READERS, candidate),
    act("need_confirm_all", KEEPER, candidate),
    act("need_drop_draft", KEEPER, lambda world: {"pk": world.draft.pk}, tap=True),
    act("need_contact", KEEPER, candidate),
    act("need_link", KEEPER, lambda world: {"pk": world.links["H"].contact_id}, tap=True),
    act("need_end_contact", KEEPER, lambda world: {"pk": world.links["H"].contact_id}),
    act("need_take", KEEPER, said, tap=True),
    act("need_leave", KEEPER, said),
    act("need_take_all", KEEPER, candidate, tap=True),
    desk("admin:municipalities_need_file", KEEPER),
    desk("admin:municipalities_need_template", KEEPER),
    act("need_upload", KEEPER, lambda world: {"pk": world.upload.pk}),
    *standard("categoryassessment", lambda world: world.assessment, page=FOUND),
    act("categoryassessment_retract", REVIEWERS, lambda world: {"pk": world.assessment.pk}),
    *standard("listreview", lambda world: world.task),
    act("listreview_close", REVIEWERS, lambda world: {"pk": world.task.pk}),
    act("categoryassessment_confirm", REVIEWERS, lambda world: {"pk": world.assessment.pk}, tap=True),
)
