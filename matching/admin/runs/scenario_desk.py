"""What-ifs at the desk: what was changed, how far it is, what came out, and what differs from the run."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kommunesamarbeid.core.desk.act_pages import act_url, conflict, page
from kommunesamarbeid.core.desk.trail import TrailAdmin
from kommunesamarbeid.core.lifecycle import LifecycleError
from kommunesamarbeid.core.roles import May
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


@admin.register(Scenario)
class ScenarioAdmin(TrailAdmin):
    """The what-ifs, the newest first."""

    list_display = (
        "name",
        "state",
        "run",
        "objective",
        "pairs",
        "total_points",
        "requested_at",
        "requested_by",
    )
    list_display_links = ("name",)
    list_filter = ("state",)
    list_select_related = ("run", "requested_by")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scenario]:
        """Leave the large columns in the database."""
        found: QuerySet[Scenario] = super().get_queryset(request)
        return found.defer(*LARGE, *RUNS_LARGE, "run__plan", "run__summary", "changes")

    @admin.display(description=gettext_lazy("total score"), ordering="total")
    def total_points(self, scenario: Scenario) -> str:
        """Total score, as points are written."""
        return points(scenario.total)

    def get_urls(self) -> list[URLPattern]:
        """Each act before the admin's own catch-all."""
        own = [
            path(
                "<int:pk>/restart/",
                act_url(self, self.restart_view, May.START_RUNS, methods=("POST",)),
                name="matching_scenario_restart",
            ),
            path(
                "<int:pk>/proof.json",
                act_url(self, self.proof_view, May.READ_PROPOSALS, methods=("GET",)),
                name="matching_scenario_proof",
            ),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The what-if's page; while it is computed, loading it again shows how far it is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        scenario = self.scenario(object_id)
        going, still = scenario.state in {JobState.QUEUED, JobState.RUNNING}, "still" in request.GET
        rows = [change.get("row") or change.get("party", "") for change in scenario.changes]
        columns = [change.get("column") or change.get("party", "") for change in scenario.changes]
        names = place_names(rows, columns)
        context: dict[str, Any] = {
            "scenario": scenario,
            "changes": [wording.change_text(change, names) for change in scenario.changes],
            "going": going,
            "still": still,
            "failure": wording.job_failure_text(scenario.error) if scenario.state == JobState.FAILED else "",
            "may_restart": scenario.state == JobState.FAILED and self.actor(request).may(May.START_RUNS),
            "run_url": reverse("admin:matching_matchrun_change", args=[scenario.run_id]),
            "key": key_of(scenario),
        }
        if scenario.state == JobState.COMPUTED:
            context |= comparison_context(scenario.run, scenario)
        answer = page(self, request, "admin/matching/scenario/detail.html", title=scenario.name, **context)
        return refreshed(answer, going=going and not still)

    def restart_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a failed what-if in line again."""
        scenario = self.scenario(pk)
        try:
            scenarios.restart_scenario(scenario=scenario, by=self.actor(request), at=timezone.now())
        except LifecycleError:
            return conflict(request, self.home(scenario))
        enqueue(compute_scenario, scenario.pk)
        messages.success(request, _("The computation is started again."))
        return HttpResponseRedirect(self.home(scenario))

    def proof_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand out problem and plan in one file, for anybody to check with the engine's own command."""
        scenario = get_object_or_404(Scenario, pk=pk, state=JobState.COMPUTED)
        return proof_file(
            f"what-if-{scenario.pk}-proof.json", bytes(scenario.problem or b""), scenario.plan or {}
        )

    def scenario(self, pk: Any) -> Scenario:
        """Return the what-if with its run, or 404."""
        found = Scenario.objects.select_related("run", "requested_by", "scheme").defer("problem", *RUNS_LARGE)
        return get_object_or_404(found, pk=pk if str(pk).isdecimal() else 0)

    def home(self, scenario: Scenario) -> str:
        """Return the address of the what-if's page."""
        return reverse("admin:matching_scenario_change", args=[scenario.pk])
