"""The command reads codes, prints the same bytes for the same problem, and its exit code says how it went."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matching.engine import Problem
from matching.engine.records import array_of, packed, problem_of
from tests.matching.engine.instances import middling

SMALL: dict[str, Any] = {
    "row_codes": ["5501", "0301", "1103"],
    "column_codes": ["UA2", "UA1"],
    "points": [[9000, 8500], [8000, 3000], [-1, 8000]],
    "row_capacity": [1, 1, 1],
    "column_capacity": {"UA1": 1, "UA2": 1},
    "caps": [{"code": "east", "columns": ["UA2", "UA1"], "at_most": 2}],
}


def run(folder: Path, data: object, *arguments: str) -> tuple[int, Any, list[dict[str, Any]]]:
    """Run the command on a problem; return exit code, parsed output and the lines on standard error."""
    file = folder / "problem.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    command = [sys.executable, "-m", "matching.engine", arguments[0], str(file), *arguments[1:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (
        done.returncode,
        json.loads(done.stdout or "null"),
        [json.loads(line) for line in done.stderr.splitlines()],
    )


def file_of(problem: Problem, rows: Any, columns: Any) -> dict[str, Any]:
    """Return a problem as a file's content, with rows and columns in a given order."""
    frame = problem.frame
    return {
        "row_codes": [frame.row_codes[k] for k in rows],
        "column_codes": [frame.column_codes[k] for k in columns],
        "points": packed(problem.points[rows][:, columns].astype(np.int16)),
        "row_capacity": frame.row_capacity[rows].tolist(),
        "column_capacity": frame.column_capacity[columns].tolist(),
        "caps": [
            {
                "code": cap.code,
                "columns": [frame.column_codes[k] for k in np.flatnonzero(np.asarray(cap.columns))],
                "at_most": cap.at_most,
            }
            for cap in problem.caps
        ],
    }


def test_solve_prints_plan_proof_and_prices_in_codes(tmp_path: Path) -> None:
    code, answer, lines = run(tmp_path, SMALL, "solve", "--prices")
    assert code == 0
    assert [(pair["row"], pair["column"]) for pair in answer["plan"]["pairs"]] == [
        ("1103", "UA1"),
        ("5501", "UA2"),
    ]
    assert answer["proof"]["holds"] is True
    assert array_of("force", answer["prices"]["force"]).tolist() == [[5000, 500], [0, -1], [500, 0]]
    assert answer["prices"]["pairs"][0]["for_column"][0] == {"row": "5501", "points": 8500, "force": 500}
    assert "seconds" in lines[-1]
    assert lines[0]["progress"] == "total"


def test_alternatives_are_the_prices_of_the_chosen_pairs_alone(tmp_path: Path) -> None:
    everything = run(tmp_path, SMALL, "solve", "--prices")[1]["prices"]
    assert run(tmp_path, SMALL, "solve", "--alternatives")[1]["prices"] == {"pairs": everything["pairs"]}


def test_any_order_of_input_gives_the_same_bytes(tmp_path: Path) -> None:
    problem = middling(31, 40, 30)
    random = np.random.default_rng(31)
    answers = []
    for _ in range(2):
        content = file_of(problem, random.permutation(40), random.permutation(30))
        (tmp_path / "problem.json").write_text(json.dumps(content), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "matching.engine",
            "solve",
            str(tmp_path / "problem.json"),
            "--prices",
        ]
        answers.append(subprocess.run(command, capture_output=True, check=True).stdout)
    assert answers[0] == answers[1]


def test_verify_accepts_the_printed_plan_and_no_other(tmp_path: Path) -> None:
    _, answer, _ = run(tmp_path, SMALL, "solve")
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(answer), encoding="utf-8")
    assert run(tmp_path, SMALL, "verify", "--plan", str(plan))[:2] == (0, {"proof": answer["proof"]})
    answer["plan"]["pairs"].pop()
    plan.write_text(json.dumps(answer), encoding="utf-8")
    code, proof, _ = run(tmp_path, SMALL, "verify", "--plan", str(plan))
    assert (code, proof["proof"]["holds"]) == (4, False)


def test_a_share_survives_the_way_through_a_file(tmp_path: Path) -> None:
    data = SMALL | {"in_war_zone": [False, True], "war_zone_share_permille": 600}
    _, answer, _ = run(tmp_path, data, "solve")
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(answer), encoding="utf-8")
    assert run(tmp_path, data, "verify", "--plan", str(plan))[0] == 0


def test_prices_of_one_pair_tell_its_moves(tmp_path: Path) -> None:
    _, answer, _ = run(tmp_path, SMALL, "prices", "--pair", "5501", "UA1")
    assert answer["pair"]["price"] == 500
    assert answer["pair"]["moves"][0] == {"kind": "joins", "row": "5501", "column": "UA1"}


def test_an_infeasible_problem_ends_with_three(tmp_path: Path) -> None:
    caps = [{"code": "east", "columns": ["UA1"], "at_least": 2}]
    code, answer, lines = run(tmp_path, SMALL | {"caps": caps}, "solve")
    assert (code, answer) == (3, {"infeasible": {"required": 2, "reachable": 1, "binding": ["east"]}})
    assert lines[-1]["error"] == "infeasible"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("{", "file:"),
        ([], "file: expected one JSON object"),
        (SMALL | {"colour": 1}, "colour: unknown field"),
        ({key: value for key, value in SMALL.items() if key != "row_capacity"}, "row_capacity: missing"),
        (SMALL | {"points": [[1, 2]]}, "points: expected shape (3, 2), found (1, 2)"),
        (SMALL | {"points": [[1.5, 2], [1, 2], [1, 2]]}, "points: expected whole numbers"),
        (SMALL | {"points": {"dtype": "object", "shape": [3, 2], "base64": ""}}, "points: expected a dtype"),
        (
            SMALL | {"points": {"dtype": "int16", "shape": [3, 2], "base64": "AAA="}},
            "points: not an array of int16",
        ),
        (SMALL | {"locked": [["5501", "UA9"]]}, "locked: 'UA9' is not among column_codes"),
        (SMALL | {"pairs": []}, "points: give either points"),
        (SMALL | {"objective": "most"}, "objective: expected one of"),
    ],
)
def test_bad_input_ends_with_two_and_names_the_field(tmp_path: Path, data: object, message: str) -> None:
    code, _, lines = run(tmp_path, data, "solve")
    assert code == 2
    assert lines[-1]["message"].startswith(message)


def test_sparse_pairs_forbid_all_others() -> None:
    sparse = {key: value for key, value in SMALL.items() if key != "points"} | {
        "pairs": [["5501", "UA1", 70]]
    }
    problem = problem_of(sparse)[0]
    assert problem.points.tolist() == [[-1, -1], [-1, -1], [70, -1]]
