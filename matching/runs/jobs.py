"""How a computation beside a run is taken up, gives signs of life, ends, and is found again when its process died."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from kommunesamarbeid.core.lifecycle import LifecycleError, StaleState, transition
from kommunesamarbeid.core.roles import SYSTEM
from matching.models import RunAnalysis, Scenario
from matching.runs.solver import SolverError, Stopped
from matching.states import JobState

Job = Scenario | RunAnalysis
Clock = Callable[[], datetime]
SILENCE: Final = timedelta(seconds=35)
"""As for runs: with a sweep every 20 seconds a lost job is found within a minute."""
MOST_ATTEMPTS: Final = 3


def work(
    job: Job,
    *,
    at: datetime,
    clock: Clock,
    think: Callable[[], dict[str, Any]],
    keep: Callable[[], None] | None = None,
) -> bool:
    """Do a queued job once: `think` outside any transaction, then write what it returned; say whether this call did it.

    `keep` writes what follows, in the same transaction. A job that is not queued is left alone, so the task may come twice.
    """
    if not _begin(job, at=at):
        return False
    try:
        found = think()
        with transaction.atomic():
            transition(
                job,
                JobState.COMPUTED,
                by=SYSTEM,
                at=clock(),
                changes={**found, "finished_at": clock(), "error": ""},
            )
            if keep is not None:
                keep()
    except (Stopped, StaleState):
        return False
    except SolverError as failure:
        return _fail(job, failure, at=clock())
    except Exception:
        _fail(job, SolverError("unexpected"), at=clock())
        raise
    return True


@transaction.atomic
def _begin(job: Job, *, at: datetime) -> bool:
    changes = {
        "started_at": at,
        "sign_of_life_at": at,
        "finished_at": None,
        "error": "",
        "attempts": job.attempts + 1,
    }
    try:
        transition(job, JobState.RUNNING, by=SYSTEM, at=at, changes=changes)
    except LifecycleError:
        return False
    return True


def pulse(job: Job, *, at: datetime) -> bool:
    """Write the sign of life; say whether the job is still this process's."""
    job.sign_of_life_at = at
    job.save(update_fields=["sign_of_life_at"])
    return (
        type(job)._default_manager.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts).exists()
    )


@transaction.atomic
def _fail(job: Job, failure: SolverError, *, at: datetime) -> bool:
    error = json.dumps({"code": failure.code, **failure.facts}, sort_keys=True, ensure_ascii=False)
    job.state = JobState.RUNNING
    try:
        transition(
            job,
            JobState.FAILED,
            by=SYSTEM,
            at=at,
            reason=failure.code,
            changes={"finished_at": at, "error": error},
        )
    except StaleState:
        return False
    return True


@transaction.atomic
def take_up_lost(*, at: datetime, silent_since: datetime) -> int:
    """Queue the running jobs without a sign of life again, three times at most; return how many were lost."""
    lost = 0
    for model in (Scenario, RunAnalysis):
        for job in model.objects.filter(state=JobState.RUNNING, sign_of_life_at__lte=silent_since).defer(
            *_large(model)
        ):
            lost += 1
            if job.attempts < MOST_ATTEMPTS:
                transition(job, JobState.QUEUED, by=SYSTEM, at=at, changes={"requested_at": at})
            else:
                _fail(job, SolverError("crashed"), at=at)
    return lost


def waiting(*, queued_before: datetime) -> tuple[list[int], list[int]]:
    """Return the what-ifs and the analyses that wait in line since before a moment, oldest first."""
    scenarios, analyses = (
        list(
            model.objects.filter(state=JobState.QUEUED, requested_at__lte=queued_before)
            .order_by("id")
            .values_list("pk", flat=True)
        )
        for model in (Scenario, RunAnalysis)
    )
    return scenarios, analyses


def _large(model: type[Job]) -> tuple[str, ...]:
    return ("problem", "plan", "points_before") if model is Scenario else ("result",)
