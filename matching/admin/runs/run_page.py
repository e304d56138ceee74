"""What a run's page shows: inputs, totals and proof, pairs with reasons, who got no partner and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.templatetags.ui import points
from matching import wording
from matching.admin.runs.run_names import place_names
from matching.admin.runs.run_reports import codes_named, report_context
from matching.admin.runs.run_table import PairFilter, pair_rows, pairs_of, previous_run, spreads
from matching.choices import Side
from matching.models import MatchRun, RunAnalysis
from matching.states import RunState

SCENARIOS_SHOWN = 10
GOING = (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True)
class Group:
    """Parties that share a reason: the reason in words, and their names."""

    reason: str
    names: list[str]


def run_context(run: MatchRun, actor: Actor, data: QueryDict) -> dict[str, Any]:
    """Return everything the run's page shows; a fixed number of queries."""
    by_kind = {analysis.kind: analysis for analysis in run.analyses.all()}
    names = _names(run, by_kind)
    return {
        "run": run,
        "facts": _facts(run),
        "figures": _figures(run),
        "going": run.state in GOING,
        "progress": wording.progress_text(run.progress) if run.state == RunState.RUNNING else "",
        "elapsed": _elapsed(run),
        "failure": wording.failure_text(run),
        "proof": wording.proof_sentence(run) if run.plan is not None else "",
        "unmatched": _unmatched(run, names),
        "excluded": _excluded(run, names),
        "scenarios": list(
            run.scenarios.defer("problem", "plan", "points_before", "changes")[:SCENARIOS_SHOWN]
        ),
        "may_start": actor.may(May.START_RUNS),
        "may_compare": run.plan is not None,
        **(_result(run, actor, data) if run.plan is not None else {"pairs": None}),
        **report_context(run, names, by_kind),
    }


def _result(run: MatchRun, actor: Actor, data: QueryDict) -> dict[str, Any]:
    """Return the table of pairs with its filter, and how the pairs are spread."""
    ranked, counties, oblasts = spreads(run)
    previous = previous_run(run)
    before = pairs_of(previous) if previous is not None else None
    form = PairFilter(data, counties, oblasts, has_previous=previous is not None)
    query = data.copy()
    query.pop("page", None)
    return {
        "pairs": pair_rows(run, actor, data, form, before),
        "filter": form,
        "is_filtered": form.is_valid()
        and any(value not in {None, "", False} for value in form.cleaned_data.values()),
        "query": f"{query.urlencode()}&" if query else "",
        "previous": previous,
        "limits": _limits(run, dict([*counties, *oblasts])),
        "spreads": [
            (_("Category"), ranked["category"]),
            (_("County"), ranked["county"]),
            (_("Oblast"), ranked["oblast"]),
        ],
    }


def _unmatched(run: MatchRun, names: dict[str, str]) -> list[tuple[str, list[Group]]]:
    if run.plan is None:
        return []
    return [
        (_("Norwegian side"), _groups(run.unmatched.get("municipalities", ()), names)),
        (_("Ukrainian side"), _groups(run.unmatched.get("candidates", ()), names)),
    ]


def _elapsed(run: MatchRun) -> int | None:
    """Return for how many seconds a run has been computing."""
    if run.state != RunState.RUNNING or run.started_at is None:
        return None
    return max(0, int((timezone.now() - run.started_at).total_seconds()))


def _facts(run: MatchRun) -> list[tuple[str, Any]]:
    """Return what the run rests on, as label and value."""
    asked = _("%(who)s, %(when)s") % {
        "who": run.requested_by or _("the portal"),
        "when": date_format(localtime(run.requested_at), "SHORT_DATETIME_FORMAT"),
    }
    facts = [
        (_("Asked for by"), asked),
        (_("Data as of"), date_format(run.as_of, "DATE_FORMAT")),
        (_("Scheme"), f"{run.scheme} ({run.scheme.get_state_display()})"),
        (_("Objective"), run.get_objective_display()),
    ]
    if run.input_digest:
        facts.append((_("Fingerprint of the input"), run.input_digest[:16]))
        versions = ", ".join(f"{name} {version}" for name, version in sorted(run.versions.items()))
        facts.append(
            (
                _("Versions"),
                _("%(versions)s, seed %(seed)d") % {"versions": versions, "seed": run.scheme.seed},
            )
        )
    return facts


def _figures(run: MatchRun) -> list[tuple[str, Any]]:
    if run.plan is None:
        return []
    return [
        (_("Municipalities in the run"), run.rows),
        (_("Candidates in the run"), run.columns),
        (_("Proposed pairs"), run.pairs),
        (_("Total score"), points(run.total)),
        (_("Highest possible"), points(run.bound)),
        (_("Lowest score of a pair"), points(run.worst) or "–"),
        *_urgent(run),
        (_("Computed in"), _("%(seconds)s s") % {"seconds": number_format(sum(run.seconds.values()), 2)}),
    ]


def _urgent(run: MatchRun) -> list[tuple[str, Any]]:
    """Return how many of the critical needs a proposed partner offers something for.

    Runs before this was counted have none.
    """
    urgent = run.summary.get("urgent")
    if not urgent:
        return []
    return [(_("Critical needs met"), _("%(met)d of %(all)d") % urgent)]


def _limits(run: MatchRun, names: Mapping[str, str]) -> list[str]:
    """Return the limits of the scheme that the plan has reached, and what one more place would be worth."""
    texts = []
    for limit in (run.plan or {}).get("binding", ()):
        text = wording.limit_text(limit["code"], names)
        if limit["worth"]:
            text = _("%(limit)s (one more would give %(worth)d points)") % {
                "limit": text,
                "worth": limit["worth"],
            }
        texts.append(text)
    return texts


def _names(run: MatchRun, by_kind: Mapping[str, RunAnalysis]) -> dict[str, str]:
    """Return official code → place with county or oblast, of everybody the page lists outside the table.

    2 queries.
    """
    rows, columns = codes_named(run, by_kind)
    for exclusion in run.exclusions.all():
        (rows if exclusion.side == Side.NORWEGIAN else columns).add(exclusion.code)
    rows.update(code for code, _reason in run.unmatched.get("municipalities", ()))
    columns.update(code for code, _reason in run.unmatched.get("candidates", ()))
    return place_names(rows, columns)


def _groups(listed: Iterable[tuple[str, str]], names: dict[str, str], side: str = "") -> list[Group]:
    """Group (code, reason) by reason, the largest group first."""
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for code, reason in listed:
        by_reason[wording.rule_text(reason, side)].append(names.get(code, code))
    return [
        Group(reason, sorted(group))
        for reason, group in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def _excluded(run: MatchRun, names: dict[str, str]) -> list[tuple[str, list[Group]]]:
    out = list(run.exclusions.all())
    sides = ((Side.NORWEGIAN, _("Norwegian side")), (Side.UKRAINIAN, _("Ukrainian side")))
    return [
        (
            label,
            _groups(
                [(exclusion.code, exclusion.rule) for exclusion in out if exclusion.side == side], names, side
            ),
        )
        for side, label in sides
    ]
