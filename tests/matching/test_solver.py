"""The engine works in a process of its own; the server only waits, and stops it when told to."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from matching import solver
from matching.solver import PROJECT, SolverError, Stopped

PROBLEM = json.dumps({
    "row_codes": ["1804"], "column_codes": ["UA1"], "row_capacity": [1], "column_capacity": [1], "points": [[5000]],
}).encode()  # fmt: skip


def wanted(level: str, rounds: int) -> bool:
    return True


def test_solve_returns_plan_proof_and_prices() -> None:
    answer = solver.solve(PROBLEM, with_prices=True, pulse=wanted, timeout=60)
    assert answer.plan["pairs"] == [{"row": "1804", "column": "UA1", "points": 5000}]
    assert answer.proof["holds"]
    assert answer.prices is not None
    assert answer.prices["pairs"][0]["ban"] == 5000


def test_solve_that_nobody_wants_any_more_is_stopped() -> None:
    with pytest.raises(Stopped):
        solver.solve(PROBLEM, with_prices=False, pulse=lambda level, rounds: False, timeout=60)


def test_solve_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(SolverError, match="timeout"):
        solver.solve(PROBLEM, with_prices=False, pulse=wanted, timeout=0)


def test_solve_of_nonsense_is_a_bad_problem_with_its_message() -> None:
    with pytest.raises(SolverError, match="bad_problem") as caught:
        solver.solve(b"{}", with_prices=False, pulse=wanted, timeout=60)
    assert caught.value.facts == {"exit": 2, "message": "row_capacity: missing"}


def test_solve_that_cannot_be_done_says_how_far_it_goes() -> None:
    problem = json.loads(PROBLEM) | {"in_war_zone": [False], "war_zone_at_least": 1}
    with pytest.raises(SolverError, match="infeasible") as caught:
        solver.solve(json.dumps(problem).encode(), with_prices=False, pulse=wanted, timeout=60)
    assert (caught.value.facts["required"], caught.value.facts["reachable"]) == (1, 0)


def test_server_never_loads_the_optimiser() -> None:
    program = (
        "import django, sys; django.setup(); import kommunesamarbeid.urls, kommunesamarbeid.celery, matching.tasks, matching.runs; "
        "print(sorted(name for name in sys.modules if name.startswith('ortools')))"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
