"""What a run thinks and keeps: read, score, solve in another process, prove again here, then write it all."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final

import numpy as np
from simple_history.utils import get_history_manager_for_model

from matching import solver, unmatched
from matching.choices import Side
from matching.engine.breakdown import CriterionPoints, breakdown, coverage
from matching.engine.criteria import VERSION
from matching.engine.proof import verify
from matching.engine.records import plan_of, problem_of
from matching.engine.scoring import score
from matching.features import Encoded, encode
from matching.models import Alternative, MatchRun, Proposal, RunExclusion
from matching.problems import problem_file

TIMEOUT_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A solved and proved run before it is written; `fields` are the run's own columns."""

    encoded: Encoded
    plan: dict[str, Any]
    prices: dict[str, Any] | None
    fields: dict[str, Any]
    seconds: dict[str, float]


class _Watch:
    """Seconds per step."""

    def __init__(self) -> None:
        self.last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def mark(self, step: str) -> None:
        """Book the time since the last mark."""
        now = time.perf_counter()
        self.seconds[step] = round(now - self.last, 4)
        self.last = now


def think(run: MatchRun, *, still_wanted: solver.Pulse) -> Outcome:
    """Compute a run without writing anything.

    The plan is proved twice: by the engine in its own process, and here, from the problem file and the plan as printed.
    Raises SolverError, Stopped.
    """
    watch, scheme = _Watch(), run.scheme
    encoded = encode(as_of=run.as_of, scheme=scheme)
    watch.mark("read")
    points = score(encoded.rows, encoded.columns, encoded.pairs, encoded.weights)
    problem = problem_file(encoded, points, scheme, run.objective)
    watch.mark("score")
    # With a share only single pairs can be priced exactly, one re-solve each.
    priced = not scheme.war_zone_share_permille
    answer = solver.solve(problem, with_prices=priced, pulse=still_wanted, timeout=TIMEOUT_SECONDS)
    watch.mark("solve")
    _prove(problem, answer.plan)
    watch.mark("prove")
    why_not = unmatched.explain(encoded, points, scheme, answer.plan)
    return Outcome(encoded, answer.plan, answer.prices, _fields(encoded, problem, answer.plan, why_not), watch.seconds)


def _prove(file: bytes, record: dict[str, Any]) -> None:
    problem, _objective, _band, urgent = problem_of(json.loads(file))
    proof = verify(problem, plan_of(problem, record), urgent)
    if not proof.holds:
        raise solver.SolverError("not_proved", {"faults": list(proof.faults)})


def _fields(encoded: Encoded, problem: bytes, plan: dict[str, Any], why_not: dict[str, Any]) -> dict[str, Any]:
    scores = [pair["points"] for pair in plan["pairs"]]
    return {
        "progress": "",
        "rounds": plan["rounds"],
        "input_digest": encoded.digest,
        "rows": len(encoded.rows.codes),
        "columns": len(encoded.columns.codes),
        "pairs": len(scores),
        "total": plan["total"],
        "bound": plan["bound"],
        "worst": min(scores, default=None),
        "proved": True,
        "versions": versions(),
        "problem": problem,
        "plan": plan,
        "unmatched": why_not,
    }


def versions() -> dict[str, str]:
    """Return the versions that a replay needs to be the same: criteria, numpy, ortools, Python."""
    return {
        "criteria": VERSION,
        "numpy": np.__version__,
        "ortools": version("ortools"),
        "python": platform.python_version(),
    }


def keep(run: MatchRun, outcome: Outcome, *, at: datetime) -> None:
    """Write exclusions, proposals and alternatives of a run that has just become computed; inside its transaction."""
    watch = _Watch()
    RunExclusion.objects.bulk_create(
        [RunExclusion(run=run, side=out.side, code=out.code, rule=out.rule) for out in outcome.encoded.exclusions]
    )
    proposals = Proposal.objects.bulk_create(_proposals(run, outcome))
    get_history_manager_for_model(Proposal).bulk_history_create(proposals, default_date=at)
    Alternative.objects.bulk_create(_alternatives(proposals, outcome))
    watch.mark("write")
    run.seconds = outcome.seconds | watch.seconds
    run.save(update_fields=["seconds"])


def _proposals(run: MatchRun, outcome: Outcome) -> list[Proposal]:
    encoded = outcome.encoded
    row_of = {code: i for i, code in enumerate(encoded.rows.codes)}
    column_of = {code: j for j, code in enumerate(encoded.columns.codes)}
    priced = outcome.prices["pairs"] if outcome.prices else [{"ban": None}] * len(outcome.plan["pairs"])
    made = []
    for pair, price in zip(outcome.plan["pairs"], priced, strict=True):
        i, j = row_of[pair["row"]], column_of[pair["column"]]
        row, column = encoded.row_ids[i], encoded.column_ids[j]
        given = (encoded.rows, encoded.columns, encoded.pairs, encoded.weights, i, j)
        made.append(
            Proposal(
                run=run, response_id=row.response, version_id=row.version, candidate_id=column.candidate,
                assessment_id=column.assessment, points=pair["points"], breakdown=[criterion_record(each) for each in breakdown(*given)],
                coverage_permille=coverage(*given), ban_price=price["ban"],
            )
        )  # fmt: skip
    return made


def criterion_record(given: CriterionPoints) -> dict[str, Any]:
    """Return one criterion's points as `Proposal.breakdown` stores them; `row` and `column` are what each side said."""
    return {
        "code": given.code,
        "points": given.points,
        "max": given.max,
        "known": given.known,
        "known_max": given.known_max,
        "row": given.row_value,
        "column": given.column_value,
        "parts": [criterion_record(part) for part in given.parts],
    }


def _alternatives(proposals: Sequence[Proposal], outcome: Outcome) -> list[Alternative]:
    """Return the three cheapest other partners of each side, as the engine priced them."""
    if outcome.prices is None:
        return []
    encoded = outcome.encoded
    response_of = {code: ids.response for code, ids in zip(encoded.rows.codes, encoded.row_ids, strict=True)}
    candidate_of = {code: ids.candidate for code, ids in zip(encoded.columns.codes, encoded.column_ids, strict=True)}
    made = []
    for proposal, pair in zip(proposals, outcome.prices["pairs"], strict=True):
        for rank, other in enumerate(pair["for_row"], start=1):
            made.append(
                Alternative(
                    proposal=proposal, side=Side.NORWEGIAN, rank=rank, response_id=proposal.response_id,
                    candidate_id=candidate_of[other["column"]], points=other["points"], price=other["force"],
                )
            )  # fmt: skip
        for rank, other in enumerate(pair["for_column"], start=1):
            made.append(
                Alternative(
                    proposal=proposal, side=Side.UKRAINIAN, rank=rank, response_id=response_of[other["row"]],
                    candidate_id=proposal.candidate_id, points=other["points"], price=other["force"],
                )
            )  # fmt: skip
    return made
