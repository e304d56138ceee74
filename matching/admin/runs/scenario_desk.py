"""What-ifs at the desk: what was changed, how far it is, what came out, and what differs from the run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.acts import Act, in_states
from kommunesamarbeid.core.desk.lists import Column
from kommunesamarbeid.core.desk.pages import Page, id_in
from kommunesamarbeid.core.desk.trail import TrailAdmin
from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.tasks import enqueue
from kommunesamarbeid.core.templatetags.ui import points
from matching import wording
from matching.admin.runs.plan_pages import comparison_context, key_of, proof_file, refreshed
from matching.admin.runs.run_names import place_names
from matching.models import Scenario
from matching.questions import scenarios
from matching.states import JobState
from matching.tasks import compute_scenario

LARGE = ("problem", "plan", "points_before")
RUNS_LARGE = ("run__problem", "run__inputs", "run__unmatched", "run__versions")
GOING = (JobState.QUEUED, JobState.RUNNING)


def _restart(*, scenario: Scenario, by: Actor, at: datetime) -> None:
    scenarios.restart_scenario(scenario=scenario, by=by, at=at)
    enqueue(compute_scenario, scenario.pk)


def show_proof(_admin: Any, _request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out problem and plan in one file, for anybody to check with the engine's own command."""
    scenario = get_object_or_404(Scenario, pk=pk, state=JobState.COMPUTED)
    return proof_file(
        f"what-if-{scenario.pk}-proof.json", bytes(scenario.problem or b""), scenario.plan or {}
    )


RESTART = Act(
    "restart", (May.START_RUNS,), _restart,
    is_open=in_states(JobState.FAILED), is_main=True,
    label=_("Start again"), done=_("The computation is started again."),
    records="scenario.queued",
)  # fmt: skip


@admin.register(Scenario)
class ScenarioAdmin(TrailAdmin):
    """The what-ifs, the newest first."""

    subject = "scenario"
    acts = (RESTART,)
    pages = (Page("proof", show_proof, (May.READ_PROPOSALS,), "<int:pk>/proof.json"),)
    detail_template = "admin/matching/scenario/detail.html"
    list_display = (
        "name",
        "state",
        "run",
        "objective",
        "pairs",
        Column("total_points", _("total score"), lambda scenario: points(scenario.total), "total"),
        "requested_at",
        "requested_by",
    )
    list_display_links = ("name",)
    list_filter = ("state",)
    list_select_related = ("run", "requested_by")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scenario]:
        """Leave the large columns in the database."""
        rows: QuerySet[Scenario] = super().get_queryset(request)
        return rows.defer(*LARGE, *RUNS_LARGE, "run__plan", "run__summary", "changes")

    def get_row(self, request: HttpRequest, pk: Any) -> Scenario:
        """Return the what-if with its run, or 404."""
        rows = Scenario.objects.select_related("run", "requested_by", "scheme").defer("problem", *RUNS_LARGE)
        return get_object_or_404(rows, pk=id_in(pk))

    def detail(self, request: HttpRequest, row: Scenario) -> dict[str, Any]:
        """What was changed and what came out; while it is computed, how far it is."""
        codes = [(change.get("row") or change.get("party", "")) for change in row.changes]
        columns = [change.get("column") or change.get("party", "") for change in row.changes]
        names = place_names(codes, columns)
        context: dict[str, Any] = {
            "title": row.name,
            "scenario": row,
            "changes": [wording.change_text(change, names) for change in row.changes],
            "going": row.state in GOING,
            "still": "still" in request.GET,
            "failure": wording.job_failure_text(row.error) if row.state == JobState.FAILED else "",
            "acts": self.open_acts(row, self.actor(request), timezone.now()),
            "run_url": reverse("admin:matching_matchrun_change", args=[row.run_id]),
            "key": key_of(row),
        }
        return context | (comparison_context(row.run, row) if row.state == JobState.COMPUTED else {})

    def detail_page(self, request: HttpRequest, row: Scenario) -> HttpResponse:
        """The what-if's page; while it is computed, it loads itself again."""
        is_watched = row.state in GOING and "still" not in request.GET
        return refreshed(super().detail_page(request, row), going=is_watched)
