"""A run is reproducible from what it stores, and its proposals are kept whole or not at all.

The row is the truth: queued → running → computed | failed | interrupted | cancelled; computed → published | discarded; published → discarded.
A process that dies leaves a running row without a sign of life, and nothing half done.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.lifecycle import LifecycleError, NotAStep, StaleState, transition
from kommunesamarbeid.core.roles import SYSTEM, Actor, May, require
from matching.models import MatchRun, Scheme
from matching.runs import outcomes, proposal_rows
from matching.runs.solver import SolverError, Stopped
from matching.states import RunState

SILENCE: Final = timedelta(seconds=35)
"""A running row that has been silent this long has lost its process; with a sweep every 20 seconds it is found within a minute."""
Clock = Callable[[], datetime]


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
    """Compute a queued run and keep what came out; return whether this call did it.

    Reads, thinks outside any transaction, and writes plan, proposals and exclusions in one. A run that is not queued,
    or that somebody takes away meanwhile, is left alone, so the task may come twice.
    """
    if not _begin(run, at=at):
        return False
    try:
        outcome = outcomes.think(
            run, still_wanted=lambda level, rounds: _pulse(run, level, rounds, at=clock())
        )
        with transaction.atomic():
            transition(
                run,
                RunState.COMPUTED,
                by=SYSTEM,
                at=clock(),
                changes=outcome.fields | {"finished_at": clock()},
            )
            proposal_rows.keep(run, outcome, at=clock())
    except (Stopped, StaleState):
        return False
    except SolverError as failure:
        return _fail(run, failure, at=clock())
    except Exception:
        _fail(run, SolverError("unexpected"), at=clock())
        raise
    return True


@transaction.atomic
def _begin(run: MatchRun, *, at: datetime) -> bool:
    try:
        transition(
            run,
            RunState.RUNNING,
            by=SYSTEM,
            at=at,
            changes={
                "started_at": at,
                "sign_of_life_at": at,
                "finished_at": None,
                "progress": "reading",
                "rounds": 0,
                "error": "",
            },
        )
    except LifecycleError:
        return False
    return True


def _pulse(run: MatchRun, level: str, rounds: int, *, at: datetime) -> bool:
    """Write the sign of life and how far it is; say whether the run is still wanted."""
    run.sign_of_life_at, run.progress, run.rounds = at, level or run.progress, rounds
    run.save(update_fields=["sign_of_life_at", "progress", "rounds"])
    return MatchRun.objects.filter(pk=run.pk, state=RunState.RUNNING).exists()


@transaction.atomic
def _fail(run: MatchRun, failure: SolverError, *, at: datetime) -> bool:
    """Keep the reason in codes; a run that was taken away meanwhile stays as it is."""
    error = json.dumps({"code": failure.code, **failure.facts}, sort_keys=True, ensure_ascii=False)
    run.state = RunState.RUNNING
    try:
        transition(
            run,
            RunState.FAILED,
            by=SYSTEM,
            at=at,
            reason=failure.code,
            changes={"finished_at": at, "error": error},
        )
    except StaleState:
        return False
    return True


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
    transition(run, RunState.QUEUED, by=by, at=at, changes={"progress": "", "error": "", "finished_at": None})


@transaction.atomic
def mark_interrupted(*, at: datetime, silent_since: datetime) -> list[MatchRun]:
    """Mark the running runs without a sign of life since `silent_since` as interrupted; return them."""
    lost = []
    for run in MatchRun.objects.filter(state=RunState.RUNNING, sign_of_life_at__lte=silent_since):
        transition(run, RunState.INTERRUPTED, by=SYSTEM, at=at, changes={"finished_at": at})
        lost.append(run)
    return lost


def waiting_runs(*, queued_before: datetime) -> list[int]:
    """Return the runs that wait in line since before a moment, oldest first."""
    waiting = MatchRun.objects.filter(state=RunState.QUEUED, requested_at__lte=queued_before)
    return list(waiting.order_by("id").values_list("pk", flat=True))


@transaction.atomic
def resume_interrupted(*, at: datetime) -> list[int]:
    """Return what a starting server has to compute: what is queued, and what the last process was computing.

    Only for the embedded mode's start, when no other process can be computing: every running row is a lost one.
    """
    for run in mark_interrupted(at=at, silent_since=at):
        restart_run(run=run, by=SYSTEM, at=at)
    return waiting_runs(queued_before=at)
