"""What a run's page says beside its pairs: objectives compared, stability, missing answers, what-ifs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from matching import wording
from matching.choices import AnalysisKind, Objective
from matching.models import MatchRun, RunAnalysis
from matching.runs import analyses
from matching.states import JobState

MOST_SHOWN = 12
GOING = (JobState.QUEUED, JobState.RUNNING)


def report_context(
    run: MatchRun, names: Mapping[str, str], by_kind: Mapping[str, RunAnalysis]
) -> dict[str, Any]:
    """Return the reports on a run's plan, as far as they are worked out; asks nothing of the database."""
    wanted = analyses.wanted(run) if run.plan is not None else []
    return {
        "reports_going": any(analysis.state in GOING for analysis in by_kind.values()),
        "reports_missing": [
            kind for kind in wanted if kind not in by_kind or by_kind[kind].state == JobState.FAILED
        ],
        "reports_failed": [
            f"{analysis.get_kind_display()}: {wording.job_failure_text(analysis.error)}"
            for analysis in by_kind.values()
            if analysis.state == JobState.FAILED
        ],
        "objectives": _objectives(run, by_kind.get(AnalysisKind.OBJECTIVES)),
        "stability": _stability(run, by_kind.get(AnalysisKind.STABILITY), names),
        "prices": by_kind.get(AnalysisKind.PRICES),
        "missing": _missing(run, names),
        "locks_out": [
            _("%(row)s and %(column)s: %(reason)s")
            % {
                "row": names.get(row, row),
                "column": names.get(column, column),
                "reason": wording.rule_text(rule),
            }
            for row, column, rule in run.summary.get("locks_out", ())
        ],
    }


def codes_named(run: MatchRun, by_kind: Mapping[str, RunAnalysis]) -> tuple[set[str], set[str]]:
    """Return the municipalities and candidates that the reports name, by code."""
    rows: set[str] = set()
    columns: set[str] = set()
    stability = by_kind.get(AnalysisKind.STABILITY)
    for pair in ((stability.result or {}) if stability else {}).get("blocking", ())[:MOST_SHOWN]:
        rows.add(pair["row"])
        columns.add(pair["column"])
    for party in run.summary.get("missing", ())[:MOST_SHOWN]:
        (rows if party["side"] == "no" else columns).add(party["code"])
    for row, column, _rule in run.summary.get("locks_out", ()):
        rows.add(row)
        columns.add(column)
    return rows, columns


def _objectives(run: MatchRun, analysis: RunAnalysis | None) -> list[dict[str, Any]]:
    """Return one line per objective, with what it costs and gives beside the highest total."""
    if analysis is None or analysis.result is None:
        return []
    listed = analysis.result["objectives"]
    total = next(line for line in listed if line["objective"] == Objective.TOTAL)
    return [
        {
            **line,
            "label": Objective(line["objective"]).label,
            "own": line["objective"] == run.objective,
            "said": _fairness_words(total, line),
        }
        for line in listed
    ]


def _fairness_words(total: Mapping[str, Any], line: Mapping[str, Any]) -> str:
    return "" if line is total else wording.fairness_text(total, line)


def _stability(
    run: MatchRun, analysis: RunAnalysis | None, names: Mapping[str, str]
) -> dict[str, Any] | None:
    if analysis is None or analysis.result is None:
        return None
    result = analysis.result
    listed = [
        {
            **pair,
            "row": names.get(pair["row"], pair["row"]),
            "column": names.get(pair["column"], pair["column"]),
        }
        for pair in result["blocking"][:MOST_SHOWN]
    ]
    return {
        "text": wording.stability_text(result, run.pairs or 0),
        "pairs": listed,
        "more": result["count"] - len(listed),
    }


def _missing(run: MatchRun, names: Mapping[str, str]) -> dict[str, Any]:
    """Return who should be asked for what, and how many more there are."""
    listed = run.summary.get("missing", ())
    shown = [
        {
            "party": names.get(party["code"], party["code"]),
            "answers": wording.joined(wording.missing_text(part) for part in party["parts"]),
            "pairs": party["pairs"],
        }
        for party in listed[:MOST_SHOWN]
    ]
    return {"parties": shown, "more": len(listed) - len(shown)}
