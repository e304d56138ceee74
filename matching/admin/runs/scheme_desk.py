"""Schemes at the desk: read as versions, drafted on a form, put in force by a second person with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kommunesamarbeid.core.desk.act_pages import conflict
from kommunesamarbeid.core.desk.acts import Act, Visit, Words, always, in_states
from kommunesamarbeid.core.desk.lists import Column
from kommunesamarbeid.core.desk.pages import id_in
from kommunesamarbeid.core.desk.trail import TrailAdmin
from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.tasks import enqueue
from kommunesamarbeid.core.templatetags.ui import points
from matching.admin.runs.run_forms import LIMITS, ReasonForm, SchemeForm
from matching.choices import SchemeState
from matching.engine.scores.criteria import CRITERIA
from matching.models import Scenario, Scheme
from matching.questions import scenarios
from matching.runs import schemes, weight_steps
from matching.tasks import compute_scenario
from matching.wording import LIMIT_NAMES, criterion_label, limit_value, scheme_reason, step_name


def _preview(*, scheme: Scheme, by: Actor, at: datetime) -> Scenario:
    """Compute the draft as a what-if on the last run."""
    name = _("Scheme %(version)s") % {"version": scheme}
    scenario = scenarios.preview_scheme(scheme=scheme, name=name, by=by, at=at)
    enqueue(compute_scenario, scenario.pk)
    return scenario


def _still_a_draft(visit: Visit) -> HttpResponse | None:
    return None if visit.row.state == SchemeState.DRAFT else conflict(visit.request, visit.back)


def _waits_for_another(scheme: Scheme, reader: Actor, _at: datetime) -> bool:
    """Whether somebody else than its writer could put the draft in force."""
    return scheme.state == SchemeState.DRAFT and scheme.drafted_by_id != reader.id


ACTS = (
    Act(
        "draft", (May.DRAFT_SCHEME,), schemes.draft_scheme, form=SchemeForm, has_row=False,
        is_open=always, is_main=True,
        initial=lambda _visit: SchemeForm.of(schemes.current_scheme()),
        values=lambda _visit, form: {"values": form.values(), "reason": form.cleaned_data["reason"]},
        title=gettext_lazy("Draft a new version of the scheme"), label=gettext_lazy("Draft a new version"),
        button=gettext_lazy("Save the draft"),
        done=gettext_lazy("The draft is saved. Runs can try it; another person puts it in force."),
        leads_to=lambda visit, scheme: visit.admin.url_of(scheme),
        records="scheme.drafted", entry=gettext_lazy("Drafted"),
    ),
    Act(
        "publish", (May.PUBLISH_SCHEME,), schemes.publish_scheme, form=ReasonForm,
        is_open=_waits_for_another, is_main=True,
        title=gettext_lazy("Put %(version)s in force"), label=gettext_lazy("Put in force"),
        button=gettext_lazy("Put it in force"),
        intro=gettext_lazy("From now on new runs use this version. Runs on the version before it can no longer be sent for review."),
        done=gettext_lazy("The scheme is in force."),
        records="scheme.published",
    ),
    Act(
        "preview", (May.START_RUNS,), _preview,
        is_open=in_states(SchemeState.DRAFT), gate=_still_a_draft,
        label=gettext_lazy("See what it would change"),
        done=gettext_lazy("The draft is being tried on what the last run has read. The run stays as it is."),
        leads_to=lambda _visit, scenario: reverse("admin:matching_scenario_change", args=[scenario.pk]),
        refusals={
            scenarios.NothingChanged: Words(
                gettext_lazy("The draft says what the last run was computed with: it changes nothing."),
                level=messages.INFO,
            ),
        },
        records="scenario.queued",
    ),
    Act(
        "drop", (May.DRAFT_SCHEME,), schemes.drop_draft,
        is_open=in_states(SchemeState.DRAFT),
        label=gettext_lazy("Retire the draft"), done=gettext_lazy("The draft is retired."),
        records="scheme.retired",
    ),
)  # fmt: skip


@admin.register(Scheme)
class SchemeAdmin(TrailAdmin):
    """The versions of the scheme, the newest first."""

    subject = "scheme"
    acts = ACTS
    detail_template = "admin/matching/scheme/detail.html"
    change_list_template = "admin/matching/change_list.html"
    list_display = (
        Column("number", gettext_lazy("version"), str, "version"),
        "state",
        "objective",
        "threshold",
        "drafted_at",
        "drafted_by",
        "published_at",
        "published_by",
    )
    list_select_related = ("drafted_by", "published_by")

    def get_row(self, request: HttpRequest, pk: Any) -> Scheme:
        """Return the scheme, or 404."""
        return get_object_or_404(Scheme.objects.select_related("drafted_by", "published_by"), pk=id_in(pk))

    def names(self, row: Scheme) -> dict[str, str]:
        """The version, for titles."""
        return {"version": str(row)}

    def detail(self, request: HttpRequest, row: Scheme) -> dict[str, Any]:
        """One version beside the one in force, so that a change is seen as a change."""
        in_force = Scheme.objects.filter(state=SchemeState.PUBLISHED).first()
        reader = self.actor(request)
        return {
            "title": _("Scheme %(version)s") % {"version": row},
            "scheme": row,
            "reason": scheme_reason(row),
            "in_force": in_force,
            "rows": comparison(row, in_force),
            "runs": row.runs.count(),
            "acts": self.open_acts(row, reader, timezone.now()),
            "previews": list(row.previews.defer("problem", "plan", "points_before", "changes")[:5]),
            "waits_for_other": row.state == SchemeState.DRAFT and row.drafted_by_id == reader.id,
        }


def comparison(scheme: Scheme, in_force: Scheme | None) -> list[tuple[str, Any, Any]]:
    """Return (label, this version, the version in force) of every value of a scheme."""
    other = in_force or scheme
    this, that = weight_texts(scheme), weight_texts(other)
    # The same points are said in the same words, also where one version was set in points alone.
    same = {code for code in CRITERIA if scheme.weights.get(code) == other.weights.get(code)}
    rows: list[tuple[str, Any, Any]] = [
        (criterion_label(code), that[code] if code in same else this[code], that[code]) for code in CRITERIA
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
