"""Runs at the desk: listed, started, followed, stopped, and sent to review."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kommunesamarbeid.core.desk.acts import Act, Visit, always, in_states
from kommunesamarbeid.core.desk.lists import Column
from kommunesamarbeid.core.desk.pages import Page, id_in
from kommunesamarbeid.core.desk.trail import TrailAdmin
from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.tasks import enqueue
from kommunesamarbeid.core.templatetags.ui import points
from matching.admin.runs.plan_pages import comparison_page, proof_file, refreshed
from matching.admin.runs.run_forms import NewRunForm, ReasonForm
from matching.admin.runs.run_page import GOING, run_context
from matching.admin.runs.whatif_page import WHAT_IF
from matching.choices import SchemeState
from matching.decisions import publication
from matching.models import MatchRun, Proposal, Scheme
from matching.runs import analyses, runs
from matching.states import UNDECIDED, RunState
from matching.tasks import compute_analysis, compute_run

FOLDER = "admin/matching/matchrun"
STARTERS, READERS = (May.START_RUNS,), (May.READ_PROPOSALS,)


def _queue(*, scheme: Scheme, as_of: Any, objective: str, by: Actor, at: datetime) -> MatchRun:
    run = runs.queue_run(scheme=scheme, as_of=as_of, by=by, at=at, objective=objective or None)
    enqueue(compute_run, run.pk)
    return run


def _restart(*, run: MatchRun, by: Actor, at: datetime) -> None:
    runs.restart_run(run=run, by=by, at=at)
    enqueue(compute_run, run.pk)


def _analyse(*, run: MatchRun, by: Actor, at: datetime) -> None:
    """Have worked out what is not worked out yet about the run's plan."""
    for analysis in analyses.request_analyses(run=run, by=by, at=at):
        enqueue(compute_analysis, analysis.pk)


def _first_values(_visit: Visit) -> dict[str, Any]:
    scheme = Scheme.objects.filter(state=SchemeState.PUBLISHED).first()
    return {"as_of": timezone.localdate(), "scheme": scheme.pk if scheme else None}


def _can_be_published(run: MatchRun, _reader: Actor, _at: datetime) -> bool:
    return run.state == RunState.COMPUTED and publication.refusal_to_publish(run) is None


def _before_publishing(visit: Visit) -> dict[str, Any]:
    waiting = Proposal.objects.filter(run__state=RunState.PUBLISHED, state__in=UNDECIDED).exclude(
        run=visit.row
    )
    return {
        "run": visit.row,
        "waiting": waiting.count(),
        "refusal": publication.refusal_to_publish(visit.row),
    }


def _what_is_withdrawn(visit: Visit) -> str:
    undecided = visit.row.proposals.filter(state__in=UNDECIDED).count()
    return ngettext(
        "%(count)d proposal that nobody has decided is withdrawn. What is decided stays, and what expired when the run was "
        "published stays expired.",
        "%(count)d proposals that nobody has decided are withdrawn. What is decided stays, and what expired when the run was "
        "published stays expired.",
        undecided,
    ) % {"count": undecided}


def _can_be_discarded(run: MatchRun, _reader: Actor, _at: datetime) -> bool:
    """Whether it can be put away; what is published is taken back instead."""
    return run.state != RunState.PUBLISHED and RunState.DISCARDED in run.TRANSITIONS[run.state]


ACTS = (
    Act(
        "new", STARTERS, _queue, form=NewRunForm, has_row=False,
        is_open=always, is_main=True,
        initial=_first_values,
        title=gettext_lazy("New computation"), button=gettext_lazy("Start the computation"),
        done=gettext_lazy("The computation is started."),
        leads_to=lambda visit, run: visit.admin.url_of(run),
        records="matchrun.queued",
    ),
    Act(
        "publish", STARTERS, publication.publish_run, form=forms.Form,
        is_open=_can_be_published, is_main=True, fresh_factor=lambda _visit: True,
        title=gettext_lazy("Send proposals for review"),
        label=lambda run: _("Send %(count)d proposals for review") % {"count": run.pairs},
        done=gettext_lazy("The proposals are sent for review."),
        template=f"{FOLDER}/publish.html", context=_before_publishing,
        records="matchrun.published",
    ),
    Act(
        "cancel", STARTERS, runs.cancel_run,
        is_open=in_states(*GOING),
        label=gettext_lazy("Cancel the computation"), done=gettext_lazy("The computation is cancelled."),
        records="matchrun.cancelled",
    ),
    Act(
        "restart", STARTERS, _restart,
        is_open=in_states(RunState.INTERRUPTED, RunState.FAILED), is_main=True,
        label=gettext_lazy("Start again"), done=gettext_lazy("The computation is started again."),
        records="matchrun.queued",
    ),
    WHAT_IF,
    Act(
        "withdraw", STARTERS, publication.withdraw_run, form=ReasonForm,
        is_open=in_states(RunState.PUBLISHED), fresh_factor=lambda _visit: True,
        title=gettext_lazy("Take the run back"), intro=_what_is_withdrawn,
        done=gettext_lazy("The run is taken back."),
        records="matchrun.discarded",
    ),
    Act(
        "discard", STARTERS, runs.discard_run, form=forms.Form,
        is_open=_can_be_discarded,
        title=gettext_lazy("Discard the run"), done=gettext_lazy("The run is discarded."),
        template=f"{FOLDER}/discard.html",
        records="matchrun.discarded",
    ),
    Act(
        "analyse", STARTERS, _analyse,
        done=gettext_lazy("The computation is started."),
        leads_to=lambda visit, _outcome: f"{visit.back}#reports",
        conflicts=(analyses.NoPlan,),
    ),
)  # fmt: skip


def show_proof(_admin: Any, _request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out problem and plan in one file, for anybody to check with the engine's own command."""
    run = get_object_or_404(MatchRun, pk=pk, plan__isnull=False, problem__isnull=False)
    return proof_file(f"run-{run.pk}-proof.json", bytes(run.problem or b""), run.plan or {})


@admin.register(MatchRun)
class RunAdmin(TrailAdmin):
    """The runs, the newest first."""

    subject = "run"
    acts = ACTS
    pages = (
        Page("proof", show_proof, READERS, "<int:pk>/proof.json"),
        Page("compare", comparison_page, READERS, "compare/"),
    )
    detail_template = f"{FOLDER}/detail.html"
    change_list_template = "admin/matching/change_list.html"
    list_display = (
        Column("number", gettext_lazy("run"), str, "id"),
        "state",
        "as_of",
        "scheme",
        "objective",
        "pairs",
        Column("total_points", gettext_lazy("total score"), lambda run: points(run.total), "total"),
        "proved",
        "requested_at",
        "requested_by",
    )
    list_filter = ("state", "objective")
    list_select_related = ("scheme", "requested_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[MatchRun]:
        """Leave the large columns in the database."""
        rows: QuerySet[MatchRun] = super().get_queryset(request)
        return rows.defer("problem", "plan", "unmatched", "versions", "inputs", "summary")

    def get_row(self, request: HttpRequest, pk: Any) -> MatchRun:
        """Return the run with its scheme, or 404."""
        rows = MatchRun.objects.select_related("scheme", "requested_by").prefetch_related(
            "exclusions", "analyses"
        )
        return get_object_or_404(rows.defer("problem", "inputs"), pk=id_in(pk))

    def names(self, row: MatchRun) -> dict[str, str]:
        """The run's number, for titles."""
        return {"number": str(row)}

    def detail(self, request: HttpRequest, row: MatchRun) -> dict[str, Any]:
        """What came out; while it runs, how far it is."""
        reader = self.actor(request)
        return {
            "title": _("Run %(number)s") % {"number": row},
            **run_context(row, reader, request.GET),
            "acts": self.open_acts(row, reader, timezone.now()),
            "still": "still" in request.GET,
        }

    def detail_page(self, request: HttpRequest, row: MatchRun) -> HttpResponse:
        """The run's page; while it runs, it loads itself again."""
        is_watched = row.state in GOING and "still" not in request.GET
        return refreshed(super().detail_page(request, row), going=is_watched)
