"""Schemes at the desk: read as versions, drafted on a form, put in force by a second person with a reason."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kommunesamarbeid.core.desk.act_pages import act_url, conflict, page
from kommunesamarbeid.core.desk.trail import TrailAdmin
from kommunesamarbeid.core.lifecycle import LifecycleError
from kommunesamarbeid.core.refusals import SamePerson
from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.tasks import enqueue
from kommunesamarbeid.core.templatetags.ui import points
from matching.admin.runs.run_forms import LIMITS, ReasonForm, SchemeForm
from matching.choices import SchemeState
from matching.engine.scores.criteria import CRITERIA, FeatureError
from matching.models import Scheme
from matching.questions import scenarios
from matching.runs import schemes, weight_steps
from matching.tasks import compute_scenario
from matching.wording import LIMIT_NAMES, criterion_label, limit_value, scheme_reason, step_name

FOLDER = "admin/matching/scheme"


@admin.register(Scheme)
class SchemeAdmin(TrailAdmin):
    """The versions of the scheme, the newest first."""

    list_display = (
        "number",
        "state",
        "objective",
        "threshold",
        "drafted_at",
        "drafted_by",
        "published_at",
        "published_by",
    )
    list_display_links = ("number",)
    list_select_related = ("drafted_by", "published_by")
    change_list_template = f"{FOLDER}/change_list.html"

    @admin.display(description=gettext_lazy("version"), ordering="version")
    def number(self, scheme: Scheme) -> str:
        """Version of the scheme."""
        return str(scheme)

    def get_urls(self) -> list[URLPattern]:
        """Each act before the admin's own catch-all."""
        own = [
            path("draft/", act_url(self, self.draft_view, May.DRAFT_SCHEME), name="matching_scheme_draft"),
            path(
                "<int:pk>/publish/",
                act_url(self, self.publish_view, May.PUBLISH_SCHEME),
                name="matching_scheme_publish",
            ),
            path(
                "<int:pk>/preview/",
                act_url(self, self.preview_view, May.START_RUNS, methods=("POST",)),
                name="matching_scheme_preview",
            ),
            path(
                "<int:pk>/drop/",
                act_url(self, self.drop_view, May.DRAFT_SCHEME, methods=("POST",)),
                name="matching_scheme_drop",
            ),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the way to a new draft for whoever may write one."""
        may = self.actor(request).may(May.DRAFT_SCHEME)
        return super().changelist_view(request, {**(extra_context or {}), "may_draft": may})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One version beside the one in force, so that a change is seen as a change."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        scheme = self.scheme(object_id)
        in_force = Scheme.objects.filter(state=SchemeState.PUBLISHED).first()
        actor = self.actor(request)
        return page(
            self,
            request,
            f"{FOLDER}/detail.html",
            title=_("Scheme %(version)s") % {"version": scheme},
            scheme=scheme,
            reason=scheme_reason(scheme),
            in_force=in_force,
            rows=comparison(scheme, in_force),
            runs=scheme.runs.count(),
            may_publish=self.may_publish(scheme, actor),
            may_drop=scheme.state == SchemeState.DRAFT and actor.may(May.DRAFT_SCHEME),
            may_preview=scheme.state == SchemeState.DRAFT and actor.may(May.START_RUNS),
            previews=list(scheme.previews.defer("problem", "plan", "points_before", "changes")[:5]),
            waits_for_other=scheme.state == SchemeState.DRAFT and scheme.drafted_by_id == actor.id,
        )

    def may_publish(self, scheme: Scheme, actor: Actor) -> bool:
        """Say whether this person could put the draft in force."""
        return (
            scheme.state == SchemeState.DRAFT
            and actor.may(May.PUBLISH_SCHEME)
            and scheme.drafted_by_id != actor.id
        )

    def draft_view(self, request: HttpRequest) -> HttpResponse:
        """Write a new version, starting from the one in force."""
        form = SchemeForm(request.POST or None, initial=SchemeForm.of(schemes.current_scheme()))
        if request.method == "POST" and form.is_valid():
            try:
                scheme = schemes.draft_scheme(
                    values=form.values(),
                    reason=form.cleaned_data["reason"],
                    by=self.actor(request),
                    at=timezone.now(),
                )
            except (schemes.WrongWeights, FeatureError) as error:
                form.add_error(None, str(error))
            else:
                messages.success(
                    request, _("The draft is saved. Runs can try it; another person puts it in force.")
                )
                return HttpResponseRedirect(self.home(scheme))
        back = reverse("admin:matching_scheme_changelist")
        return page(
            self,
            request,
            "admin/form_page.html",
            title=_("Draft a new version of the scheme"),
            form=form,
            button=_("Save the draft"),
            back=back,
        )

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the reason, and put the draft in force."""
        scheme = self.scheme(pk)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                schemes.publish_scheme(
                    scheme=scheme,
                    by=self.actor(request),
                    at=timezone.now(),
                    reason=form.cleaned_data["reason"],
                )
            except LifecycleError:
                return conflict(request, self.home(scheme))
            except SamePerson as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("The scheme is in force."))
                return HttpResponseRedirect(self.home(scheme))
        intro = _(
            "From now on new runs use this version. Runs on the version before it can no longer be sent for review."
        )
        return page(
            self,
            request,
            "admin/form_page.html",
            title=_("Put %(version)s in force") % {"version": scheme},
            form=form,
            intro=intro,
            button=_("Put it in force"),
            back=self.home(scheme),
        )

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Compute the draft as a what-if on the last run, and lead to what it would change."""
        scheme = self.scheme(pk)
        if scheme.state != SchemeState.DRAFT:
            return conflict(request, self.home(scheme))
        name = _("Scheme %(version)s") % {"version": scheme}
        try:
            scenario = scenarios.preview_scheme(
                scheme=scheme, name=name, by=self.actor(request), at=timezone.now()
            )
        except scenarios.RunWithoutInputs as refusal:
            messages.error(request, str(refusal))
        except scenarios.NothingChanged:
            messages.info(
                request, _("The draft says what the last run was computed with: it changes nothing.")
            )
        else:
            enqueue(compute_scenario, scenario.pk)
            messages.success(
                request, _("The draft is being tried on what the last run has read. The run stays as it is.")
            )
            return HttpResponseRedirect(reverse("admin:matching_scenario_change", args=[scenario.pk]))
        return HttpResponseRedirect(self.home(scheme))

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Retire a draft that will not be used."""
        scheme = self.scheme(pk)
        try:
            schemes.drop_draft(scheme=scheme, by=self.actor(request), at=timezone.now())
        except LifecycleError:
            return conflict(request, self.home(scheme))
        messages.success(request, _("The draft is retired."))
        return HttpResponseRedirect(self.home(scheme))

    def scheme(self, pk: Any) -> Scheme:
        """Return the scheme, or 404."""
        return get_object_or_404(
            Scheme.objects.select_related("drafted_by", "published_by"), pk=pk if str(pk).isdecimal() else 0
        )

    def home(self, scheme: Scheme) -> str:
        """Return the address of the scheme's page."""
        return reverse("admin:matching_scheme_change", args=[scheme.pk])


def comparison(scheme: Scheme, in_force: Scheme | None) -> list[tuple[str, Any, Any]]:
    """Return (label, this version, the version in force) of every value of a scheme."""
    other = in_force or scheme
    mine, theirs = weight_texts(scheme), weight_texts(other)
    # The same points are said in the same words, also where one version was set in points alone.
    same = {code for code in CRITERIA if scheme.weights.get(code) == other.weights.get(code)}
    rows: list[tuple[str, Any, Any]] = [
        (criterion_label(code), theirs[code] if code in same else mine[code], theirs[code])
        for code in CRITERIA
    ]
    rows.append((_("Lowest score proposed"), scheme.threshold, other.threshold))
    rows.append((_("Objective"), scheme.get_objective_display(), other.get_objective_display()))
    rows += [
        (
            str(LIMIT_NAMES[name]),
            limit_value(name, getattr(scheme, name)),
            limit_value(name, getattr(other, name)),
        )
        for name in LIMITS
    ]
    rows.append((_("Width of a fairness band, points"), scheme.leximin_band, other.leximin_band))
    rows.append((_("Seed of the tie-break"), scheme.seed, other.seed))
    return rows


def weight_texts(scheme: Scheme) -> dict[str, str]:
    """Return each weight in words and points; a version that was set in points has points alone."""
    chosen = weight_steps.steps_of(scheme.weights)
    if chosen is None:
        return {code: points(scheme.weights.get(code, 0)) for code in CRITERIA}
    return {
        code: _("%(step)s (%(points)s)")
        % {"step": step_name(chosen[code]), "points": points(scheme.weights[code])}
        for code in CRITERIA
    }
