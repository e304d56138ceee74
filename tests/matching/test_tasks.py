"""Tasks fetch, call a service and may come twice; the sweep finds what a queue or a process has lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from matching import tasks
from matching.models import MatchRun
from matching.states import RunState
from tests.matching.builders import matchable, queued_run

pytestmark = pytest.mark.django_db


def test_compute_run_task_twice_computes_once_and_an_unknown_run_is_nothing() -> None:
    matchable()
    run = queued_run()
    tasks.compute_run(run.pk)
    tasks.compute_run(run.pk)
    tasks.compute_run(0)
    run.refresh_from_db()
    assert (run.state, run.proposals.count()) == (RunState.COMPUTED, 1)


def test_sweep_marks_the_silent_and_starts_the_forgotten(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    silent, alive, forgotten, fresh = (queued_run() for _run in range(4))
    now = timezone.now()
    MatchRun.objects.filter(pk=silent.pk).update(
        state=RunState.RUNNING, sign_of_life_at=now - timedelta(seconds=61)
    )
    MatchRun.objects.filter(pk=alive.pk).update(
        state=RunState.RUNNING, sign_of_life_at=now - timedelta(seconds=20)
    )
    MatchRun.objects.filter(pk=forgotten.pk).update(requested_at=now - timedelta(seconds=31))
    MatchRun.objects.filter(pk=fresh.pk).update(requested_at=now)
    with django_capture_on_commit_callbacks() as started:
        tasks.sweep_runs()
    assert len(started) == 1
    states = dict(MatchRun.objects.values_list("pk", "state"))
    assert (states[silent.pk], states[alive.pk]) == (RunState.INTERRUPTED, RunState.RUNNING)


def test_resume_starts_what_the_last_process_left(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    lost, waiting = queued_run(), queued_run()
    MatchRun.objects.filter(pk=lost.pk).update(state=RunState.RUNNING, sign_of_life_at=timezone.now())
    MatchRun.objects.update(requested_at=timezone.now())
    with django_capture_on_commit_callbacks() as started:
        tasks.resume_runs()
    lost.refresh_from_db()
    assert (lost.state, waiting.state, len(started)) == (RunState.QUEUED, RunState.QUEUED, 2)


def test_sweep_of_agreements_with_nothing_due_does_nothing() -> None:
    tasks.sweep_agreements()
