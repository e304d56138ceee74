"""Runs at the desk: listed, started, followed, stopped, and sent to review; each act is a POST of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kommunesamarbeid.core.accounts import step_up
from kommunesamarbeid.core.desk.act_pages import act_url, conflict, page
from kommunesamarbeid.core.desk.trail import TrailAdmin
from kommunesamarbeid.core.lifecycle import LifecycleError
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import May
from kommunesamarbeid.core.tasks import enqueue
from kommunesamarbeid.core.templatetags.ui import points
from matching.admin.runs.plan_pages import comparison_page, proof_file, refreshed
from matching.admin.runs.run_forms import NewRunForm, ReasonForm
from matching.admin.runs.run_page import run_context
from matching.admin.runs.whatif_page import whatif_page
from matching.choices import SchemeState
from matching.decisions import publication
from matching.models import MatchRun, Proposal, Scheme
from matching.runs import analyses, runs
from matching.states import UNDECIDED, RunState
from matching.tasks import compute_analysis, compute_run

FOLDER = "admin/matching/matchrun"


@admin.register(MatchRun)
class RunAdmin(TrailAdmin):
    """The runs, the newest first."""

    list_display = (
        "number",
        "state",
        "as_of",
        "scheme",
        "objective",
        "pairs",
        "total_points",
        "proved",
        "requested_at",
        "requested_by",
    )
    list_display_links = ("number",)
    list_filter = ("state", "objective")
    list_select_related = ("scheme", "requested_by")
    change_list_template = f"{FOLDER}/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[MatchRun]:
        """Leave the large columns in the database."""
        found: QuerySet[MatchRun] = super().get_queryset(request)
        return found.defer("problem", "plan", "unmatched", "versions", "inputs", "summary")

    @admin.display(description=gettext_lazy("run"), ordering="id")
    def number(self, run: MatchRun) -> str:
        """Number of the run."""
        return str(run)

    @admin.display(description=gettext_lazy("total score"), ordering="total")
    def total_points(self, run: MatchRun) -> str:
        """Total score, as points are written."""
        return points(run.total)

    def get_urls(self) -> list[URLPattern]:
        """Each act before the admin's own catch-all."""
        views: tuple[tuple[str, Callable[..., HttpResponse], tuple[str, ...]], ...] = (
            ("publish", self.publish_view, ("GET", "POST")),
            ("discard", self.discard_view, ("GET", "POST")),
            ("cancel", self.cancel_view, ("POST",)),
            ("restart", self.restart_view, ("POST",)),
            ("withdraw", self.withdraw_view, ("GET", "POST")),
            ("analyse", self.analyse_view, ("POST",)),
            ("whatif", self.whatif_view, ("GET", "POST")),
        )
        own = [
            path(
                f"<int:pk>/{verb}/",
                act_url(self, view, May.START_RUNS, methods=methods),
                name=f"matching_matchrun_{verb}",
            )
            for verb, view, methods in views
        ]
        new = path("new/", act_url(self, self.new_view, May.START_RUNS), name="matching_matchrun_new")
        read = [
            path(
                "<int:pk>/proof.json",
                act_url(self, self.proof_view, May.READ_PROPOSALS, methods=("GET",)),
                name="matching_matchrun_proof",
            ),
            path(
                "compare/",
                act_url(self, self.compare_view, May.READ_PROPOSALS, methods=("GET",)),
                name="matching_matchrun_compare",
            ),
        ]
        return [new, *read, *own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the way to a new computation for whoever may start one."""
        may = self.actor(request).may(May.START_RUNS)
        return super().changelist_view(request, {**(extra_context or {}), "may_start": may})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The run's page; while it runs, loading it again shows how far it is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = self.run(object_id)
        context = run_context(run, self.actor(request), request.GET)
        context["still"] = "still" in request.GET
        answer = page(
            self, request, f"{FOLDER}/detail.html", title=_("Run %(number)s") % {"number": run}, **context
        )
        return refreshed(answer, going=context["going"] and not context["still"])

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """Ask what to compute, and start it."""
        scheme = Scheme.objects.filter(state=SchemeState.PUBLISHED).first()
        form = NewRunForm(
            request.POST or None,
            initial={"as_of": timezone.localdate(), "scheme": scheme.pk if scheme else None},
        )
        if request.method == "POST" and form.is_valid():
            run = runs.queue_run(
                scheme=form.cleaned_data["scheme"],
                as_of=form.cleaned_data["as_of"],
                by=self.actor(request),
                at=timezone.now(),
                objective=form.cleaned_data["objective"] or None,
            )
            enqueue(compute_run, run.pk)
            messages.success(request, _("The computation is started."))
            return HttpResponseRedirect(self.home(run))
        return self.form_page(
            request, form, title=_("New computation"), button=_("Start the computation"), back=self.list_url()
        )

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say what sending does, and do it, on a fresh second factor."""
        if (fresh := step_up(request)) is not None:
            return fresh
        run = self.run(pk)
        if request.method == "POST":
            return self.act(
                request,
                run,
                _("The proposals are sent for review."),
                lambda: publication.publish_run(run=run, by=self.actor(request), at=timezone.now()),
            )
        waiting = Proposal.objects.filter(run__state=RunState.PUBLISHED, state__in=UNDECIDED).exclude(run=run)
        return page(
            self,
            request,
            f"{FOLDER}/publish.html",
            title=_("Send proposals for review"),
            run=run,
            back=self.home(run),
            waiting=waiting.count(),
            refusal=publication.refusal_to_publish(run),
        )

    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask once more, and put the run away."""
        run = self.run(pk)
        if request.method == "POST":
            return self.act(
                request,
                run,
                _("The run is discarded."),
                lambda: runs.discard_run(run=run, by=self.actor(request), at=timezone.now()),
            )
        return page(
            self, request, f"{FOLDER}/discard.html", title=_("Discard the run"), run=run, back=self.home(run)
        )

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the reason, and take a published run back, on a fresh second factor."""
        if (fresh := step_up(request)) is not None:
            return fresh
        run = self.run(pk)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            return self.act(
                request,
                run,
                _("The run is taken back."),
                lambda: publication.withdraw_run(
                    run=run, by=self.actor(request), at=timezone.now(), reason=reason
                ),
            )
        undecided = run.proposals.filter(state__in=UNDECIDED).count()
        intro = ngettext(
            "%(count)d proposal that nobody has decided is withdrawn. What is decided stays, and what expired when the run was "
            "published stays expired.",
            "%(count)d proposals that nobody has decided are withdrawn. What is decided stays, and what expired when the run was "
            "published stays expired.",
            undecided,
        ) % {"count": undecided}
        title = _("Take the run back")
        return self.form_page(request, form, title=title, button=title, back=self.home(run), intro=intro)

    def analyse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have worked out what is not worked out yet about the run's plan."""
        run = self.run(pk)
        try:
            for analysis in analyses.request_analyses(run=run, by=self.actor(request), at=timezone.now()):
                enqueue(compute_analysis, analysis.pk)
        except (LifecycleError, analyses.NoPlan):
            return conflict(request, self.home(run))
        messages.success(request, _("The computation is started."))
        return HttpResponseRedirect(f"{self.home(run)}#reports")

    def whatif_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask what to change, and compute it beside the run."""
        return whatif_page(self, request, self.run(pk))

    def proof_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand out problem and plan in one file, for anybody to check with the engine's own command."""
        run = get_object_or_404(MatchRun, pk=pk, plan__isnull=False, problem__isnull=False)
        return proof_file(f"run-{run.pk}-proof.json", bytes(run.problem or b""), run.plan or {})

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """Two plans side by side, runs or what-ifs."""
        return comparison_page(self, request)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stop a run that waits or runs."""
        run = self.run(pk)
        return self.act(
            request,
            run,
            _("The computation is cancelled."),
            lambda: runs.cancel_run(run=run, by=self.actor(request), at=timezone.now()),
        )

    def restart_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put an interrupted or failed run in line again."""
        run = self.run(pk)

        def restart() -> None:
            runs.restart_run(run=run, by=self.actor(request), at=timezone.now())
            enqueue(compute_run, run.pk)

        return self.act(request, run, _("The computation is started again."), restart)

    def act(self, request: HttpRequest, run: MatchRun, done: str, room: Callable[[], object]) -> HttpResponse:
        """Call one room and come back with a message; a race is a plain conflict."""
        try:
            room()
        except LifecycleError:
            return conflict(request, self.home(run))
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, done)
        return HttpResponseRedirect(self.home(run))

    def form_page(
        self, request: HttpRequest, form: forms.Form, *, title: str, button: str, back: str, intro: str = ""
    ) -> HttpResponse:
        """A form on a page of its own."""
        return page(
            self,
            request,
            "admin/form_page.html",
            title=title,
            form=form,
            button=button,
            back=back,
            intro=intro,
        )

    def run(self, pk: Any) -> MatchRun:
        """Return the run with its scheme, or 404."""
        if not str(pk).isdecimal():
            pk = 0
        found = MatchRun.objects.select_related("scheme", "requested_by").prefetch_related(
            "exclusions", "analyses"
        )
        return get_object_or_404(found.defer("problem", "inputs"), pk=pk)

    def home(self, run: MatchRun) -> str:
        """Return the address of the run's page."""
        return reverse("admin:matching_matchrun_change", args=[run.pk])

    def list_url(self) -> str:
        """Return the address of the list."""
        return reverse("admin:matching_matchrun_changelist")
