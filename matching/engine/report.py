"""What a plan means, as a command: ``python -m matching.engine.report objectives|stability|prices``.

Reads {"problem", "plan"} from standard input, as `solve` takes and prints them, and prints one canonical JSON
object. `matching.engine.server` is asked for the same with the arguments ["report", ...].

    objectives   {"objectives": [{objective, pairs, total, cost, worst, tenth, urgent, proved}, ...]}
    stability    {"blocking": [{row, column, points, row_gain, column_gain}, ...], "count",
                 "stable": {pairs, total, cost}}
    prices       {"pairs": [as in `price_record`], "priced", "all"}: by solving again, for problems that need
    it

Progress, errors and exits as in `python -m matching.engine`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from matching.engine.__main__ import BAD_INPUT, OK, Clock
from matching.engine.errors import EngineError
from matching.engine.frame import OBJECTIVES, Int, Mask
from matching.engine.optimiser.objectives import solve
from matching.engine.plan import Plan
from matching.engine.prices import ALTERNATIVES, price
from matching.engine.problem import Problem
from matching.engine.proof import verify
from matching.engine.records import canonical, plan_of, problem_of
from matching.engine.stability import blocking_pairs

MOST_BLOCKING: Final = 100
POOL: Final = 8
"""With a share each price is a re-solve of its own, so alternatives are sought among so many partners."""
BUDGET_SECONDS: Final = 480.0

Report = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one report and return the exit code."""
    name = (arguments if arguments is not None else sys.argv[1:])[0]
    code, output, error = report(name, Clock(), sys.stdin.buffer.read())
    if output:
        print(output)
    if error:
        print(json.dumps(error), file=sys.stderr)
    return code


def report(name: str, clock: Clock, content: bytes) -> tuple[int, str, dict[str, str]]:
    """Return exit code, canonical JSON or nothing, and the error, as `matching.engine.__main__.run` does."""
    try:
        data = json.loads(content)
        problem, _objective, _band, urgent = problem_of(data["problem"])
        plan = plan_of(problem, data["plan"])
        return OK, canonical(REPORTS[name](problem, plan, urgent, clock)), {}
    except (EngineError, ValueError, KeyError) as error:
        return BAD_INPUT, "", {"error": type(error).__name__, "message": str(error)}


def objectives(problem: Problem, plan: Plan, urgent: Mask | None, clock: Clock) -> Report:
    """Solve and prove every objective; `cost` is what each has less than the one with the most points."""
    rows = []
    for name in OBJECTIVES:
        if name == "urgent_first" and urgent is None:
            continue
        other = solve(problem, name, leximin_band=plan.leximin_band, urgent=urgent, progress=clock.progress)
        ranked = sorted(other.points.tolist()) or [0]
        rows.append(
            {
                "objective": name,
                "pairs": len(other.pairs),
                "total": other.total,
                "worst": ranked[0],
                "tenth": ranked[len(ranked) // 10],
                "proved": verify(problem, other, urgent).holds,
                "urgent": None if urgent is None else int(urgent[other.pairs[:, 0], other.pairs[:, 1]].sum()),
            }
        )
    most = max(row["total"] for row in rows)
    return {"objectives": [row | {"cost": most - row["total"]} for row in rows]}


def stability(problem: Problem, plan: Plan, urgent: Mask | None, clock: Clock) -> Report:
    """Return the blocking pairs, and how many points less than this plan the stable one has."""
    blocking = blocking_pairs(problem, plan)
    rows, columns = problem.frame.row_codes, problem.frame.column_codes
    chosen = stable_pairs(problem)
    total = int(problem.points[chosen[:, 0], chosen[:, 1]].sum())
    return {
        "count": len(blocking),
        "blocking": [
            {
                "row": rows[pair.row],
                "column": columns[pair.column],
                "points": int(problem.points[pair.row, pair.column]),
                "row_gain": pair.row_gain,
                "column_gain": pair.column_gain,
            }
            for pair in blocking[:MOST_BLOCKING]
        ],
        "stable": {"pairs": len(chosen), "total": total, "cost": plan.total - total},
    }


def stable_pairs(problem: Problem) -> Int:
    """Return the stable plan (k, 2): the best pair first, then the best of what is left, and so on.

    With the shared score as both sides' ranking this is the one stable plan (Gale and Shapley 1962), up to
    equal scores, which are taken by code. Only capacities and locks count: caps and minimums are no one's
    wish.
    """
    frame, points = problem.frame, problem.points
    row_left, column_left = frame.row_capacity.copy(), frame.column_capacity.copy()
    taken = [(int(i), int(j)) for i, j in frame.locked]
    for i, j in taken:
        row_left[i] -= 1
        column_left[j] -= 1
    rows, columns = np.nonzero(points >= max(problem.threshold, 0))
    order = np.lexsort((columns, rows, -points[rows, columns].astype(np.int64)))
    locked = set(taken)
    for i, j in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row_left[i] > 0 and column_left[j] > 0 and (i, j) not in locked:
            row_left[i] -= 1
            column_left[j] -= 1
            taken.append((i, j))
    return np.array(sorted(taken), np.int64).reshape(-1, 2)


def prices(problem: Problem, plan: Plan, urgent: Mask | None, clock: Clock) -> Report:
    """Return the price of giving up each chosen pair, and three alternatives per side, by solving again.

    Giving up comes first, for all pairs; alternatives follow as far as the time goes. `priced` says for how
    many pairs everything is there.
    """
    until = time.monotonic() + BUDGET_SECONDS
    row_codes, column_codes = problem.frame.row_codes, problem.frame.column_codes
    chosen = {(int(i), int(j)) for i, j in plan.pairs}
    forces: dict[tuple[int, int], int] = {}

    def force(pair: tuple[int, int]) -> int:
        if pair not in forces:
            forces[pair] = price(problem, plan, *pair, urgent=urgent)
        return forces[pair]

    bans = []
    for k, (i, j) in enumerate(plan.pairs.tolist()):
        clock.progress("prices", k, len(chosen))
        bans.append(price(problem, plan, i, j, ban=True, urgent=urgent))
    pairs, done = [], 0
    for k, (i, j) in enumerate(plan.pairs.tolist()):
        clock.progress("prices", k, len(chosen))
        for_row: list[Report] = []
        for_column: list[Report] = []
        if time.monotonic() < until:
            row_pool = [(i, c) for c in _best(problem.points[i], problem.threshold) if (i, c) not in chosen]
            column_pool = [
                (r, j) for r in _best(problem.points[:, j], problem.threshold) if (r, j) not in chosen
            ]
            for_row = _cheapest(problem, row_pool, force, "column")
            for_column = _cheapest(problem, column_pool, force, "row")
            done += 1
        pairs.append(
            {
                "row": row_codes[i],
                "column": column_codes[j],
                "ban": bans[k],
                "for_row": for_row,
                "for_column": for_column,
            }
        )
    return {"pairs": pairs, "priced": done, "all": len(pairs)}


def _best(line: Int, threshold: int) -> list[int]:
    """Return where one line has the most points, one more than the pool: a chosen one may fall out."""
    order = np.argsort(-line.astype(np.int64), kind="stable")
    return [int(k) for k in order[: POOL + 1] if line[k] >= max(threshold, 0)]


def _cheapest(
    problem: Problem, pool: list[tuple[int, int]], force: Callable[[tuple[int, int]], int], other: str
) -> list[Report]:
    """Return the cheapest pairs of the pool under the code of their other side, 'row' or 'column'."""
    frame = problem.frame
    codes = [frame.row_codes[i] if other == "row" else frame.column_codes[j] for i, j in pool]
    ranked = sorted(
        (cost, -int(problem.points[pair]), code)
        for pair, code in zip(pool, codes, strict=True)
        if (cost := force(pair)) >= 0
    )
    return [{other: code, "points": -points, "force": cost} for cost, points, code in ranked[:ALTERNATIVES]]


REPORTS: Final[dict[str, Callable[[Problem, Plan, Mask | None, Clock], Report]]] = {
    "objectives": objectives, "stability": stability, "prices": prices,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
