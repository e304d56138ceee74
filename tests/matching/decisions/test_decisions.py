"""Who may decide what, once, and what the last approval opens."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from kommunesamarbeid.core.lifecycle import NotAStep, StaleState
from kommunesamarbeid.core.models import AuditEvent, MailRecord, User
from kommunesamarbeid.core.refusals import ReasonMissing, SamePerson
from kommunesamarbeid.core.roles import NotAllowed
from matching.agreements.agreements import introduce_due
from matching.choices import DecisionKind, RejectReason, Verdict
from matching.decisions import decisions
from matching.models import Agreement, Decision, Proposal
from matching.pairs.capacity import NoCapacity
from matching.states import PROPOSAL_TRANSITIONS, AgreementState, EndReason, ProposalState
from municipalities.candidates.candidates import move_candidate
from municipalities.choices import Category
from municipalities.models import Response
from municipalities.responses.responses import withdraw_response
from municipalities.states import CandidateState, ResponseState
from tests.matching.builders import computed_run, matchable, proposal, published_run
from tests.matching.partners import (
    AFTER_UNDO,
    UNDO_MINUTES,
    agreement_in,
    approve,
    opened_agreement,
    taken_by,
)
from tests.municipalities.pool import LVIV, categorised
from tests.people import NOW, actor

pytestmark = pytest.mark.django_db
P = ProposalState
TWO = (DecisionKind.KS_FIRST, DecisionKind.AUC)
KS_TWICE = (DecisionKind.KS_FIRST, DecisionKind.KS_SECOND)


def reject(found: Proposal, who: str = "kari", reason: str = "Too far away.") -> None:
    decisions.reject_proposal(
        proposal=found, by=actor(who), at=NOW, reason_code=RejectReason.GEOGRAPHY, reason=reason
    )


def test_last_required_approval_opens_the_agreement_and_matches_the_response() -> None:
    found = proposal()
    assert approve(found, "kari", required=TWO) is None
    agreement = approve(found, "andrij", DecisionKind.AUC, required=TWO)
    assert agreement is not None
    assert (agreement.state, found.state) == (AgreementState.OPENED, P.APPROVED)
    found.response.refresh_from_db()
    assert found.response.state == ResponseState.MATCHED
    assert [party.municipality for party in agreement.parties.all()] == [found.response.municipality]


def test_first_approval_alone_opens_nothing() -> None:
    found = proposal()
    assert approve(found, required=TWO) is None
    assert (Agreement.objects.count(), found.decisions.count(), found.state) == (0, 1, P.PROPOSED)
    assert not MailRecord.objects.filter(template__startswith="introduction").exists()


def test_auc_may_approve_before_ks() -> None:
    found = proposal()
    assert approve(found, "andrij", DecisionKind.AUC, required=TWO) is None
    assert approve(found, "kari", required=TWO) is not None


def test_second_approval_waits_for_the_first() -> None:
    with pytest.raises(decisions.FirstApprovalMissing):
        approve(proposal(), "guro", DecisionKind.KS_SECOND, required=KS_TWICE)


def test_second_approval_by_another_person_opens_the_agreement() -> None:
    found = proposal()
    approve(found, "kari", required=KS_TWICE)
    assert approve(found, "guro", DecisionKind.KS_SECOND, required=KS_TWICE) is not None


def test_same_person_cannot_give_both_approvals() -> None:
    found = proposal()
    approve(found, "guro", required=KS_TWICE)
    with pytest.raises(SamePerson):
        approve(found, "guro", DecisionKind.KS_SECOND, required=KS_TWICE)


def test_same_person_cannot_give_both_approvals_even_by_the_shell() -> None:
    found = proposal()
    approve(found, "guro", required=KS_TWICE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            proposal=found,
            kind=DecisionKind.KS_SECOND,
            verdict=Verdict.APPROVE,
            decided_at=NOW,
            decided_by=User.objects.get(email="guro@ks.example"),
            no_conflict=True,
        )


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ("lars", DecisionKind.KS_FIRST),
        ("astrid", DecisionKind.KS_FIRST),
        ("olena", DecisionKind.AUC),
        ("kari", DecisionKind.KS_SECOND),
        ("kari", DecisionKind.AUC),
        ("andrij", DecisionKind.KS_FIRST),
    ],
)
def test_approval_by_somebody_without_the_power_is_refused(who: str, kind: str) -> None:
    with pytest.raises(NotAllowed):
        approve(proposal(), who, kind, required=list(DecisionKind))


def test_approval_needs_the_conflict_tick() -> None:
    found = proposal()
    with pytest.raises(decisions.ConflictNotExcluded):
        approve(found, no_conflict=False)
    assert found.decisions.count() == 0


def test_approval_that_is_not_asked_for_is_refused() -> None:
    with pytest.raises(decisions.NotAskedFor):
        approve(proposal(), "andrij", DecisionKind.AUC)


def test_approval_of_the_same_kind_twice_is_refused() -> None:
    found = proposal()
    approve(found, "kari", required=TWO)
    with pytest.raises(decisions.AlreadyGiven):
        approve(found, "guro", required=TWO)


def test_proposal_of_a_run_that_is_not_published_is_not_decided() -> None:
    found = computed_run().proposals.get()
    for act in (approve, reject):
        with pytest.raises(decisions.RunNotPublished):
            act(found)


def test_approval_of_something_rejected_meanwhile_is_a_conflict() -> None:
    found, seen = proposal(), Proposal.objects.get()
    reject(found)
    with pytest.raises(StaleState):
        approve(seen)


def test_approval_is_refused_when_the_candidate_went_on_hold() -> None:
    found = proposal()
    move_candidate(
        candidate=found.candidate, to=CandidateState.ON_HOLD, by=actor("andrij"), at=NOW, reason="Shelling"
    )
    with pytest.raises(decisions.PartyChanged):
        approve(found)


def test_approval_is_refused_when_the_category_has_changed() -> None:
    found = proposal()
    categorised(found.candidate, Category.WAR_ZONE, valid_from=date(2026, 11, 1), at=AFTER_UNDO)
    with pytest.raises(decisions.PartyChanged):
        approve(found, at=AFTER_UNDO)


def test_withdrawn_response_takes_its_undecided_proposal_along() -> None:
    found = proposal()
    withdraw_response(response=found.response, by=actor("kari"), at=NOW, reason="By phone.")
    found.refresh_from_db()
    assert found.state == P.WITHDRAWN


@pytest.mark.parametrize(
    ("state", "at"), [(AgreementState.OPENED, NOW), (AgreementState.INTRODUCED, AFTER_UNDO)]
)
def test_a_municipality_that_withdraws_is_introduced_to_nobody_and_the_places_are_free(
    state: str, at: datetime
) -> None:
    agreement = agreement_in(state)
    assert agreement.proposal is not None
    withdraw_response(response=agreement.proposal.response, by=actor("kari"), at=at, reason="By phone.")
    assert introduce_due(at=AFTER_UNDO) == 0
    agreement.refresh_from_db()
    assert (agreement.state, agreement.end_reason) == (AgreementState.ENDED, EndReason.DECLINED_NO)
    assert (taken_by(agreement), agreement.parties.get().is_open) == ((0, 0), False)
    letters = MailRecord.objects.filter(case_reference=agreement.reference)
    assert set(letters.filter(send_after__gt=at).values_list("cancelled_at", flat=True)) <= {at}


def test_a_municipality_that_withdraws_keeps_what_both_sides_have_agreed_to() -> None:
    agreement = agreement_in(AgreementState.IN_PROCESS)
    assert agreement.proposal is not None
    withdraw_response(
        response=agreement.proposal.response, by=actor("kari"), at=AFTER_UNDO, reason="By phone."
    )
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.IN_PROCESS


def test_rejection_needs_words() -> None:
    with pytest.raises(ReasonMissing):
        reject(proposal(), reason=" ")


def test_auc_may_reject() -> None:
    found = proposal()
    reject(found, "andrij")
    assert found.decisions.get().reason_code == RejectReason.GEOGRAPHY


def test_withdrawing_an_approved_proposal_frees_both_places() -> None:
    agreement = opened_agreement()
    found = agreement.proposal
    assert found is not None
    decisions.withdraw_proposal(proposal=found, by=actor("kari"), at=AFTER_UNDO, reason="Wrong pair.")
    agreement.refresh_from_db()
    found.response.refresh_from_db()
    assert (agreement.state, found.state, found.response.state) == (
        AgreementState.ENDED,
        P.WITHDRAWN,
        ResponseState.READY,
    )


def test_capacity_of_the_ukrainian_side_goes_to_one_of_two_proposals() -> None:
    matchable("1804")
    first = published_run().proposals.get()
    matchable("5501", LVIV)
    tromso = Response.objects.get(municipality__number="5501")
    other = Proposal.objects.create(
        run=first.run,
        response=tromso,
        version=tromso.versions.get(),
        candidate=first.candidate,
        assessment=first.assessment,
        points=1,
        breakdown=[],
        coverage_permille=1000,
    )
    assert approve(first) is not None
    with pytest.raises(NoCapacity) as refusal:
        approve(other)
    assert refusal.value.side == "ua"
    other.refresh_from_db()
    assert (other.state, other.decisions.count(), Agreement.objects.count()) == (P.PROPOSED, 0, 1)


def test_publishing_a_newer_run_lets_undecided_proposals_expire() -> None:
    old = proposal()
    published_run()
    old.refresh_from_db()
    assert old.state == P.EXPIRED


def test_decision_is_audited_with_roles() -> None:
    found = proposal()
    approve(found, required=TWO)
    row = AuditEvent.objects.get(action="proposal.approval")
    assert (row.object_id, row.actor_roles, row.data) == (
        str(found.pk),
        "coordinator",
        {"kind": "ks_first", "missing": ["auc"]},
    )


def test_approval_takes_at_most_27_statements(django_assert_max_num_queries: object) -> None:
    found, kari = proposal(), actor("kari")
    with django_assert_max_num_queries(27):  # type: ignore[operator]  # pytest-django's fixture is untyped
        decisions.approve_proposal(
            proposal=found,
            kind=DecisionKind.KS_FIRST,
            by=kari,
            at=NOW,
            no_conflict=True,
            rules=decisions.ApprovalRules([DecisionKind.KS_FIRST], UNDO_MINUTES),
        )


def act_to(found: Proposal, to: str) -> None:
    """Do the act that leads to a state."""
    by, run = actor("kari"), found.run
    if to == P.APPROVED:
        approve(found)
    elif to == P.REJECTED:
        reject(found)
    elif to == P.HELD:
        decisions.hold_proposal(proposal=found, by=by, at=NOW, reason="Waiting for AUC.")
    elif to == P.PROPOSED:
        decisions.resume_proposal(proposal=found, by=by, at=NOW)
    elif to == P.WITHDRAWN:
        decisions.withdraw_proposal(proposal=found, by=by, at=NOW, reason="Wrong pair.")
    else:
        run.pk += 1  # a newer run
        if not decisions.expire_proposals(before=run, by=by, at=NOW):
            raise NotAStep(found, found.state, to)
        found.refresh_from_db()


@pytest.mark.parametrize("source", list(P))
def test_proposal_moves_only_along_the_table(source: str) -> None:
    found = proposal()
    if source != P.PROPOSED:
        act_to(found, source)
    for to in P:
        copy = Proposal.objects.select_related("run").get(pk=found.pk)
        if to not in PROPOSAL_TRANSITIONS[source]:
            with pytest.raises(NotAStep):
                act_to(copy, to)
            continue
        with transaction.atomic():
            act_to(copy, to)
            assert Proposal.objects.get(pk=found.pk).state == to
            transaction.set_rollback(True)
