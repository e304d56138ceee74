"""The page that asks what to change in a what-if, and starts it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.act_pages import conflict
from kommunesamarbeid.core.desk.acts import Act, Visit
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.tasks import enqueue
from matching import wording
from matching.admin.runs.run_names import option, place_names
from matching.admin.runs.whatif_forms import COLUMNS_LIST, PARTIES_LIST, ROWS_LIST, WhatIfForm
from matching.models import MatchRun, Scenario
from matching.questions import scenarios
from matching.questions.whatif import BadChange
from matching.tasks import compute_scenario


class ChangeImpossible(Refused):
    """A change that this run cannot have, in words with the names of its parties."""

    def __str__(self) -> str:
        return str(self.args[0])


def _queue(
    *,
    run: MatchRun,
    name: str,
    changes: list[dict[str, Any]],
    names: dict[str, str],
    by: Actor,
    at: datetime,
) -> Scenario:
    try:
        scenario = scenarios.queue_scenario(run=run, name=name, changes=changes, by=by, at=at)
    except BadChange as fault:
        words = f"{wording.change_text(fault.change, names)}: {wording.bad_change_text(fault.code)}"
        raise ChangeImpossible(words) from fault
    enqueue(compute_scenario, scenario.pk)
    return scenario


def _parties(visit: Visit) -> HttpResponse | None:
    """Find the parties of the run; a run whose input is no longer kept has no what-if."""
    run: MatchRun = visit.row
    if not scenarios.has_what_if(run):
        return conflict(visit.request, visit.back)
    ids = run.summary["ids"]
    names = place_names(ids["rows"], ids["columns"])
    visit.facts |= {
        "names": names,
        "rows": {code: names.get(code, code) for code in ids["rows"]},
        "columns": {code: names.get(code, code) for code in ids["columns"]},
    }
    return None


def _form_options(visit: Visit) -> dict[str, Any]:
    run, facts = visit.row, visit.facts
    return {
        "scheme": run.scheme,
        "objective": run.objective,
        "rows": facts["rows"],
        "columns": facts["columns"],
    }


def _pair_one_came_from(visit: Visit) -> dict[str, Any]:
    """Put the pair one came from into the first ban: what if these two were not partners?"""
    query, facts = visit.request.GET, visit.facts
    row, column = query.get("row", ""), query.get("column", "")
    if row not in facts["rows"] or column not in facts["columns"]:
        return {}
    kind = "lock" if query.get("kind") == "lock" else "forbid"
    return {
        f"{kind}_1_row": option(row, facts["names"]),
        f"{kind}_1_column": option(column, facts["names"]),
    }


def _offered(visit: Visit) -> dict[str, Any]:
    rows, columns, names = (visit.facts[name] for name in ("rows", "columns", "names"))
    options = {
        ROWS_LIST: [option(code, rows) for code in rows],
        COLUMNS_LIST: [option(code, columns) for code in columns],
        PARTIES_LIST: [option(code, names) for code in (*rows, *columns)],
    }
    return {"run": visit.row, "options": options.items()}


WHAT_IF = Act(
    "whatif", (May.START_RUNS,), _queue, form=WhatIfForm,
    is_open=lambda run, _reader, _at: scenarios.has_what_if(run), gate=_parties,
    options=_form_options, initial=_pair_one_came_from,
    values=lambda visit, form: {
        "name": form.cleaned_data["name"],
        "changes": form.changes(),
        "names": visit.facts["names"],
    },
    title=_("What-if on run %(number)s"), label=_("Try a what-if"), button=_("Compute the what-if"),
    done=_("The what-if is being computed. The run stays as it is."),
    leads_to=lambda _visit, scenario: reverse("admin:matching_scenario_change", args=[scenario.pk]),
    template="admin/matching/matchrun/whatif.html", context=_offered,
    conflicts=(scenarios.RunWithoutInputs,),
    records="scenario.queued",
)  # fmt: skip
