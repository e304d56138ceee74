"""The certificate accepts nothing but the best plan: every forgery is named."""

from __future__ import annotations

import ast
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matching.engine import LevelValue, Plan, Potentials, Problem, solve, verify
from tests.matching.engine.instances import middling


def forged(plan: Plan, change: str) -> Plan:
    """Return the plan with one lie in it."""
    first = plan.potentials[0]
    worse = plan.pairs[1:]
    lies: dict[str, dict[str, Any]] = {
        "gap:total": {"pairs": worse, "points": plan.points[1:], "total": plan.total - int(plan.points[0])},
        "order": {"pairs": plan.pairs[::-1]},
        "points": {"points": plan.points + 1},
        "row_capacity": {"pairs": np.argwhere(np.ones((60, 50), np.bool_))},
        "pairs": {"pairs": plan.pairs + 60},
        "levels": {"levels": (LevelValue("pairs", 1, 1),)},
        "potentials": {"potentials": (Potentials(first.rows[1:], first.columns, first.limits),)},
        "claim:total": {"potentials": (replace(first, rows=first.rows + 1),)},
    }
    return replace(plan, **lies[change])


@pytest.mark.parametrize(
    "change", ["gap:total", "order", "points", "row_capacity", "pairs", "levels", "potentials", "claim:total"]
)
def test_a_forged_plan_is_found_out(change: str) -> None:
    problem = middling(11)
    proof = verify(problem, forged(solve(problem), change))
    assert not proof.holds
    assert change in proof.faults


def test_a_plan_that_breaks_a_limit_is_found_out() -> None:
    problem = middling(11)
    free = replace(problem, caps=[], war_zone_at_least=None)
    proof = verify(problem, replace(solve(free), potentials=solve(problem).potentials))
    assert not proof.feasible
    assert any(fault.startswith("limit:oblast") for fault in proof.faults)


def test_a_plan_below_the_threshold_or_forbidden_is_found_out() -> None:
    problem = middling(12)
    plan = solve(problem)
    stricter = replace(problem, threshold=int(plan.points.max()))
    assert "forbidden" in verify(stricter, plan).faults


def test_a_share_without_all_its_cases_is_found_out() -> None:
    problem = middling(13, war_zone_at_least=None, war_zone_share_permille=700)
    plan = solve(problem)
    assert len(plan.boxes) > 1
    assert verify(problem, plan).holds
    assert "boxes" in verify(problem, replace(plan, boxes=plan.boxes[1:])).faults
    assert not verify(problem, replace(plan, boxes=(replace(plan.boxes[0], low=0, high=999),))).holds


def test_a_share_that_another_plan_beats_is_found_out() -> None:
    problem = middling(13, war_zone_at_least=None, war_zone_share_permille=700)
    plan = solve(problem)
    fewer = replace(
        plan, pairs=plan.pairs[1:], points=plan.points[1:], total=plan.total - int(plan.points[0])
    )
    assert not verify(problem, fewer).holds


def test_proof_reads_lists_of_no_solver() -> None:
    problem = Problem(np.array([[5, 3], [4, 1]]), np.array([1, 1]), np.array([1, 1]))
    by_hand = replace(
        solve(problem), potentials=(Potentials(np.array([3, 2]), np.array([2, 0]), np.zeros(0, np.int64)),)
    )
    assert verify(problem, by_hand).levels == (LevelValue("total", 7, 7),)


def test_proof_shares_nothing_with_the_solver() -> None:
    """Only the records and the reading of blocks are common; they neither solve nor price."""
    seen, todo = set(), ["matching.engine.proof"]
    while todo:
        name = todo.pop()
        seen.add(name)
        tree = ast.parse(Path(str(sys.modules[name].__file__)).read_text(encoding="utf-8"))
        imported = {
            node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
        }
        todo += [name for name in imported if name.startswith("matching.") and name not in seen]
    records = {f"matching.engine.{name}" for name in ("errors", "frame", "plan", "problem")}
    assert seen == {"matching.engine.proof", "matching.engine.blocks", *records}
