"""A run is computed: read, score, solve in another process, and prove it again here; nothing is written."""

from __future__ import annotations

import json
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from matching.engine.proof import verify
from matching.engine.records import plan_of, problem_of
from matching.engine.scores.criteria import VERSION, Int
from matching.engine.scores.criterion_points import score
from matching.features import Encoded, encode
from matching.models import MatchRun, Scheme
from matching.pairs import explained_all, positions
from matching.runs import run_summary, solver, unmatched
from matching.runs.inputs import compressed
from matching.runs.problems import problem_file


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A solved, proved and explained run before it is written; `reasons` are its pairs' as JSON,
    `fields` the run's columns.
    """

    encoded: Encoded
    plan: dict[str, Any]
    prices: dict[str, Any] | None
    reasons: list[str]
    fields: dict[str, Any]
    seconds: dict[str, float]


class Watch:
    """Seconds per step."""

    def __init__(self) -> None:
        self.last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def mark(self, step: str) -> None:
        """Book the time since the last mark."""
        now = time.perf_counter()
        self.seconds[step] = round(now - self.last, 4)
        self.last = now


def compute(run: MatchRun, *, still_wanted: solver.Pulse) -> Outcome:
    """Compute a run without writing anything.

    The plan is proved twice: by the engine in its own process, and here, from the problem file and the plan
    as printed. Raises SolverError, Stopped.
    """
    watch, scheme = Watch(), run.scheme
    encoded = encode(as_of=run.as_of, scheme=scheme)
    watch.mark("read")
    points = score(encoded.rows, encoded.columns, encoded.pairs, encoded.weights)
    problem = problem_file(encoded, points, scheme, run.objective)
    watch.mark("score")
    # With a share only single pairs can be priced exactly, one re-solve each.
    priced = not scheme.war_zone_share_permille
    ours = _OurPart(encoded, points, problem, scheme)
    beside = solver.Beside(sent=ours.read, planned=ours.take)
    solution = solver.solve(
        problem, with_prices=priced, pulse=still_wanted, timeout=solver.TIMEOUT_SECONDS, beside=beside
    )
    watch.mark("solve")
    if ours.plan != solution.plan:
        ours.take(solution.plan)
    watch.mark("prove")
    return Outcome(encoded, solution.plan, solution.prices, ours.reasons, ours.fields, watch.seconds)


class _OurPart:
    """What is worked out on this side: as much of it as can be while the engine solves,
    and then while it prices.
    """

    def __init__(self, encoded: Encoded, points: Int, file: bytes, scheme: Scheme) -> None:
        self.encoded, self.points, self.file, self.scheme = encoded, points, file, scheme
        self.plan: dict[str, Any] = {}
        self.reasons: list[str] = []
        self.fields: dict[str, Any] = {}

    def read(self) -> None:
        """Read the problem file as anybody would who checks the plan, and pack the input for keeping."""
        self.problem, _objective, _band, self.urgent = problem_of(json.loads(self.file))
        self.inputs = compressed(self.encoded.inputs)

    def take(self, plan: dict[str, Any]) -> None:
        """Prove the plan and explain it. Raises SolverError."""
        proof = verify(self.problem, plan_of(self.problem, plan), self.urgent)
        if not proof.holds:
            raise solver.SolverError("not_proved", {"faults": list(proof.faults)})
        explanations = explained_all(self.encoded, positions(self.encoded, plan["pairs"]))
        self.reasons = [json.dumps(explanation, separators=(",", ":")) for explanation in explanations]
        why_not = unmatched.explain(self.encoded, self.points, self.scheme, plan)
        self.fields = _fields(self.encoded, self.points, plan, why_not)
        self.fields |= {"problem": self.file, "inputs": self.inputs}
        self.plan = plan


def _fields(encoded: Encoded, points: Int, plan: dict[str, Any], why_not: dict[str, Any]) -> dict[str, Any]:
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
        "plan": plan,
        "unmatched": why_not,
        "summary": run_summary.summary(encoded, points, plan),
    }


def versions() -> dict[str, str]:
    """Return the versions that a replay needs to be the same: criteria, numpy, ortools, Python."""
    return {
        "criteria": VERSION,
        "numpy": np.__version__,
        "ortools": version("ortools"),
        "python": platform.python_version(),
    }
