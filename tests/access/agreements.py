"""Access rows: the public page is for everybody; KS and AUC read proposals and partnerships, each decides its own part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.access.table import FOUND, LOGIN, OK, REFUSED, Row, desk, public

READERS, KS, KEEPERS = "KGLUR", "KG", "KGU"


def standard(model: str, thing: Callable[[Any], Any], *, adders: str = "") -> Iterator[Row]:
    """Yield the rows of the admin's own addresses; rows are made by rooms and nothing is deleted."""
    name = f"admin:matching_{model}"

    def target(world: Any) -> dict[str, str]:
        return {"object_id": str(thing(world).pk)}

    yield desk(f"{name}_changelist", READERS)
    yield desk(f"{name}_add", adders)
    yield desk(f"{name}_change", READERS, target=target)
    yield desk(f"{name}_delete", "", target=target)
    yield desk(f"{name}_history", READERS, target=target)


def proposal(world: Any) -> dict[str, Any]:
    """Name the world's open proposal."""
    return {"pk": world.proposal.pk}


def agreement(world: Any) -> dict[str, Any]:
    """Name the world's agreement, whose undo window is closed."""
    return {"pk": world.agreement.pk}


def consent(world: Any) -> dict[str, Any]:
    """Name the consent in force."""
    return {"pk": world.agreement.pk, "consent": world.consent.pk}


ROWS: tuple[Row, ...] = (
    public("partnerships"),
    public("partnerships_csv"),
    public("partnerships_json"),
    *standard("proposal", lambda world: world.proposal),
    # In a demonstration KS's approval alone is asked for: AUC is told so and sent back.
    Row("admin:matching_proposal_approve", {"KG": OK, "U": FOUND, "LRA": REFUSED}, LOGIN, target=proposal),
    desk("admin:matching_proposal_reject", KEEPERS, target=proposal),
    desk("admin:matching_proposal_hold", KS, target=proposal),
    desk("admin:matching_proposal_resume", KS, target=proposal),
    desk("admin:matching_proposal_withdraw", KS, target=proposal),
    *standard("agreement", lambda world: world.agreement, adders=KS),
    desk("admin:matching_agreement_move", KS, target=agreement),
    desk("admin:matching_agreement_end", KS, target=agreement),
    desk("admin:matching_agreement_milestone", KEEPERS, target=agreement),
    desk("admin:matching_agreement_consent", KEEPERS, target=agreement),
    desk("admin:matching_agreement_undo", KS, target=agreement, method="post", outcome=FOUND),
    # The consent in force is the Norwegian side's.
    desk("admin:matching_agreement_withdraw_consent", KS, target=consent, method="post", outcome=FOUND),
)
