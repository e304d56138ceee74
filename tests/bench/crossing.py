"""``python -m tests.bench.crossing``: 15 counties × 27 oblasts, each with a cap, at full size; prints JSON."""

from __future__ import annotations

import json

import numpy as np

from matching.engine import Cap, Problem, solve, verify
from tests.bench.instances import instance
from tests.bench.ours import best_of, warm

COUNTIES, OBLASTS, MOST = 15, 27, 2


def crossing() -> Problem:
    """Return the usual instance with a cap of two pairs for each county and oblast, and none for the oblasts alone."""
    data = instance(357, 300)
    county = np.random.default_rng(5).integers(0, COUNTIES, data.n)
    caps = [
        Cap(f"{c}-{o}", rows=county == c, columns=data.columns.oblast == o, at_most=MOST)
        for c in range(COUNTIES)
        for o in range(OBLASTS)
    ]
    return Problem(data.scorer()(0, data.n), **{**data.limits, "caps": caps})


def main() -> None:
    """Solve and verify."""
    warm(instance(357, 300))
    problem = crossing()
    seconds, plan = best_of(2, lambda: solve(problem))
    proof = verify(problem, plan)
    assert proof.feasible
    assert proof.levels[0].bound == plan.bound
    gap = plan.bound - plan.total
    said = "proved" if proof.holds else f"certified gap {gap} points, {100 * gap / plan.total:.4f} %"
    full = sum(count == MOST for count in problem.frame.counts(plan.pairs)[: COUNTIES * OBLASTS])
    note = (
        f"{len(plan.pairs)} pairs, {plan.total} points, {said}; {full} caps full, {len(plan.cases[0])} cases"
    )
    print(json.dumps({"seconds": seconds, "total": plan.total, "bound": plan.bound, "note": note}))


if __name__ == "__main__":
    main()
