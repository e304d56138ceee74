"""A run is queued, computed, stopped, started again or put away,
and its proposals are stored whole or not at all.

queued → running → computed | failed | interrupted | cancelled; computed → published | discarded; published →
discarded.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.lifecycle import NotAStep, transition
from kommunesamarbeid.core.roles import SYSTEM, Actor, May, require
from matching.models import MatchRun, Scheme
from matching.runs import computations, outcomes, proposal_rows
from matching.runs.computations import Clock, Result
from matching.states import RunState


@transaction.atomic
def queue_run(
    *, scheme: Scheme, as_of: date, by: Actor, at: datetime, objective: str | None = None
) -> MatchRun:
    """Put a run in line; the caller starts the task after commit.

    Raises NotAllowed.
    """
    if by.kind != "system":
        require(by, May.START_RUNS)
    run = MatchRun.objects.create(
        scheme=scheme,
        as_of=as_of,
        objective=objective or scheme.objective,
        requested_at=at,
        requested_by_id=by.id if by.kind == "user" else None,
    )
    record(
        "matchrun.queued",
        run,
        by=by,
        at=at,
        data={"scheme": scheme.version, "as_of": as_of.isoformat(), "objective": run.objective},
    )
    return run


def compute_run(*, run: MatchRun, at: datetime, clock: Clock) -> bool:
    """Compute a queued run and write plan, proposals and exclusions in one; return whether this call did it.

    The task may come twice.
    """

    def still_wanted(level: str, rounds: int) -> bool:
        return computations.pulse(run, at=clock(), progress=level or run.progress, rounds=rounds)

    def compute() -> Result:
        outcome = outcomes.compute(run, still_wanted=still_wanted)
        return Result(outcome.fields, lambda: proposal_rows.write_proposals(run, outcome, at=clock()))

    return computations.compute_once(run, at=at, clock=clock, compute=compute)


@transaction.atomic
def discard_run(*, run: MatchRun, by: Actor, at: datetime, reason: str = "") -> None:
    """Put a run away that was never published; it stays readable.

    Raises NotAllowed, NotAStep (published, queued or running), StaleState.
    """
    require(by, May.START_RUNS)
    if run.state == RunState.PUBLISHED:
        raise NotAStep(run, run.state, RunState.DISCARDED)
    transition(run, RunState.DISCARDED, by=by, at=at, reason=reason)


@transaction.atomic
def cancel_run(*, run: MatchRun, by: Actor, at: datetime) -> None:
    """Stop a queued or running run; its process ends at the next pulse.

    Raises NotAllowed, NotAStep, StaleState.
    """
    require(by, May.START_RUNS)
    transition(run, RunState.CANCELLED, by=by, at=at, changes={"finished_at": at})


@transaction.atomic
def restart_run(*, run: MatchRun, by: Actor, at: datetime) -> None:
    """Put an interrupted or failed run in line again; the caller starts the task after commit.

    Raises NotAllowed, NotAStep, StaleState.
    """
    if by.kind != "system":
        require(by, May.START_RUNS)
    computations.queue_again(run, by=by, at=at)


@transaction.atomic
def resume_interrupted(*, at: datetime) -> list[int]:
    """Return what a starting server has to compute: what is queued, and what the last process was computing.

    Only for the embedded mode's start, when no other process can be computing: every running row is a lost
    one.
    """
    for run in computations.take_up_lost(MatchRun, at=at, silent_since=at):
        restart_run(run=run, by=SYSTEM, at=at)
    return computations.waiting(MatchRun, queued_before=at)
