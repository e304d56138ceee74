"""Access rows: the public page is for everybody; KS and AUC read proposals and partnerships, each decides its own part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.access.table import FOUND, LOGIN, MISSING, OK, REFUSED, Row, desk, public

READERS, KS, KEEPERS = "KGLUR", "KG", "KGU"


def standard(model: str, thing: Callable[[Any], Any], *, adders: str = "") -> Iterator[Row]:
    """Yield the rows of the admin's own addresses; rows are made by services and nothing is deleted."""
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


def question(world: Any) -> dict[str, Any]:
    """Name the answered question about the world's open proposal."""
    return {"question": world.question.pk}


def own(world: Any) -> dict[str, Any]:
    """Name the introduced partnership of Voss, which is Ola's, and Poltava."""
    return {"reference": world.partnership.reference}


# A GET sees nothing of a party that is not one's own: it is as if it were not there.
OLA, HROMADA = {"O": OK, "N": MISSING}, {"H": OK}

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
    desk("admin:matching_proposal_note", KEEPERS, target=proposal, method="post", outcome=FOUND),
    desk("admin:matching_proposal_assign", KS, target=proposal, method="post", outcome=FOUND),
    desk("admin:matching_proposal_ask_auc", KS, target=proposal),
    desk(
        "admin:matching_proposal_profile",
        READERS,
        target=lambda world: {"pk": world.proposal.pk, "side": "no"},
    ),
    desk(
        "admin:matching_proposal_profile_pdf",
        READERS,
        target=lambda world: {"pk": world.proposal.pk, "side": "no", "language": "uk"},
    ),
    desk("admin:matching_proposal_answer_ks", "U", target=proposal),
    desk("admin:matching_proposal_consequences", KS, target=proposal, method="post", outcome=FOUND),
    desk(
        "admin:matching_proposal_choose",
        KS,
        target=lambda world: {"pk": world.proposal.pk, "alternative": world.alternative.pk},
    ),
    desk("admin:matching_proposal_why_not", KS),
    desk("admin:matching_proposal_pair", KS, target=question),
    desk("admin:matching_proposal_pair_again", KS, target=question, method="post", outcome=FOUND),
    # The pair is the run's own: it is proposed already, and one is sent back.
    desk("admin:matching_proposal_make", KS, target=question, outcome=FOUND),
    # Nothing is chosen: one is told so and sent back to the list.
    desk("admin:matching_proposal_bulk", KEEPERS, outcome=FOUND),
    desk("admin:matching_proposal_log", READERS),
    desk("admin:matching_proposal_log_csv", READERS),
    desk("admin:matching_proposal_csv", READERS),
    desk(
        "admin:matching_proposal_queue", READERS, target=lambda world: {"kind": "to_approve"}, outcome=FOUND
    ),
    *standard("agreement", lambda world: world.agreement, adders=KS),
    desk("admin:matching_agreement_move", KS, target=agreement),
    desk("admin:matching_agreement_end", KS, target=agreement),
    desk("admin:matching_agreement_milestone", KEEPERS, target=agreement),
    desk("admin:matching_agreement_consent", KEEPERS, target=agreement),
    desk("admin:matching_agreement_reply", KEEPERS, target=agreement),
    desk("admin:matching_agreement_due", KEEPERS, target=agreement),
    desk(
        "admin:matching_agreement_settle",
        KS,
        method="post",
        outcome=FOUND,
        target=lambda world: {"pk": world.partnership.pk, "report": world.report.pk},
    ),
    desk(
        "admin:matching_agreement_profile", READERS, target=lambda world: {**agreement(world), "side": "ua"}
    ),
    desk(
        "admin:matching_agreement_profile_pdf",
        READERS,
        target=lambda world: {**agreement(world), "side": "ua", "language": "nb"},
    ),
    desk("admin:matching_agreement_csv", READERS),
    Row("partnership", OLA, LOGIN, target=own),
    Row("partnership_profile", OLA, LOGIN, target=own),
    Row("partnership_profile_pdf", OLA, LOGIN, target=own),
    Row("partnership_decision", OLA, LOGIN, target=own),
    # An answer without a choice is refused at the field.
    Row("partnership_reply", {"O": "422", "N": MISSING}, LOGIN, target=own, method="post"),
    Row("hromada_partnership", HROMADA, LOGIN, target=own),
    Row("hromada_profile", HROMADA, LOGIN, target=own),
    Row("hromada_profile_pdf", HROMADA, LOGIN, target=own),
    Row("hromada_reply", {"H": "422"}, LOGIN, target=own, method="post"),
    desk("admin:matching_agreement_undo", KS, target=agreement, method="post", outcome=FOUND),
    # The consent in force is the Norwegian side's.
    desk("admin:matching_agreement_withdraw_consent", KS, target=consent, method="post", outcome=FOUND),
)
