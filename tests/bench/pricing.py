"""``python -m tests.bench.pricing OBJECTIVE [COUNT]``: random prices at full size, each against solving again.

Four in five are the price of forcing a pair drawn from all 357 × 300 (chosen, forbidden and free ones), one in five of
banning a chosen pair. Prints JSON; the bench fails when one differs.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter

import numpy as np

from matching.engine import price, prices, solve
from matching.engine.frame import LEVEL, NEVER
from tests.bench.instances import URGENT, instance

SIZE = (357, 300)


def main(objective: str, count: int) -> None:
    """Compare `count` prices of one objective."""
    problem = instance(*SIZE).problem()
    urgent = np.random.default_rng(2).random(SIZE) < URGENT if objective == "urgent_first" else None
    plan = solve(problem, objective, urgent=urgent)
    found = prices(problem, plan, urgent)
    random = np.random.default_rng(3)
    bans = random.choice(len(plan.pairs), count // 5, replace=False)
    cells = random.choice(SIZE[0] * SIZE[1], count - len(bans), replace=False)
    begin = time.perf_counter()
    asked = [(*divmod(int(cell), SIZE[1]), False, int(found.force.flat[cell])) for cell in cells]
    asked += [(*plan.pairs[k].tolist(), True, int(found.ban[k])) for k in bans]
    wrong = [
        (i, j, ban, told, again)
        for i, j, ban, told in asked
        if told != (again := price(problem, plan, i, j, ban=ban, urgent=urgent))
    ]
    kinds = Counter(
        {NEVER: "never", LEVEL: "level", 0: "free"}.get(told, "priced") for _, _, _, told in asked
    )
    note = f"{count - len(wrong)} of {count} equal ({dict(sorted(kinds.items()))}, {len(bans)} of them bans)"
    answer = {
        "seconds": time.perf_counter() - begin,
        "equal": count - len(wrong),
        "asked": count,
        "note": note,
    }
    print(json.dumps(answer | {"wrong": wrong[:5]}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 500)
