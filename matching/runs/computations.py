"""Every computation lives one life in its row: queued → running → done or failed,
with signs of life on the way.

A run, what is worked out beside it and a question about a pair are all computed in a process that may die.
The row is the truth: a process that dies leaves it running and silent, the sweep finds it, and nothing is
half done.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from kommunesamarbeid.core.lifecycle import LifecycleError, StaleState, transition
from kommunesamarbeid.core.roles import SYSTEM, Actor
from matching.models import MatchRun, PriceQuestion, RunAnalysis, Scenario
from matching.runs.solver import SolverError, Stopped
from matching.states import JobState, QuestionState, RunState

Computation = MatchRun | RunAnalysis | Scenario | PriceQuestion
Clock = Callable[[], datetime]
MOST_ATTEMPTS: Final = 3


@dataclass(frozen=True, kw_only=True)
class Life:
    """How one kind of row tells of its computation: its states,
    and the columns that each step of the life writes.
    """

    done: str
    lost: str
    """The state of a row whose process died: queued again, or left to a person to start again."""
    silence: timedelta = timedelta(seconds=35)
    """Silent this long, a running row has lost its process;
    with a sweep every 20 seconds it is found within a minute.
    """
    heard_at: str = "sign_of_life_at"
    queued_at: str = "requested_at"
    counts_attempts: bool = False
    begun: Callable[[datetime], dict[str, Any]]
    ended: Callable[[datetime], dict[str, Any]]
    failed: Callable[[SolverError], dict[str, Any]]
    taken_up: Callable[[datetime], dict[str, Any]]
    """What is written when a lost row is found."""
    again: Callable[[datetime], dict[str, Any]]
    """What is written when somebody has it computed anew."""


def _error(failure: SolverError) -> dict[str, Any]:
    """Return the reason in codes; pages put it into words."""
    return {"error": json.dumps({"code": failure.code, **failure.facts}, sort_keys=True, ensure_ascii=False)}


_RUN = Life(
    done=RunState.COMPUTED,
    lost=RunState.INTERRUPTED,
    begun=lambda at: {
        "started_at": at,
        "sign_of_life_at": at,
        "finished_at": None,
        "progress": "reading",
        "rounds": 0,
        "error": "",
    },
    ended=lambda at: {"finished_at": at},
    failed=_error,
    taken_up=lambda at: {"finished_at": at},
    again=lambda at: {"progress": "", "error": "", "finished_at": None},
)
_JOB = Life(
    done=JobState.COMPUTED,
    lost=JobState.QUEUED,
    counts_attempts=True,
    begun=lambda at: {"started_at": at, "sign_of_life_at": at, "finished_at": None, "error": ""},
    ended=lambda at: {"finished_at": at},
    failed=_error,
    taken_up=lambda at: {"requested_at": at},
    again=lambda at: {"requested_at": at, "attempts": 0},
)
_QUESTION = Life(
    done=QuestionState.ANSWERED,
    lost=QuestionState.QUEUED,
    silence=timedelta(minutes=5),  # it gives no sign of life but its beginning
    heard_at="started_at",
    queued_at="asked_at",
    begun=lambda at: {"started_at": at},
    ended=lambda at: {"answered_at": at},
    failed=lambda failure: {"answer": {"failure": failure.code}},
    taken_up=lambda at: {},
    again=lambda at: {},
)
LIVES: Final[dict[type[Computation], Life]] = {
    MatchRun: _RUN,
    RunAnalysis: _JOB,
    Scenario: _JOB,
    PriceQuestion: _QUESTION,
}


def _nothing() -> None:
    """Write no further rows."""


@dataclass(frozen=True, slots=True)
class Result:
    """What was computed: the row's own columns,
    and how the rows that follow from them are written with them.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    write: Callable[[], None] = _nothing


def compute_once(row: Computation, *, at: datetime, clock: Clock, compute: Callable[[], Result]) -> bool:
    """Compute a queued row outside any transaction and write what came out in one;
    say whether this call did it.

    A row that is not queued, or that somebody takes away meanwhile, is left alone, so the task may come
    twice.
    """
    life = LIVES[type(row)]
    if not _begin(row, at=at):
        return False
    try:
        result = compute()
        with transaction.atomic():
            changes = result.fields | life.ended(clock())
            transition(row, life.done, by=SYSTEM, at=clock(), changes=changes)
            result.write()
    except (Stopped, StaleState):
        return False
    except SolverError as failure:
        return _fail(row, failure, at=clock())
    except Exception:
        _fail(row, SolverError("unexpected"), at=clock())
        raise
    return True


def pulse(row: MatchRun | RunAnalysis | Scenario, *, at: datetime, **progress: Any) -> bool:
    """Write the sign of life and how far it is; say whether the row is still this process's to compute."""
    row.sign_of_life_at = at
    for column, value in progress.items():
        setattr(row, column, value)
    row.save(update_fields=["sign_of_life_at", *progress])
    claim = {"attempts": _attempts(row)} if LIVES[type(row)].counts_attempts else {}
    return _rows(type(row)).filter(pk=row.pk, state=JobState.RUNNING, **claim).exists()


@transaction.atomic
def take_up_lost(
    model: type[Computation], *, at: datetime, silent_since: datetime | None = None
) -> list[Any]:
    """Queue the rows of `model` that lost their process again, or mark them as lost; return them.

    `silent_since` is when the last sign of life must have come, for the start of a server: no other process
    can be computing then, so every running row is a lost one.
    """
    life = LIVES[model]
    since = at - life.silence if silent_since is None else silent_since
    running = _rows(model).filter(state=JobState.RUNNING, **{f"{life.heard_at}__lte": since})
    columns = ["state", "attempts"] if life.counts_attempts else ["state"]
    lost: list[Any] = list(running.only(*columns))
    for row in lost:
        if life.counts_attempts and _attempts(row) >= MOST_ATTEMPTS:
            _fail(row, SolverError("crashed"), at=at)
        else:
            transition(row, life.lost, by=SYSTEM, at=at, changes=life.taken_up(at))
    return lost


def waiting(model: type[Computation], *, queued_before: datetime) -> list[int]:
    """Return the rows that wait in line since before a moment, oldest first."""
    life = LIVES[model]
    queued = _rows(model).filter(state=JobState.QUEUED, **{f"{life.queued_at}__lte": queued_before})
    return list(queued.order_by("id").values_list("pk", flat=True))


def queue_again(row: Computation, *, by: Actor, at: datetime) -> None:
    """Put a row that failed or was lost in line anew. Raises NotAStep, StaleState."""
    transition(row, JobState.QUEUED, by=by, at=at, changes=LIVES[type(row)].again(at))


@transaction.atomic
def _begin(row: Computation, *, at: datetime) -> bool:
    life = LIVES[type(row)]
    changes = life.begun(at) | ({"attempts": _attempts(row) + 1} if life.counts_attempts else {})
    try:
        transition(row, JobState.RUNNING, by=SYSTEM, at=at, changes=changes)
    except LifecycleError:
        return False
    return True


@transaction.atomic
def _fail(row: Computation, failure: SolverError, *, at: datetime) -> bool:
    """Write why it failed; a row that was taken away meanwhile stays as it is."""
    life = LIVES[type(row)]
    row.state = JobState.RUNNING
    changes = life.failed(failure) | life.ended(at)
    try:
        transition(row, JobState.FAILED, by=SYSTEM, at=at, reason=failure.code, changes=changes)
    except StaleState:
        return False
    return True


def _attempts(row: Computation) -> int:
    attempts: int = getattr(row, "attempts", 0)
    return attempts


def _rows(model: type[Any]) -> QuerySet[Any]:
    rows: QuerySet[Any] = model._default_manager.all()
    return rows
