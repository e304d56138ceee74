"""Pages about plans, whether a run's or a what-if's: two side by side, and one handed out with its proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from kommunesamarbeid.core.desk.pages import ReadAdmin, page
from kommunesamarbeid.core.files.downloads import file_download
from kommunesamarbeid.core.templatetags.ui import points
from matching import wording
from matching.admin.runs.run_names import place_names
from matching.engine.records import canonical
from matching.models import MatchRun, Scenario
from matching.questions.comparison import Comparison
from matching.questions.scenarios import compare_plans
from matching.states import JobState, RunState

if TYPE_CHECKING:
    from collections.abc import Sequence

Plan = MatchRun | Scenario
REFRESH_SECONDS = 5
OFFERED = 40


def refreshed(shown: HttpResponse, *, going: bool) -> HttpResponse:
    """Have a page of something that is being computed load itself again.

    A header, not an element of the page: it works without scripts, and the page offers to stop it (WCAG 2.2.2).
    """
    if going:
        shown["Refresh"] = str(REFRESH_SECONDS)
    return shown


def proof_file(name: str, problem: bytes, plan: dict[str, Any]) -> HttpResponse:
    """Return {"problem", "plan"} as `python -m matching.engine verify FILE` takes it.

    The stored bytes, not read here.
    """
    body = b'{"plan":' + canonical(plan).encode() + b',"problem":' + problem + b"}"
    return file_download(body, name, "application/json")


class CompareForm(forms.Form):
    """Which two plans; each is a run or a what-if."""

    first = forms.ChoiceField()
    second = forms.ChoiceField()

    def __init__(self, data: Any, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)
        for name, label in (("first", _("First")), ("second", _("Second"))):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.label, field.choices = label, list(choices)


def key_of(plan: Plan) -> str:
    """Return how a plan is named in an address."""
    return f"whatif-{plan.pk}" if isinstance(plan, Scenario) else f"run-{plan.pk}"


def name_of(plan: Plan) -> str:
    """Return how a plan is named on a page."""
    if isinstance(plan, Scenario):
        return _("What-if «%(name)s» on run #%(run)d") % {"name": plan.name, "run": plan.run_id}
    return _("Run %(number)s") % {"number": plan}


def plan_of(key: str) -> Plan | None:
    """Return a plan by its name in an address; the large columns stay in the database."""
    kind, _mark, number = key.partition("-")
    if not number.isdecimal():
        return None
    if kind == "whatif":
        scenarios = Scenario.objects.filter(pk=number, state=JobState.COMPUTED).select_related("run")
        return scenarios.defer("problem", "run__problem", "run__plan", "run__inputs").first()
    return MatchRun.objects.filter(pk=number, plan__isnull=False).defer("problem", "inputs").first()


def _choices() -> list[tuple[str, str]]:
    with_plan = MatchRun.objects.filter(
        state__in=[RunState.COMPUTED, RunState.PUBLISHED, RunState.DISCARDED], plan__isnull=False
    )
    runs = [(key_of(run), name_of(run)) for run in with_plan.only("id", "state")[:OFFERED]]
    computed = Scenario.objects.filter(state=JobState.COMPUTED).only("id", "name", "run_id", "state")
    return runs + [(key_of(scenario), name_of(scenario)) for scenario in computed[:OFFERED]]


def comparison_page(admin: ReadAdmin, request: HttpRequest) -> HttpResponse:
    """Ask for two plans, and show what differs; 11 queries at any size."""
    form = CompareForm(request.GET if "first" in request.GET else None, _choices())
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        first, second = plan_of(form.cleaned_data["first"]), plan_of(form.cleaned_data["second"])
        if first is not None and second is not None:
            context |= comparison_context(first, second)
    return page(
        admin, request, "admin/matching/matchrun/compare.html", title=_("Compare two plans"), **context
    )


def comparison_context(first: Plan, second: Plan) -> dict[str, Any]:
    """Return what a page shows of two plans side by side; 2 queries."""
    comparison, alike = compare_plans(first, second)
    names = _names_in(comparison)
    return {
        "first": name_of(first),
        "second": name_of(second),
        "alike": alike,
        "figures": _figures(first, second),
        "summary": wording.same_text(
            len(comparison.same),
            len(comparison.changed),
            len(comparison.only_before),
            len(comparison.only_after),
        ),
        "differs": [
            {
                "row": names.get(pair.row, pair.row),
                "before": _named(pair.before, names),
                "after": _named(pair.after, names),
            }
            for pair in (*comparison.changed, *comparison.only_before, *comparison.only_after)
        ],
        "gains": [
            {
                "party": names.get(gain.code, gain.code),
                "before": gain.before,
                "after": gain.after,
                "points": signed(gain.points),
            }
            for gain in comparison.gains
        ],
    }


def signed(value: int) -> str:
    """Return points with their sign, a true minus."""
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{points(abs(value))}"


def _figures(first: Plan, second: Plan) -> list[tuple[str, Any, Any, str]]:
    """Return label, first, second and the difference of each figure."""
    figures = []
    for label, name in ((_("Pairs"), "pairs"), (_("Total score"), "total"), (_("Lowest score"), "worst")):
        before, after = getattr(first, name) or 0, getattr(second, name) or 0
        figures.append((label, points(before), points(after), signed(after - before)))
    figures.append((_("Objective"), first.get_objective_display(), second.get_objective_display(), ""))
    return figures


def _names_in(comparison: Comparison) -> dict[str, str]:
    rows = {pair.row for pair in (*comparison.changed, *comparison.only_before, *comparison.only_after)}
    columns = {
        code
        for pair in (*comparison.changed, *comparison.only_before, *comparison.only_after)
        for code in (*pair.before, *pair.after)
    }
    rows |= {gain.code for gain in comparison.gains if gain.side == "no"}
    columns |= {gain.code for gain in comparison.gains if gain.side == "ua"}
    return place_names(rows, columns)


def _named(codes: Sequence[str], names: dict[str, str]) -> str:
    return ", ".join(names.get(code, code) for code in codes) or "–"
