"""Runs are computed, proved and kept whole, once, whoever comes twice."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.db import IntegrityError, transaction

from kommunesamarbeid.core.lifecycle import NotAStep, StaleState
from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.roles import Actor, NotAllowed
from matching.choices import Objective
from matching.decisions import publication
from matching.engine.problem import Problem
from matching.engine.proof import verify
from matching.engine.records import plan_of, problem_of
from matching.models import Alternative, MatchRun, Proposal, RunExclusion
from matching.runs import computations, runs
from matching.states import RUN_TRANSITIONS, ProposalState, RunState
from tests.matching.builders import (
    LATER,
    compute,
    computed_run,
    draft,
    matchable,
    published_run,
    queued_run,
    two_pairs,
)
from tests.municipalities.answers import submitted_response
from tests.municipalities.pool import LVIV, POLTAVA, ready_candidate
from tests.people import NOW, actor

pytestmark = pytest.mark.django_db


def test_compute_run_keeps_a_proven_plan() -> None:
    two_pairs()
    run = computed_run()
    run.refresh_from_db()
    assert (run.state, run.pairs, run.proved, run.error) == (RunState.COMPUTED, 2, True, "")
    assert run.total == run.bound == sum(proposal.points for proposal in run.proposals.all())
    assert set(run.seconds) == {"read", "score", "solve", "prove", "write"}
    assert set(run.versions) == {"criteria", "numpy", "ortools", "python"}


def test_stored_problem_and_plan_prove_again_without_the_database() -> None:
    two_pairs()
    run = computed_run()
    problem, _objective, _band, urgent = problem_of(json.loads(bytes(run.problem or b"")))
    assert isinstance(problem, Problem)
    assert verify(problem, plan_of(problem, run.plan or {}), urgent).holds


def test_proposals_remember_version_assessment_points_price_and_alternatives() -> None:
    two_pairs()
    run = computed_run()
    for proposal in run.proposals.all():
        assert sum(given["points"] for given in proposal.breakdown) == proposal.points
        assert proposal.version.response_id == proposal.response_id
        assert proposal.assessment.candidate_id == proposal.candidate_id
        assert proposal.coverage_permille >= 600
        assert proposal.history.count() == 1
    others = Alternative.objects.filter(proposal__run=run)
    assert all(other.price >= 0 for other in others)
    assert {other.candidate_id for other in others if other.side == "no"} == {
        p.candidate_id for p in run.proposals.all()
    }


def test_same_data_give_the_same_plan_and_digest() -> None:
    two_pairs()
    first, second = computed_run(), computed_run()
    assert first.plan == second.plan
    assert (first.input_digest, bytes(first.problem or b"")) == (
        second.input_digest,
        bytes(second.problem or b""),
    )


def test_who_is_out_and_who_got_nobody_is_told_with_a_rule() -> None:
    matchable("1804", POLTAVA, refusal="war_zone")
    ready_candidate(LVIV, category="war_zone")
    submitted_response("5501")
    run = computed_run()
    assert list(RunExclusion.objects.filter(run=run).values_list("side", "code", "rule")) == [
        ("no", "5501", "inactive")
    ]
    assert run.unmatched == {"municipalities": [], "candidates": [(LVIV, "category_refused")]}


@pytest.mark.parametrize("objective", Objective.values)
def test_every_objective_is_computed_and_proved(objective: str) -> None:
    two_pairs()
    run = computed_run(objective=objective)
    assert (run.state, run.pairs, run.objective) == (RunState.COMPUTED, 2, objective)


def test_run_without_anybody_proposes_nothing_and_is_proved() -> None:
    run = queued_run()
    assert compute(run)
    assert (run.state, run.pairs, run.total, run.bound, run.worst) == (RunState.COMPUTED, 0, 0, 0, None)
    with pytest.raises(publication.NothingProposed):
        publication.publish_run(run=run, by=actor("kari"), at=NOW)


def test_scheme_that_asks_too_much_fails_with_what_is_reachable() -> None:
    matchable()
    run = queued_run(scheme=draft(war_zone_at_least=1))
    assert compute(run)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert json.loads(run.error) == {
        "code": "infeasible",
        "required": 1,
        "reachable": 0,
        "binding": ["war_zone"],
    }
    assert run.plan is None


def test_caps_of_county_and_oblast_hold_and_are_named() -> None:
    two_pairs()
    run = queued_run(scheme=draft(oblast_at_most=1, county_at_most=1, total_at_most=1, war_zone_at_least=0))
    compute(run)
    assert run.pairs == 1
    assert {reason for _code, reason in [*run.unmatched["municipalities"], *run.unmatched["candidates"]]} == {
        "total_limit"
    }


def test_share_for_the_war_zone_is_met_without_prices() -> None:
    matchable("1804", POLTAVA)
    matchable("5501", LVIV)
    ready_candidate("UA53060230000099999", category="war_zone")
    run = queued_run(scheme=draft(war_zone_share_permille=500))
    compute(run)
    assert (run.state, run.error) == (RunState.COMPUTED, "")
    assert {proposal.assessment.category for proposal in run.proposals.all()} == {"war_zone", "outside"}
    assert not Alternative.objects.filter(proposal__run=run).exists()


def test_compute_run_twice_does_it_once() -> None:
    run = computed_run()
    again = MatchRun.objects.get(pk=run.pk)
    assert not compute(again)
    assert Proposal.objects.filter(run=run).count() == run.pairs


def test_run_cancelled_while_it_computes_keeps_nothing() -> None:
    matchable()
    run = queued_run()

    def clock() -> datetime:
        if MatchRun.objects.filter(pk=run.pk, state=RunState.RUNNING).exists():
            runs.cancel_run(run=MatchRun.objects.get(pk=run.pk), by=actor("kari"), at=NOW)
        return LATER

    assert not runs.compute_run(run=run, at=NOW, clock=clock)
    run.refresh_from_db()
    assert (run.state, run.plan, run.proposals.count()) == (RunState.CANCELLED, None, 0)


def test_failure_while_writing_leaves_no_half_plan() -> None:
    matchable()
    run, times = queued_run(), iter([LATER] * 50)

    def clock() -> datetime:
        if MatchRun.objects.filter(pk=run.pk, state=RunState.COMPUTED).exists():
            raise RuntimeError("the machine is on fire")
        return next(times)

    with pytest.raises(RuntimeError):
        runs.compute_run(run=run, at=NOW, clock=clock)
    run.refresh_from_db()
    assert (run.state, run.plan, run.proposals.count(), json.loads(run.error)) == (
        RunState.FAILED,
        None,
        0,
        {"code": "unexpected"},
    )


def test_silent_run_is_marked_interrupted_and_can_be_started_again() -> None:
    matchable()
    run = queued_run()
    MatchRun.objects.filter(pk=run.pk).update(state=RunState.RUNNING, started_at=NOW, sign_of_life_at=NOW)
    assert computations.take_up_lost(MatchRun, at=NOW) == []
    assert computations.take_up_lost(MatchRun, at=LATER) == [run]
    run.refresh_from_db()
    runs.restart_run(run=run, by=actor("kari"), at=LATER)
    assert compute(run)
    assert run.state == RunState.COMPUTED


def test_starting_server_takes_up_what_was_queued_and_running() -> None:
    waiting, lost = queued_run(), queued_run()
    MatchRun.objects.filter(pk=lost.pk).update(state=RunState.RUNNING, started_at=NOW, sign_of_life_at=NOW)
    assert runs.resume_interrupted(at=LATER) == [waiting.pk, lost.pk]
    actions = AuditEvent.objects.filter(object_type="matching.matchrun", object_id=str(lost.pk)).order_by(
        "id"
    )
    assert list(actions.values_list("action", flat=True)) == [
        "matchrun.queued",
        "matchrun.interrupted",
        "matchrun.queued",
    ]


def test_publish_opens_the_proposals_and_lets_earlier_undecided_ones_expire() -> None:
    first = published_run()
    second = published_run()
    assert set(first.proposals.values_list("state", flat=True)) == {ProposalState.EXPIRED}
    assert set(second.proposals.values_list("state", flat=True)) == {ProposalState.PROPOSED}


def test_publish_needs_the_scheme_in_force() -> None:
    matchable()
    run = queued_run(scheme=draft())
    compute(run)
    with pytest.raises(publication.SchemeNotInForce):
        publication.publish_run(run=run, by=actor("kari"), at=NOW)


def test_publish_needs_the_certificate_in_the_room_and_in_the_database() -> None:
    run = computed_run()
    MatchRun.objects.filter(pk=run.pk).update(bound=(run.bound or 0) + 1)
    run.refresh_from_db()
    with pytest.raises(publication.CertificateMissing):
        publication.publish_run(run=run, by=actor("kari"), at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        MatchRun.objects.filter(pk=run.pk).update(state=RunState.PUBLISHED)


@pytest.mark.parametrize("who", ["lars", "andrij", "olena", "astrid"])
def test_only_coordinators_and_approvers_start_and_publish(who: str) -> None:
    run, by = computed_run(), actor(who)
    with pytest.raises(NotAllowed):
        runs.queue_run(scheme=run.scheme, as_of=run.as_of, by=by, at=NOW)
    for act in (publication.publish_run, runs.cancel_run, runs.discard_run, runs.restart_run):
        with pytest.raises(NotAllowed):
            act(run=run, by=by, at=NOW)


def test_second_of_two_who_publish_at_once_is_stale() -> None:
    run = computed_run()
    seen = MatchRun.objects.get(pk=run.pk)
    publication.publish_run(run=run, by=actor("kari"), at=NOW)
    with pytest.raises(StaleState):
        publication.publish_run(run=seen, by=actor("guro"), at=NOW)


def put_away(*, run: MatchRun, by: Actor, at: datetime) -> None:
    if run.state == RunState.PUBLISHED:
        publication.withdraw_run(run=run, by=by, at=at, reason="Wrong data")
    else:
        runs.discard_run(run=run, by=by, at=at)


ACTS = {
    RunState.PUBLISHED: publication.publish_run,
    RunState.DISCARDED: put_away,
    RunState.CANCELLED: runs.cancel_run,
    RunState.QUEUED: runs.restart_run,
}


@pytest.mark.parametrize("to", ACTS)
@pytest.mark.parametrize("source", RunState.values)
def test_every_step_is_allowed_or_refused_as_the_table_says(source: str, to: str) -> None:
    run = computed_run() if to == RunState.PUBLISHED and source == RunState.COMPUTED else queued_run()
    plan = {"plan": {}, "pairs": 1, "proved": True, "total": 1, "bound": 1} if run.plan is None else {}
    MatchRun.objects.filter(pk=run.pk).update(state=source, **plan)
    run.refresh_from_db()
    if to in RUN_TRANSITIONS[source]:
        ACTS[RunState(to)](run=run, by=actor("kari"), at=NOW)
        assert run.state == to
    else:
        with pytest.raises(NotAStep):
            ACTS[RunState(to)](run=run, by=actor("kari"), at=NOW)
