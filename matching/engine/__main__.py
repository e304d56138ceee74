"""The engine as a command: ``python -m matching.engine solve|verify|prices FILE.json`` (-: standard input).

A file holds one JSON object. Lines are named by code; rows and columns may stand in any order.

    row_codes, column_codes      lists of text; left out: taken from the capacities
    row_capacity, column_capacity  lists, or {code: capacity}
    points                       n lists of m whole numbers, or {"dtype": "int16", "shape": [n, m], "base64":
    "..."}
                                 (little-endian, row by row); -1 = must not be proposed
    pairs                        instead of points: [[row code, column code, points], ...]; all others are
    forbidden caps                         [{"code", "rows": [codes] or null, "columns": [codes] or null,
    "at_most",
                                 "at_least"}]
    in_war_zone (m of bool), war_zone_at_least, war_zone_share_permille, total_at_most, locked ([[row,
    column]]), threshold, seed, objective, leximin_band, urgent (n × m of bool, as points)

``solve`` prints {"plan", "proof"}; with ``--compare`` also {"objectives"}: what each objective costs; with
``--prices`` also {"prices"}: force of all pairs (packed), ban and the three cheapest alternatives per side of
each chosen pair; with ``--alternatives`` the same without force. ``prices`` prints the prices of the optimal
plan, or of ``--plan PLAN.json``; with ``--pair ROW COLUMN`` the price of that pair and the moves it sets off,
by solving again. ``verify --plan PLAN.json`` prints the proof of a plan (as ``solve`` printed it) and solves
nothing: it checks the certificate. One file may hold both: {"problem", "plan"}, as the portal hands out a
run; then the plan is not sought anew.

Standard output is canonical JSON: sorted, codes, no times; the same input gives the same bytes. Standard
error has one JSON object per line: {"progress": level, "round", "arcs", "seconds"}, at the end {"seconds":
{...}}, or {"error", "message"}. Exits: 0 ok, 2 bad input, 3 infeasible (output says required, reachable,
binding), 4 not proved.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from matching.engine.errors import EngineError, Infeasible, ProblemError
from matching.engine.frame import Mask
from matching.engine.optimiser.objectives import compare_objectives, solve
from matching.engine.plan import Plan
from matching.engine.prices import prices, why
from matching.engine.problem import Problem
from matching.engine.proof import verify
from matching.engine.records import canonical, plan_of, plan_record, price_record, problem_of, proof_record

OK, BAD_INPUT, INFEASIBLE, NOT_PROVED = 0, 2, 3, 4


class Clock:
    """Seconds per step, written on standard error as they pass."""

    def __init__(self) -> None:
        self.begin = self.last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def mark(self, step: str) -> None:
        """Book the time since the last mark to a step."""
        now = time.perf_counter()
        self.seconds[step] = round(now - self.last, 4)
        self.last = now

    def progress(self, level: str, rounds: int, arcs: int) -> None:
        """Tell where the solver is."""
        self.tell(
            {
                "progress": level,
                "round": rounds,
                "arcs": arcs,
                "seconds": round(time.perf_counter() - self.begin, 4),
            }
        )

    def planned(self, plan: dict[str, Any], proof: dict[str, Any]) -> None:
        """Tell a plan whose prices are still to come; the command itself prints all of it together."""

    def finish(self) -> None:
        """Tell the seconds per step."""
        self.tell({"seconds": self.seconds})

    def tell(self, event: dict[str, Any]) -> None:
        """Write one line on standard error."""
        print(json.dumps(event), file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    code, output, error = run(options_of(arguments), Clock())
    if output:
        print(output)
    if error:
        print(json.dumps(error), file=sys.stderr)
    return code


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed command line; a wrong one ends the process with 2."""
    parser = argparse.ArgumentParser(prog="python -m matching.engine", description="Exact, proven pairing.")
    parser.add_argument("command", choices=("solve", "verify", "prices"))
    parser.add_argument("file", help="a problem as JSON, or - for standard input")
    parser.add_argument("--plan", help="a plan as printed by solve")
    parser.add_argument("--prices", action="store_true", help="with solve: add prices and alternatives")
    parser.add_argument(
        "--alternatives", action="store_true", help="with solve: as --prices, for the chosen pairs alone"
    )
    parser.add_argument("--compare", action="store_true", help="with solve: add what each objective costs")
    parser.add_argument(
        "--pair", nargs=2, metavar=("ROW", "COLUMN"), help="with prices: one pair, with the moves it sets off"
    )
    return parser.parse_args(arguments)


def run(
    options: argparse.Namespace, clock: Clock, content: bytes | None = None
) -> tuple[int, str, dict[str, str]]:
    """Run one command, on its file or `content`; return exit code, output (JSON), and the error."""
    try:
        code, output = _run(options, clock, content)
    except Infeasible as error:
        reach = {"required": error.required, "reachable": error.reachable, "binding": list(error.binding)}
        return INFEASIBLE, canonical({"infeasible": reach}), _error_record("infeasible", error)
    except EngineError as error:
        return BAD_INPUT, "", _error_record(type(error).__name__, error)
    return code, output, {}


def _error_record(kind: str, error: Exception) -> dict[str, str]:
    return {"error": kind, "message": str(error)}


def _run(options: argparse.Namespace, clock: Clock, content: bytes | None) -> tuple[int, str]:
    data = _read(options.file) if content is None else _parsed(content)
    together = isinstance(data, dict) and set(data) >= {"problem", "plan"}
    problem, objective, band, urgent = problem_of(data["problem"] if together else data)
    if options.command == "verify" and not options.plan and not together:
        raise ProblemError("--plan: verify needs a plan")
    clock.mark("read")
    if options.plan or together:
        record = _read(options.plan) if options.plan else data
        plan = plan_of(problem, record.get("plan", record) if isinstance(record, dict) else {})
    else:
        plan = solve(problem, objective, leximin_band=band, urgent=urgent, progress=clock.progress)
    clock.mark("solve")
    proof = verify(problem, plan, urgent)
    clock.mark("prove")
    certified = proof_record(proof)
    if options.alternatives:
        clock.planned(plan_record(problem, plan), certified)
    output = _output(options, problem, plan, urgent, certified)
    text = canonical(output)
    clock.mark("prices" if "prices" in output else "write")
    clock.finish()
    return OK if proof.holds else NOT_PROVED, text


def _output(
    options: argparse.Namespace, problem: Problem, plan: Plan, urgent: Mask | None, proof: dict[str, Any]
) -> dict[str, Any]:
    if options.command == "verify":
        return {"proof": proof}
    output: dict[str, Any] = {"proof": proof}
    if options.command == "solve":
        output["plan"] = plan_record(problem, plan)
    if options.compare:
        costs = compare_objectives(problem, leximin_band=plan.leximin_band, urgent=urgent)
        output["objectives"] = [asdict(cost) for cost in costs]
    if options.pair:
        output["pair"] = _pair(problem, plan, urgent, *options.pair)
    elif options.prices or options.alternatives or options.command == "prices":
        chosen_only = options.alternatives and not options.prices
        output["prices"] = price_record(prices(problem, plan, urgent), chosen_only=chosen_only)
    return output


def _pair(problem: Problem, plan: Plan, urgent: Mask | None, row: str, column: str) -> dict[str, Any]:
    rows, columns = problem.frame.row_codes, problem.frame.column_codes
    if row not in rows or column not in columns:
        raise ProblemError(f"--pair: no pair ({row}, {column})")
    reason = why(problem, plan, rows.index(row), columns.index(column), urgent=urgent)
    moves = [{"kind": move.kind, "row": move.row, "column": move.column} for move in reason.moves]
    return {"row": row, "column": column, "price": reason.price, "moves": moves}


def _read(name: str) -> Any:
    try:
        return _parsed(sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes())
    except OSError as error:
        raise ProblemError(f"file: {error}") from None


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise ProblemError(f"file: {error}") from None


if __name__ == "__main__":
    sys.exit(main())
