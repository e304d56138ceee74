"""The page that asks what to change in a what-if, and starts it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kommunesamarbeid.core.desk.act_pages import conflict, page
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.tasks import enqueue
from matching import wording
from matching.admin.runs.run_names import option, place_names
from matching.admin.runs.whatif_forms import COLUMNS_LIST, PARTIES_LIST, ROWS_LIST, WhatIfForm
from matching.models import MatchRun
from matching.questions import scenarios
from matching.questions.whatif import BadChange
from matching.tasks import compute_scenario


def whatif_page(admin: ReadAdmin, request: HttpRequest, run: MatchRun) -> HttpResponse:
    """Ask what to change, and put the what-if in line."""
    home = reverse("admin:matching_matchrun_change", args=[run.pk])
    if not run.inputs_kept or run.plan is None:
        return conflict(request, home)
    ids = run.summary["ids"]
    names = place_names(ids["rows"], ids["columns"])
    rows = {code: names.get(code, code) for code in ids["rows"]}
    columns = {code: names.get(code, code) for code in ids["columns"]}
    form = WhatIfForm(
        request.POST or None, scheme=run.scheme, objective=run.objective, rows=rows, columns=columns
    )
    _prefill(form, request, names)
    if request.method == "POST" and form.is_valid():
        try:
            scenario = scenarios.queue_scenario(
                run=run,
                name=form.cleaned_data["name"],
                changes=form.changes(),
                by=admin.actor(request),
                at=timezone.now(),
            )
        except scenarios.NothingChanged as refusal:
            form.add_error(None, str(refusal))
        except scenarios.RunWithoutInputs:
            return conflict(request, home)
        except BadChange as refusal:
            form.add_error(
                None, f"{wording.change_text(refusal.change, names)}: {wording.bad_change_text(refusal.code)}"
            )
        else:
            enqueue(compute_scenario, scenario.pk)
            messages.success(request, _("The what-if is being computed. The run stays as it is."))
            return HttpResponseRedirect(reverse("admin:matching_scenario_change", args=[scenario.pk]))
    options = {
        ROWS_LIST: [option(code, rows) for code in rows],
        COLUMNS_LIST: [option(code, columns) for code in columns],
        PARTIES_LIST: [option(code, names) for code in (*rows, *columns)],
    }
    title = _("What-if on run %(number)s") % {"number": run}
    return page(
        admin,
        request,
        "admin/matching/matchrun/whatif.html",
        title=title,
        run=run,
        form=form,
        options=options.items(),
        back=home,
    )


def _prefill(form: WhatIfForm, request: HttpRequest, names: dict[str, str]) -> None:
    """Put the pair one came from into the first ban: what if these two were not partners?"""
    row, column = request.GET.get("row", ""), request.GET.get("column", "")
    if row in form.rows and column in form.columns:
        kind = "lock" if request.GET.get("kind") == "lock" else "forbid"
        form.initial[f"{kind}_1_row"], form.initial[f"{kind}_1_column"] = (
            option(row, names),
            option(column, names),
        )
