"""Background work of matching: each task fetches, calls a room and may come twice without harm."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from kommunesamarbeid.core.tasks import enqueue
from matching import agreements, runs
from matching.models import MatchRun
from municipalities.keeping import drop_expired
from municipalities.retention import KEPT, erase_contacts

log = logging.getLogger(__name__)

QUEUED_TOO_LONG = timedelta(seconds=30)


@shared_task(name="matching.compute_run")
def compute_run(run_id: int) -> None:
    """Compute a run when it is still queued."""
    run = MatchRun.objects.select_related("scheme").filter(pk=run_id).first()
    if run is None:
        return
    done = runs.compute_run(run=run, at=timezone.now(), clock=timezone.now)
    log.info("run.computed", extra={"run": run_id, "done": done, "state": run.state})


@shared_task(name="matching.sweep_runs")
def sweep_runs() -> None:
    """Mark runs that lost their process, and start again what the queue forgot."""
    now = timezone.now()
    for run in runs.mark_interrupted(at=now, silent_since=now - runs.SILENCE):
        log.warning("run.interrupted", extra={"run": run.pk})
    for run_id in runs.waiting_runs(queued_before=now - QUEUED_TOO_LONG):
        enqueue(compute_run, run_id)


@shared_task(name="matching.resume_runs")
def resume_runs() -> None:
    """Start what the last process left undone; sent once by the embedded server at its start."""
    for run_id in runs.resume_interrupted(at=timezone.now()):
        enqueue(compute_run, run_id)


@shared_task(name="matching.sweep_agreements")
def sweep_agreements() -> None:
    """Introduce the partners of agreements whose undo window has closed."""
    agreements.introduce_due(at=timezone.now())


@shared_task(name="matching.purge_contacts")
def purge_contacts() -> None:
    """Erase contact persons that neither an interest nor a partnership has needed for 24 months, and what was kept too long."""
    now = timezone.now()
    drop_expired(at=now)
    erase_contacts(needed=agreements.partners_since(now - KEPT), at=now)
