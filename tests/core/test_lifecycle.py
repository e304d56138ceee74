"""Every change of state is allowed by the table, wins once, and leaves history and audit."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from kommunesamarbeid.core.lifecycle import NotAStep, StaleState, transition
from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.roles import SYSTEM
from matching.states import AGREEMENT_TRANSITIONS, PROPOSAL_TRANSITIONS, RUN_TRANSITIONS
from municipalities.models import Candidate
from municipalities.states import CANDIDATE_TRANSITIONS, RESPONSE_TRANSITIONS, CandidateState
from tests.people import NOW, actor
from tests.places import hromada

pytestmark = pytest.mark.django_db
TABLES = [
    RESPONSE_TRANSITIONS,
    CANDIDATE_TRANSITIONS,
    RUN_TRANSITIONS,
    PROPOSAL_TRANSITIONS,
    AGREEMENT_TRANSITIONS,
]
STEPS = list(itertools.product(CandidateState.values, CandidateState.values))


def candidate(state: str = "pool") -> Candidate:
    reason = "Demo: waits" if state in {"on_hold", "not_now"} else ""
    return Candidate.objects.create(
        hromada=hromada(), state=state, state_reason=reason, added_at=NOW, updated_at=NOW
    )


def test_a_step_of_the_table_moves_state_and_leaves_history_and_audit() -> None:
    moved, kari = candidate(), actor("kari")
    transition(moved, "under_review", by=kari, at=NOW, reason="Begins")
    moved.refresh_from_db()
    event = AuditEvent.objects.get(object_type="municipalities.candidate")
    assert moved.state == "under_review"
    assert (event.action, event.actor_id, event.data) == (
        "candidate.under_review",
        kari.id,
        {"from": "pool", "to": "under_review"},
    )
    row = moved.history.get(state="under_review")
    assert (row.history_user_id, row.history_date, row.history_change_reason) == (kari.id, NOW, "Begins")


def test_each_step_of_one_object_keeps_its_own_time_and_person() -> None:
    moved, kari, later = candidate(), actor("kari"), NOW + timedelta(days=3)
    transition(moved, "under_review", by=kari, at=NOW)
    transition(moved, "on_hold", by=SYSTEM, at=later, reason="Waits", changes={"state_reason": "Waits"})
    row = moved.history.get(state="on_hold")
    assert (row.history_date, row.history_user_id, row.history_change_reason) == (later, None, "Waits")


def test_the_second_of_two_who_act_on_the_same_state_is_refused() -> None:
    first = candidate()
    second = Candidate.objects.get(pk=first.pk)
    transition(first, "under_review", by=SYSTEM, at=NOW)
    with pytest.raises(StaleState):
        transition(second, "not_now", by=SYSTEM, at=NOW, changes={"state_reason": "No"})
    assert Candidate.objects.get().state == "under_review"
    assert AuditEvent.objects.filter(object_type="municipalities.candidate").count() == 1


@pytest.mark.parametrize(("source", "to"), STEPS)
def test_each_pair_of_candidate_states_follows_the_table(source: str, to: str) -> None:
    moved = candidate(source)
    if to in CANDIDATE_TRANSITIONS[source]:
        transition(moved, to, by=SYSTEM, at=NOW, changes={"state_reason": "Demo: reason"})
        assert Candidate.objects.get().state == to
    else:
        with pytest.raises(NotAStep):
            transition(moved, to, by=SYSTEM, at=NOW)
        assert Candidate.objects.get().state == source


@pytest.mark.parametrize("table", TABLES)
def test_every_state_of_a_table_has_a_row_and_leads_only_to_known_states(
    table: dict[str, frozenset[str]],
) -> None:
    assert set().union(*table.values()) <= table.keys()
