"""Room 2: who comes into the pool, what is known of them, what they agree to, and when they are ready."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest

from kommunesamarbeid.core import refusals
from kommunesamarbeid.core.lifecycle import NotAStep, StaleState
from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.refusals import GiverMissing, InFuture
from kommunesamarbeid.core.roles import NotAllowed
from municipalities.candidates import candidates, categories
from municipalities.choices import Authority, Category, ConsentScope
from municipalities.models import Candidate, HromadaStatus, OfficialListEdition
from municipalities.states import CANDIDATE_TRANSITIONS, CandidateState
from tests.municipalities.pool import POLTAVA, categorised, pooled_candidate, ready_candidate
from tests.people import NOW, TODAY, actor
from tests.places import hromada

pytestmark = pytest.mark.django_db


def consent(
    candidate: Candidate, scope: str = ConsentScope.NORWEGIAN, on: date = TODAY, valid_to: date | None = None
) -> None:
    candidates.record_consent(
        candidate=candidate,
        scope=scope,
        given_on=on,
        given_by="Head of the hromada",
        valid_to=valid_to,
        by=actor("andrij"),
        at=NOW,
    )


def test_add_candidate_starts_in_the_pool_with_an_audit_row() -> None:
    candidate = candidates.add_candidate(hromada=hromada(), by=actor("andrij"), at=NOW, languages=["en"])
    assert (candidate.state, candidate.languages) == (CandidateState.POOL, ["en"])
    event = AuditEvent.objects.get(action="candidate.added")
    assert event.data == {"katottg": POLTAVA}
    assert event.actor_id == actor("andrij").id


def test_add_candidate_twice_is_refused_and_names_the_first() -> None:
    first = pooled_candidate()
    with pytest.raises(candidates.AlreadyCandidate) as refusal:
        candidates.add_candidate(hromada=first.hromada, by=actor("kari"), at=NOW)
    assert refusal.value.candidate == first


@pytest.mark.parametrize("who", ["lars", "olena", "astrid"])
def test_readers_add_no_candidates(who: str) -> None:
    with pytest.raises(NotAllowed):
        candidates.add_candidate(hromada=hromada(), by=actor(who), at=NOW)
    assert not Candidate.objects.exists()


def test_describe_candidate_keeps_the_edition_before() -> None:
    candidate = pooled_candidate()
    later = NOW + timedelta(hours=1)
    candidates.describe_candidate(
        candidate=candidate, changes={"capacity": 3, "coastal": True}, by=actor("kari"), at=later, seen_at=NOW
    )
    newest, first = candidate.history.order_by("-history_id")
    assert (first.capacity, newest.capacity) == (1, 3)
    assert (newest.history_date, newest.history_user_id) == (later, actor("kari").id)


def test_describe_candidate_refuses_a_page_that_is_older_than_the_row() -> None:
    candidate = pooled_candidate()
    candidates.describe_candidate(
        candidate=candidate, changes={"capacity": 2}, by=actor("kari"), at=NOW + timedelta(hours=1)
    )
    with pytest.raises(candidates.StaleCandidate) as refusal:
        candidates.describe_candidate(
            candidate=candidate, changes={"capacity": 5}, by=actor("andrij"), at=NOW, seen_at=NOW
        )
    assert refusal.value.current.capacity == 2


def test_describe_candidate_refuses_odd_facts() -> None:
    candidate = pooled_candidate()
    with pytest.raises(candidates.CapacityTooSmall):
        candidates.describe_candidate(candidate=candidate, changes={"capacity": 0}, by=actor("kari"), at=NOW)
    with pytest.raises(candidates.UnknownLanguage):
        candidates.describe_candidate(
            candidate=candidate, changes={"languages": ["ru"]}, by=actor("kari"), at=NOW
        )
    with pytest.raises(KeyError):
        candidates.describe_candidate(
            candidate=candidate, changes={"state": "ready"}, by=actor("kari"), at=NOW
        )


@pytest.mark.parametrize(("source", "to"), list(product(CandidateState.values, CandidateState.values)))
def test_every_step_between_states_is_allowed_or_refused_by_the_table(source: str, to: str) -> None:
    candidate = ready_candidate()
    Candidate.objects.filter(pk=candidate.pk).update(state=source, state_reason="Before")
    candidate.refresh_from_db()
    if to in CANDIDATE_TRANSITIONS[CandidateState(source)]:
        candidates.move_candidate(candidate=candidate, to=to, by=actor("kari"), at=NOW, reason="Seen")
        assert Candidate.objects.get().state == to
        return
    with pytest.raises(NotAStep):
        candidates.move_candidate(candidate=candidate, to=to, by=actor("kari"), at=NOW, reason="Seen")
    assert Candidate.objects.get().state == source


def test_of_two_who_move_at_once_the_second_is_refused() -> None:
    first = pooled_candidate()
    second = Candidate.objects.get(pk=first.pk)
    candidates.move_candidate(candidate=first, to=CandidateState.UNDER_REVIEW, by=actor("kari"), at=NOW)
    with pytest.raises(StaleState):
        candidates.move_candidate(
            candidate=second, to=CandidateState.NOT_NOW, by=actor("andrij"), at=NOW, reason="War"
        )
    assert Candidate.objects.get().state == CandidateState.UNDER_REVIEW


@pytest.mark.parametrize("to", [CandidateState.ON_HOLD, CandidateState.NOT_NOW])
def test_setting_a_candidate_aside_needs_a_reason(to: str) -> None:
    candidate = ready_candidate()
    with pytest.raises(refusals.ReasonMissing):
        candidates.move_candidate(candidate=candidate, to=to, by=actor("kari"), at=NOW, reason="  ")
    candidates.move_candidate(candidate=candidate, to=to, by=actor("kari"), at=NOW, reason="No answer")
    assert Candidate.objects.get().state_reason == "No answer"


def under_review() -> Candidate:
    candidate = pooled_candidate()
    candidates.move_candidate(candidate=candidate, to=CandidateState.UNDER_REVIEW, by=actor("andrij"), at=NOW)
    return candidate


def make_ready(candidate: Candidate) -> None:
    candidates.move_candidate(candidate=candidate, to=CandidateState.READY, by=actor("andrij"), at=NOW)


def test_ready_needs_a_category_of_both_organisations() -> None:
    candidate = under_review()
    consent(candidate)
    categories.propose_category(
        candidate=candidate,
        facts=categories.CategoryFacts(
            category=Category.OUTSIDE, valid_from=TODAY, source="List", reason="Seen"
        ),
        by=actor("kari"),
        at=NOW,
    )
    with pytest.raises(candidates.CategoryUnconfirmed):
        make_ready(candidate)
    categorised(candidate, Category.UNDETERMINED)
    with pytest.raises(candidates.CategoryUnconfirmed):
        make_ready(candidate)


def test_ready_needs_consent() -> None:
    candidate = under_review()
    categorised(candidate)
    with pytest.raises(candidates.ConsentMissing):
        make_ready(candidate)
    consent(candidate, ConsentScope.NONE)
    with pytest.raises(candidates.ConsentMissing):
        make_ready(candidate)
    consent(candidate)
    make_ready(candidate)
    assert Candidate.objects.get().ready_at == NOW


def test_an_occupied_hromada_without_authority_is_kept_and_never_ready() -> None:
    candidate = under_review()
    categorised(candidate, Category.WAR_ZONE)
    consent(candidate)
    edition = OfficialListEdition.objects.create(
        order_number="376", edition_on=date(2026, 5, 7), rule_version="1364", source="Order", loaded_at=NOW
    )
    HromadaStatus.objects.create(
        edition=edition,
        hromada=candidate.hromada,
        whole="occupied",
        ever="occupied",
        first_on=date(2022, 3, 1),
    )
    with pytest.raises(candidates.OccupiedWithoutAuthority):
        make_ready(candidate)
    described = candidates.describe_candidate(
        candidate=candidate, changes={"authority": Authority.MILITARY}, by=actor("andrij"), at=NOW
    )
    make_ready(described)
    assert Candidate.objects.get().state == CandidateState.READY


def test_waiting_is_counted_from_the_first_time_ready_unless_the_candidate_left() -> None:
    candidate = ready_candidate()
    later = NOW + timedelta(days=30)
    for to in (CandidateState.ON_HOLD, CandidateState.READY):
        candidates.move_candidate(candidate=candidate, to=to, by=actor("kari"), at=later, reason="Asked")
    assert Candidate.objects.get().ready_at == NOW
    for to in (CandidateState.NOT_NOW, CandidateState.UNDER_REVIEW, CandidateState.READY):
        candidates.move_candidate(candidate=candidate, to=to, by=actor("kari"), at=later, reason="Back")
    assert Candidate.objects.get().ready_at == later


def test_the_last_consent_counts_also_when_it_has_run_out() -> None:
    candidate = pooled_candidate()
    consent(candidate, ConsentScope.PUBLIC, on=date(2026, 1, 1))
    consent(candidate, ConsentScope.NORWEGIAN, on=date(2026, 3, 1), valid_to=date(2026, 6, 30))
    assert candidates.consents_on(date(2025, 12, 31)) == {}
    assert candidates.consents_on(date(2026, 2, 1)) == {candidate.pk: ConsentScope.PUBLIC}
    assert candidates.consents_on(date(2026, 6, 30)) == {candidate.pk: ConsentScope.NORWEGIAN}
    assert candidates.consents_on(date(2026, 7, 1)) == {}


def test_a_consent_is_somebodys_is_dated_and_ends_after_it_starts() -> None:
    candidate = pooled_candidate()
    with pytest.raises(InFuture):
        consent(candidate, on=TODAY + timedelta(days=1))
    with pytest.raises(candidates.DatesOutOfOrder):
        consent(candidate, valid_to=TODAY - timedelta(days=1))
    with pytest.raises(GiverMissing):
        candidates.record_consent(
            candidate=candidate, scope="public", given_on=TODAY, given_by=" ", by=actor("andrij"), at=NOW
        )
    assert not candidate.consents.exists()
