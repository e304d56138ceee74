"""Agreements as far as a test needs them, made through the services."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from kommunesamarbeid.core.roles import Actor
from matching.agreements import introductions
from matching.agreements.agreements import end_agreement, introduce_due, move_agreement
from matching.agreements.existing_cooperation import enter_existing
from matching.agreements.milestones import give_consent, record_milestone
from matching.choices import DecisionKind, MilestoneKind, Side
from matching.decisions.decisions import ApprovalRules, approve_proposal
from matching.models import Agreement, Proposal
from matching.pairs.capacity import capacity_taken
from matching.states import AgreementState, EndReason
from municipalities.choices import Category, ConsentScope
from municipalities.models import ContactPerson
from tests.matching.builders import proposal
from tests.municipalities.answers import contact, ready_response
from tests.municipalities.pool import POLTAVA, ready_candidate
from tests.people import NOW, TODAY, actor
from tests.places import hromada, municipality

UNDO_MINUTES = 10
AFTER_UNDO = NOW + timedelta(minutes=UNDO_MINUTES)
A = AgreementState
# The shortest legal way from `opened` to each state.
WAYS: dict[str, tuple[str, ...]] = {
    A.OPENED: (),
    A.INTRODUCED: (A.INTRODUCED,),
    A.MUTUAL: (A.INTRODUCED, A.MUTUAL),
    A.IN_PROCESS: (A.INTRODUCED, A.MUTUAL, A.IN_PROCESS),
    A.SIGNED: (A.INTRODUCED, A.MUTUAL, A.IN_PROCESS, A.SIGNED),
    A.ACTIVE: (A.INTRODUCED, A.MUTUAL, A.IN_PROCESS, A.SIGNED, A.ACTIVE),
    A.SUSPENDED: (A.INTRODUCED, A.MUTUAL, A.IN_PROCESS, A.SUSPENDED),
}


def approve(
    found: Proposal, who: str = "kari", kind: str = DecisionKind.KS_FIRST, **values: Any
) -> Agreement | None:
    """Give one approval; alone it is enough unless `required` says otherwise."""
    given: dict[str, Any] = {
        "at": NOW,
        "no_conflict": True,
        **values,
    }
    given["rules"] = ApprovalRules(
        given.pop("required", [DecisionKind.KS_FIRST]), given.pop("undo_minutes", UNDO_MINUTES)
    )
    return approve_proposal(proposal=found, kind=kind, by=actor(who), **given)


def opened_agreement(**answers: Any) -> Agreement:
    """Return the agreement of Bodø and Poltava, just approved by Kari."""
    agreement = approve(proposal(**answers))
    assert agreement is not None
    return agreement


def public_partnership(category: str = Category.OUTSIDE, katottg: str = POLTAVA) -> Agreement:
    """Return an introduced agreement to whose publication all three have consented, in a category."""
    ready_response()
    ready_candidate(
        katottg, category=category, consent=ConsentScope.PUBLIC, languages=["en"], interpreter=True
    )
    agreement = agreement_in(A.INTRODUCED)
    consent_both(agreement)
    return agreement


def agreement_in(state: str, at: datetime = AFTER_UNDO) -> Agreement:
    """Return Bodø and Poltava's agreement in a state, come there by legal steps."""
    agreement = opened_agreement()
    if state == A.ENDED:
        end_agreement(
            agreement=agreement, reason=EndReason.OTHER, text="Ended in a test.", by=actor("kari"), at=at
        )
        return agreement
    for step in WAYS[state]:
        if step == A.INTRODUCED:
            introduce_due(at=at)
            agreement.refresh_from_db()
            continue
        if step == A.SIGNED:
            dated(agreement, MilestoneKind.SIGNATURE)
        move_agreement(agreement=agreement, to=step, by=actor("kari"), at=at, reason="A step in a test.")
    return agreement


def dated(agreement: Agreement, kind: str, on: date = date(2026, 10, 1), **values: Any) -> None:
    """Record a milestone with a source."""
    values = {"source": "Minutes of the council", "by": actor("kari"), "at": NOW, **values}
    record_milestone(agreement=agreement, kind=kind, on=on, **values)


def consent_both(agreement: Agreement) -> None:
    """Record both sides' consents to be named."""
    for side in Side:
        give_consent(
            agreement=agreement, side=side, given_on=TODAY, given_by="mayor", by=actor("kari"), at=NOW
        )


def existing_agreement(number: str = "1804", katottg: str = POLTAVA, **values: Any) -> Agreement:
    """Return a co-operation that existed before, entered by Kari."""
    values = {
        "state": A.ACTIVE,
        "source": "Letter from the municipality",
        "by": actor("kari"),
        "at": NOW,
        **values,
    }
    return enter_existing(municipality=municipality(number), hromada=hromada(katottg), **values)


def olha() -> ContactPerson:
    """Return the contact of Poltava."""
    return ContactPerson.objects.get_or_create(
        hromada=hromada(), email="olha@poltava.example", defaults={"created_at": NOW}
    )[0]


def mona() -> Actor:
    """Return Mona, the contact of Bodø."""
    return Actor.contact(contact("1804").pk)


def introduced() -> Agreement:
    """Return Bodø and Poltava, introduced, with a contact on both sides."""
    olha()
    return agreement_in(A.INTRODUCED)


def say(
    agreement: Agreement, side: Side, answer: str, by: Actor, reason: str = "", days: int = 1
) -> AgreementState:
    """Let a side of an introduced pair answer, days after the introduction."""
    at = AFTER_UNDO + timedelta(days=days)
    return introductions.record_reply(
        agreement=agreement, side=side, reply=answer, reason=reason, by=by, at=at
    )


def taken_by(agreement: Agreement) -> tuple[int, int]:
    """Return how many partnerships the two sides of an agreement have now, as the portal counts them."""
    taken = capacity_taken(agreement.parties.get().municipality_id, agreement.hromada_id)
    return taken.norwegian, taken.ukrainian
