"""What a plan means, as a command: ``python -m matching.engine.report objectives|stability|prices`` on standard input.

Reads {"problem", "plan"} as `solve` takes and prints them, and prints one canonical JSON object. The process that stays
(`matching.engine.server`) is asked for the same with the arguments ["report", ...].

    objectives   {"objectives": [{objective, pairs, total, cost, worst, tenth, urgent, proved}, ...]}
    stability    {"blocking": [{row, column, points, row_gain, column_gain}, ...], "count", "stable": {pairs, total, cost}}
    prices       {"pairs": [as in `price_record`], "priced", "all"}: by re-solve, for problems whose prices need one

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
"""With a share each price is a re-solve of its own: alternatives are sought among this many best partners of a side."""
BUDGET_SECONDS: Final = 480.0

Report = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one report and return the exit code."""
    code, answer, error = report(
        (arguments if arguments is not None else sys.argv[1:])[0], Clock(), sys.stdin.buffer.read()
    )
    if answer:
        print(answer)
    if error:
        print(json.dumps(error), file=sys.stderr)
    return code


def report(wanted: str, clock: Clock, content: bytes) -> tuple[int, str, dict[str, str]]:
    """Return exit code, canonical JSON or nothing, and what went wrong, as `matching.engine.__main__.run` does."""
    try:
        given = json.loads(content)
        problem, _objective, _band, urgent = problem_of(given["problem"])
        plan = plan_of(problem, given["plan"])
        return OK, canonical(REPORTS[wanted](problem, plan, urgent, clock)), {}
    except (EngineError, ValueError, KeyError) as error:
        return BAD_INPUT, "", {"error": type(error).__name__, "message": str(error)}


def objectives(problem: Problem, plan: Plan, urgent: Mask | None, clock: Clock) -> Report:
    """Solve and prove every objective; `cost` is what each has less than the one with the most points."""
    found = []
    for name in OBJECTIVES:
        if name == "urgent_first" and urgent is None:
            continue
        other = solve(problem, name, leximin_band=plan.leximin_band, urgent=urgent, progress=clock.progress)
        ranked = sorted(other.points.tolist()) or [0]
        found.append(
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
    most = max(each["total"] for each in found)
    return {"objectives": [each | {"cost": most - each["total"]} for each in found]}


def stability(problem: Problem, plan: Plan, urgent: Mask | None, clock: Clock) -> Report:
    """Return who would rather have each other, and what the plan nobody would leave has less than this one."""
    blocking = blocking_pairs(problem, plan)
    rows, columns = problem.frame.row_codes, problem.frame.column_codes
    chosen = stable_pairs(problem)
    total = int(problem.points[chosen[:, 0], chosen[:, 1]].sum())
    return {
        "count": len(blocking),
        "blocking": [
            {
                "row": rows[each.row],
                "column": columns[each.column],
                "points": int(problem.points[each.row, each.column]),
                "row_gain": each.row_gain,
                "column_gain": each.column_gain,
            }
            for each in blocking[:MOST_BLOCKING]
        ],
        "stable": {"pairs": len(chosen), "total": total, "cost": plan.total - total},
    }


def stable_pairs(problem: Problem) -> Int:
    """Return the plan (k, 2) no two would leave: the best pair first, then the best of what is left, and so on.

    With the shared score as both sides' ranking this is the one stable plan (Gale and Shapley 1962), up to equal
    scores, which are taken by code. Only capacities and locks count: caps and minimums are no one's wish.
    """
    frame, points = problem.frame, problem.points
    room = [frame.row_capacity.copy(), frame.column_capacity.copy()]
    taken = [(int(i), int(j)) for i, j in frame.locked]
    for i, j in taken:
        room[0][i] -= 1
        room[1][j] -= 1
    rows, columns = np.nonzero(points >= max(problem.threshold, 0))
    order = np.lexsort((columns, rows, -points[rows, columns].astype(np.int64)))
    locked = set(taken)
    for i, j in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if room[0][i] > 0 and room[1][j] > 0 and (i, j) not in locked:
            room[0][i] -= 1
            room[1][j] -= 1
            taken.append((i, j))
    return np.array(sorted(taken), np.int64).reshape(-1, 2)


def prices(problem: Problem, plan: Plan, urgent: Mask | None, clock: Clock) -> Report:
    """Return the price of giving up each chosen pair, and three alternatives per side, each by solving again.

    Giving up comes first, for all pairs; alternatives follow as far as the time goes. `priced` says for how many pairs
    everything is there.
    """
    until = time.monotonic() + BUDGET_SECONDS
    codes = problem.frame.row_codes, problem.frame.column_codes
    chosen = {(int(i), int(j)) for i, j in plan.pairs}
    known: dict[tuple[int, int], int] = {}
    bans = []
    for k, (i, j) in enumerate(plan.pairs.tolist()):
        clock.progress("prices", k, len(chosen))
        bans.append(price(problem, plan, i, j, ban=True, urgent=urgent))
    pairs, done = [], 0
    for k, (i, j) in enumerate(plan.pairs.tolist()):
        clock.progress("prices", k, len(chosen))
        entry: Report = {
            "row": codes[0][i],
            "column": codes[1][j],
            "ban": bans[k],
            "for_row": [],
            "for_column": [],
        }
        if time.monotonic() < until:

            def ask(pair: tuple[int, int]) -> int:
                if pair not in known:
                    known[pair] = price(problem, plan, *pair, urgent=urgent)
                return known[pair]

            row_pool = [(i, c) for c in _best(problem.points[i], problem.threshold) if (i, c) not in chosen]
            column_pool = [
                (r, j) for r in _best(problem.points[:, j], problem.threshold) if (r, j) not in chosen
            ]
            entry["for_row"] = _cheapest(problem, row_pool, ask, "column", codes[1], 1)
            entry["for_column"] = _cheapest(problem, column_pool, ask, "row", codes[0], 0)
            done += 1
        pairs.append(entry)
    return {"pairs": pairs, "priced": done, "all": len(pairs)}


def _best(line: Int, threshold: int) -> list[int]:
    """Return the places with the most points of one line, a few more than the pool, so that chosen ones may fall out."""
    order = np.argsort(-line.astype(np.int64), kind="stable")
    return [int(k) for k in order[: POOL + 1] if line[k] >= max(threshold, 0)]


def _cheapest(
    problem: Problem,
    pool: list[tuple[int, int]],
    ask: Callable[[tuple[int, int]], int],
    name: str,
    codes: Sequence[str],
    side: int,
) -> list[Report]:
    priced = [(ask(pair), pair) for pair in pool]
    possible = [
        (force, -int(problem.points[pair]), codes[pair[side]]) for force, pair in priced if force >= 0
    ]
    return [
        {name: code, "points": -points, "force": force}
        for force, points, code in sorted(possible)[:ALTERNATIVES]
    ]


REPORTS: Final[dict[str, Callable[[Problem, Plan, Mask | None, Clock], Report]]] = {
    "objectives": objectives, "stability": stability, "prices": prices,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
