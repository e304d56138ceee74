"""The engine's own rows, each run in a process of its own: best of some repetitions, with proof, and peak memory."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from matching.engine import (
    Plan,
    alternatives,
    compare_objectives,
    prices,
    solve,
    solve_scored,
    verify,
    verify_scored,
)
from matching.engine.blocks import row_blocks, scored
from matching.engine.optimiser import column_generation, network
from matching.engine.optimiser.levels import levels_of
from matching.engine.optimiser.market import Market
from matching.engine.problem import frame_of
from tests.bench.instances import Instance, instance


def best_of(times: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the shortest time of some runs, and the last answer."""
    (seconds, _), answer = timed(times, work)
    return seconds, answer


def timed(times: int, work: Callable[[], Any]) -> tuple[tuple[float, float], Any]:
    """Return the shortest elapsed and processor time of some runs, and the last answer."""
    seconds, processor, answer = [], [], None
    for _ in range(times):
        begin, busy = time.perf_counter(), time.process_time()
        answer = work()
        seconds.append(time.perf_counter() - begin)
        processor.append(time.process_time() - busy)
    return (min(seconds), min(processor)), answer


def warm(data: Instance) -> None:
    """Import the solver and touch every path once, as a warm worker has."""
    solve(instance(200, 150).problem())
    data.scorer()(0, min(data.n, 50))


def scored_run(data: Instance) -> Plan:
    """Score, solve and prove without holding all pairs."""
    points = data.scorer()
    plan = solve_scored(points, data.n, data.m, **data.limits)
    assert verify_scored(points, frame_of(data.n, data.m, **data.limits), plan).holds
    return plan


def scale(n: int, m: int, times: int) -> dict[str, Any]:
    """Return a row of `scored_run`, with the raw flow on the priced arcs and one scoring pass beside it.

    Both sides of that ratio start from the records: the set-up of a scorer is part of the run and of a pass.
    """
    data = instance(n, m)
    warm(data)
    before = peak()
    (seconds, processor), plan = timed(times, lambda: scored_run(data))
    top = peak()
    one_pass, _ = best_of(times, lambda: [None for _ in scored(data.scorer(), row_blocks(n, m), m)])
    raw = raw_flow(data)
    worth = {each.code: each.worth for each in plan.binding}
    return {
        "seconds": seconds,
        "processor": processor,
        "total": plan.total,
        "pairs": len(plan.pairs),
        "rounds": plan.rounds,
        "ties": plan.ties,
        "scoring_pass": one_pass,
        "raw_flow": raw,
        "ratio_to_floor": seconds / (3 * raw + 2 * one_pass),
        "binding_caps": sum((each.worth or 0) > 0 for each in plan.binding if each.kind == "cap"),
        "war_zone_worth": worth.get("war_zone", 0),
        "peak_mib": round(top),
        "data_mib": round(before),
    }


def raw_flow(data: Instance) -> float:
    """Return the time of the flow alone on the arcs the engine starts from."""
    frame = frame_of(data.n, data.m, **data.limits)
    market = Market(frame, data.scorer(), network.shape_of(frame))
    (level,) = levels_of("total", market.highest)
    bounds, worth = column_generation.starting_bounds(market), market.worth(level)
    return best_of(2, lambda: network.circulate(frame, market.shape, bounds, market.arcs(), worth))[0]


def peak() -> float:
    """Return the peak resident memory so far in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def full(n: int, m: int) -> dict[str, Any]:
    """Return rows of the real size: whole run with all prices and alternatives, re-solve, prices, the objectives."""
    data = instance(n, m)
    warm(data)

    def run() -> Plan:
        problem = data.problem()
        plan = solve(problem)
        assert verify(problem, plan).holds
        alternatives(prices(problem, plan))
        return plan

    (seconds, processor), plan = timed(7, run)
    problem = data.problem()
    changed = problem.points.copy()
    changed[tuple(plan.pairs[0])] = -1
    resolve, _ = best_of(7, lambda: solve(replace(problem, points=changed)))
    priced, _ = best_of(7, lambda: prices(problem, plan))
    worth = {each.code: each.worth for each in plan.binding}
    return {
        "seconds": seconds,
        "processor": processor,
        "resolve": resolve,
        "prices": priced,
        "total": plan.total,
        "pairs": len(plan.pairs),
        "rounds": plan.rounds,
        "ties": plan.ties,
        "binding_caps": sum((each.worth or 0) > 0 for each in plan.binding if each.kind == "cap"),
        "war_zone_worth": worth.get("war_zone", 0),
        "objectives": [asdict(each) for each in compare_objectives(problem)],
        "peak_mib": round(peak()),
    }


def main(n: int, m: int) -> None:
    """Print the row of one size as JSON."""
    answer = full(n, m) if n * m < 200_000 else scale(n, m, 3 if n < 50_000 else 1)
    print(json.dumps(answer))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
