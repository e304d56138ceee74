"""What follows from a run's plan is worked out beside it, each with a row of its own: other objectives,
stability, prices.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor, May, require
from matching.choices import AnalysisKind
from matching.engine.records import canonical, packed
from matching.models import Alternative, MatchRun, Proposal, RunAnalysis
from matching.runs import computations, proposal_rows, solver
from matching.runs.bulk_insert import insert_rows
from matching.runs.computations import Clock, Result
from matching.runs.inputs import NoInputs, stored
from matching.runs.problems import meets_urgent
from matching.states import JobState


class NoPlan(Refused):
    """The run has no plan to look into."""

    message = _("This run has no plan to ask about.")


@transaction.atomic
def request_analyses(*, run: MatchRun, by: Actor, at: datetime) -> list[RunAnalysis]:
    """Put in line what is not worked out yet about a run; return what is new or tried again.

    The caller starts the tasks.

    Raises NotAllowed, NoPlan.
    """
    if by.kind != "system":
        require(by, May.START_RUNS)
    if run.plan is None:
        raise NoPlan
    # Of two who ask at once the second waits here, and finds what the first has put in line.
    MatchRun.objects.select_for_update().only("pk").get(pk=run.pk)
    existing = {analysis.kind: analysis for analysis in run.analyses.defer("result")}
    queued = []
    for kind in wanted(run):
        if kind not in existing:
            asked_by = by.id if by.kind == "user" else None
            queued.append(
                RunAnalysis.objects.create(run=run, kind=kind, requested_at=at, requested_by_id=asked_by)
            )
        elif existing[kind].state == JobState.FAILED:
            computations.queue_again(existing[kind], by=by, at=at)
            queued.append(existing[kind])
    return queued


def wanted(run: MatchRun) -> list[AnalysisKind]:
    """Return what there is to work out: prices only where the run itself could not give them,
    under a share.
    """
    kinds = [AnalysisKind.OBJECTIVES, AnalysisKind.STABILITY]
    return [*kinds, AnalysisKind.PRICES] if run.scheme.war_zone_share_permille and run.pairs else kinds


def compute_analysis(*, analysis: RunAnalysis, at: datetime, clock: Clock) -> bool:
    """Work out one analysis in the engine's process and keep it; return whether this call did it.

    The task may come twice.
    """
    run = analysis.run

    def compute() -> Result:
        asked = canonical({"problem": _problem(run), "plan": run.plan or {}}).encode()
        report = solver.ask(
            ["report", analysis.kind],
            asked,
            pulse=lambda level, rounds: computations.pulse(analysis, at=clock()),
            timeout=solver.TIMEOUT_SECONDS,
        )
        if analysis.kind == AnalysisKind.PRICES:
            return Result({"result": report}, partial(_write_prices, analysis))
        return Result({"result": report})

    return computations.compute_once(analysis, at=at, clock=clock, compute=compute)


def _problem(run: MatchRun) -> dict[str, Any]:
    """Return the run's problem, with the pairs that meet an urgent need, which only one objective stores."""
    problem: dict[str, Any] = json.loads(bytes(run.problem or b"{}"))
    if "urgent" not in problem:
        try:
            encoded = stored(run).encoded
        except NoInputs:
            return problem
        problem["urgent"] = packed(meets_urgent(encoded.rows, encoded.columns))
    return problem


def _write_prices(analysis: RunAnalysis) -> None:
    """Write the prices to the run's proposals, where every page looks for them;
    they were unknown until now.
    """
    run, result = analysis.run, analysis.result or {"pairs": ()}
    proposals = {
        (proposal_row.response.municipality.number, proposal_row.candidate.hromada.katottg): proposal_row
        for proposal_row in Proposal.objects.filter(run=run).select_related(
            "response__municipality", "candidate__hromada"
        )
    }
    priced = [(proposals[pair["row"], pair["column"]], pair) for pair in result["pairs"]]
    for proposal, pair in priced:
        proposal.ban_price = pair["ban"]
    Proposal.objects.bulk_update([proposal for proposal, _pair in priced], ["ban_price"], batch_size=500)
    ids = run.summary.get("ids", {"rows": {}, "columns": {}})
    Alternative.objects.filter(proposal__run=run).delete()
    prices = [(proposal.pk, pair) for proposal, pair in priced]
    insert_rows(
        Alternative,
        proposal_rows.ALTERNATIVE_FIELDS,
        proposal_rows.alternative_rows(prices, ids["rows"], ids["columns"]),
    )
