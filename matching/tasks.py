"""Background work of matching: each task fetches, calls a service and may come twice without harm."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from kommunesamarbeid.core.roles import SYSTEM
from kommunesamarbeid.core.tasks import enqueue
from matching.agreements import agreements, follow_up, introductions
from matching.models import MatchRun, PriceQuestion, RunAnalysis, Scenario
from matching.questions import price_questions, scenarios
from matching.runs import analyses, computations, runs
from matching.states import RunState
from municipalities.people import KEPT, erase_contacts, erase_drafts, erase_hromada_contacts
from municipalities.questionnaire import drop_expired

log = logging.getLogger(__name__)

BESIDE_RUNS: tuple[type[computations.Computation], ...] = (Scenario, RunAnalysis)
QUEUED_TOO_LONG = timedelta(seconds=30)


@shared_task(name="matching.compute_run")
def compute_run(run_id: int) -> None:
    """Compute a run when it is still queued."""
    run = MatchRun.objects.select_related("scheme").filter(pk=run_id).first()
    if run is None:
        return
    done = runs.compute_run(run=run, at=timezone.now(), clock=timezone.now)
    log.info("run.computed", extra={"run": run_id, "done": done, "state": run.state})
    if done and run.state == RunState.COMPUTED:
        for analysis in analyses.request_analyses(run=run, by=SYSTEM, at=timezone.now()):
            enqueue(compute_analysis, analysis.pk)


@shared_task(name="matching.compute_scenario")
def compute_scenario(scenario_id: int) -> None:
    """Compute a what-if when it is still queued."""
    scenario = Scenario.objects.select_related("run__scheme").filter(pk=scenario_id).first()
    if scenario is not None:
        done = scenarios.compute_scenario(scenario=scenario, at=timezone.now(), clock=timezone.now)
        log.info("scenario.computed", extra={"scenario": scenario_id, "done": done, "state": scenario.state})


@shared_task(name="matching.compute_analysis")
def compute_analysis(analysis_id: int) -> None:
    """Work out an analysis of a run when it is still queued."""
    analysis = RunAnalysis.objects.select_related("run__scheme").filter(pk=analysis_id).first()
    if analysis is not None:
        done = analyses.compute_analysis(analysis=analysis, at=timezone.now(), clock=timezone.now)
        log.info("analysis.computed", extra={"analysis": analysis_id, "done": done, "state": analysis.state})


@shared_task(name="matching.sweep_runs")
def sweep_runs() -> None:
    """Mark runs that lost their process, queue what was computed beside them again,
    and start what the queue forgot.
    """
    now = timezone.now()
    for run in computations.take_up_lost(MatchRun, at=now):
        log.warning("run.interrupted", extra={"run": run.pk})
    for run_id in computations.waiting(MatchRun, queued_before=now - QUEUED_TOO_LONG):
        enqueue(compute_run, run_id)
    if lost := [job for model in BESIDE_RUNS for job in computations.take_up_lost(model, at=now)]:
        log.warning("jobs.lost", extra={"count": len(lost)})
    _start_jobs(now - QUEUED_TOO_LONG)


def _start_jobs(queued_before: datetime) -> None:
    for scenario_id in computations.waiting(Scenario, queued_before=queued_before):
        enqueue(compute_scenario, scenario_id)
    for analysis_id in computations.waiting(RunAnalysis, queued_before=queued_before):
        enqueue(compute_analysis, analysis_id)


@shared_task(name="matching.resume_runs")
def resume_runs() -> None:
    """Start what the last process left undone; sent once by the embedded server at its start."""
    now = timezone.now()
    for run_id in runs.resume_interrupted(at=now):
        enqueue(compute_run, run_id)
    for model in BESIDE_RUNS:
        computations.take_up_lost(model, at=now, silent_since=now)
    _start_jobs(now)


@shared_task(name="matching.sweep_agreements")
def sweep_agreements() -> None:
    """Introduce the partners of agreements whose undo window has closed; remind, tell KS of who is not
    reached, end what nobody answered.
    """
    now = timezone.now()
    agreements.introduce_due(at=now)
    introductions.remind_due(at=now, after_days=settings.INTRODUCTION_REMINDERS)
    introductions.tell_unreached(at=now)
    introductions.expire_due(at=now, days=settings.INTRODUCTION_DAYS)
    follow_up.remind_of_due(at=now)


@shared_task(name="matching.answer_question")
def answer_question(question_id: int) -> None:
    """Answer a question about a pair when it is still queued."""
    questions = PriceQuestion.objects.select_related(
        "run__scheme", "response__municipality", "candidate__hromada"
    )
    question = questions.filter(pk=question_id).first()
    if question is None:
        return
    done = price_questions.answer_question(question=question, at=timezone.now(), clock=timezone.now)
    log.info("question.answered", extra={"question": question_id, "done": done, "state": question.state})


@shared_task(name="matching.sweep_questions")
def sweep_questions() -> None:
    """Compute what the queue forgot, one after the other."""
    for question_id in price_questions.questions_in_line(at=timezone.now()):
        answer_question(question_id)


@shared_task(name="matching.purge_contacts")
def purge_contacts() -> None:
    """Erase drafts never sent and contact persons that nothing has needed, and what was kept too long."""
    now = timezone.now()
    drop_expired(at=now)
    needed = agreements.partners_since(now - KEPT)
    erase_contacts(needed=needed, at=now)
    erase_drafts(needed=needed, at=now)
    erase_hromada_contacts(needed=agreements.hromadas_since(now - KEPT), at=now)
