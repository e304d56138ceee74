"""Background work of matching: each task fetches, calls a room and may come twice without harm."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from kommunesamarbeid.core.tasks import enqueue
from matching import agreements, asking, following, introductions, runs
from matching.models import MatchRun, PriceQuestion
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
    """Introduce the partners of agreements whose undo window has closed; remind who is silent, and end what nobody answered."""
    now = timezone.now()
    agreements.introduce_due(at=now)
    introductions.remind_due(at=now, after_days=settings.INTRODUCTION_REMINDERS)
    introductions.expire_due(at=now, days=settings.INTRODUCTION_DAYS)
    following.remind_of_due(at=now)


@shared_task(name="matching.answer_question")
def answer_question(question_id: int) -> None:
    """Answer a question about a pair when it is still queued."""
    found = PriceQuestion.objects.select_related("run__scheme", "response__municipality", "candidate__hromada")
    question = found.filter(pk=question_id).first()
    if question is None:
        return
    done = asking.answer_question(question=question, at=timezone.now(), clock=timezone.now)
    log.info("question.answered", extra={"question": question_id, "done": done, "state": question.state})


@shared_task(name="matching.sweep_questions")
def sweep_questions() -> None:
    """Compute what the queue forgot, one after the other."""
    for question_id in asking.requeue_lost(at=timezone.now()):
        answer_question(question_id)


@shared_task(name="matching.purge_contacts")
def purge_contacts() -> None:
    """Erase contact persons that neither an interest nor a partnership has needed for 24 months."""
    now = timezone.now()
    erase_contacts(needed=agreements.partners_since(now - KEPT), at=now)
