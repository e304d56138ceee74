"""The engine works in a process of its own that stays warm; the server only waits, and stops it when told to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matching.engine.records import canonical, packed
from matching.runs import solver
from matching.runs.solver import PROJECT, SolverError, Stopped

PROBLEM = json.dumps({
    "row_codes": ["1804"], "column_codes": ["UA1"], "row_capacity": [1], "column_capacity": [1], "points": [[5000]],
}).encode()  # fmt: skip


def long_problem() -> bytes:
    """Return a problem of hundreds of levels: some seconds of work."""
    points = np.random.default_rng(1).integers(0, 10_000, (120, 100)).astype(np.int16)
    said = {"row_capacity": [2] * 120, "column_capacity": [2] * 100, "points": packed(points)}
    return canonical(said | {"objective": "leximin", "leximin_band": 20}).encode()


def wanted(level: str, rounds: int) -> bool:
    return True


def solved(problem: bytes = PROBLEM) -> solver.Solution:
    return solver.solve(problem, with_prices=True, pulse=wanted, timeout=60)


def children() -> list[int]:
    """Return the engine processes of this process."""
    found = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text(encoding="ascii").split()
    return [int(pid) for pid in found if b"matching.engine" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def gone(pid: int, seconds: float = 10) -> bool:
    """Return whether a process ends within some seconds; one that nobody has waited for counts as ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status = Path(f"/proc/{pid}/status")
        if not status.exists() or "State:\tZ" in status.read_text(encoding="ascii"):
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(autouse=True)
def _own_engine() -> Iterator[None]:
    """Start and end each test without a warm engine."""
    solver.stop()
    yield
    solver.stop()


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
        "import django, sys; django.setup(); import kommunesamarbeid.urls, kommunesamarbeid.celery, matching.tasks, matching.runs.runs; "
        "print(sorted(name for name in sys.modules if name.startswith('ortools')))"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_second_solve_finds_the_same_process_warm() -> None:
    solved()
    first = children()
    solved()
    assert len(first) == 1
    assert children() == first


def test_warm_process_gives_the_bytes_of_the_command() -> None:
    command = [sys.executable, "-m", "matching.engine", "solve", "-", "--alternatives"]
    printed = json.loads(
        subprocess.run(command, cwd=PROJECT, input=PROBLEM, capture_output=True, check=True).stdout
    )
    for _ in range(3):
        answer = solved()
        assert canonical({"plan": answer.plan, "proof": answer.proof, "prices": answer.prices}) == canonical(
            printed
        )


@pytest.mark.parametrize(
    ("with_prices", "seen"), [(True, ["sent", "planned", "answered"]), (False, ["sent", "answered"])]
)
def test_the_other_side_goes_on_with_the_plan_while_it_is_priced(with_prices: bool, seen: list[str]) -> None:
    found, plans = [], []

    def planned(plan: dict[str, Any]) -> None:
        found.append("planned")
        plans.append(plan)

    beside = solver.Beside(sent=lambda: found.append("sent"), planned=planned)
    answer = solver.solve(PROBLEM, with_prices=with_prices, pulse=wanted, timeout=60, beside=beside)
    found.append("answered")
    assert found == seen
    assert plans == [answer.plan] * with_prices


def test_what_fails_beside_the_engine_ends_the_solve_and_its_process() -> None:
    def refuse(plan: dict[str, Any]) -> None:
        raise SolverError("not_proved")

    with pytest.raises(SolverError, match="not_proved"):
        solver.solve(
            PROBLEM, with_prices=True, pulse=wanted, timeout=60, beside=solver.Beside(planned=refuse)
        )
    assert children() == []
    assert solved().proof["holds"]


def test_refused_problem_leaves_the_process_warm_for_the_next() -> None:
    with pytest.raises(SolverError, match="bad_problem"):
        solved(b"{}")
    assert solved().proof["holds"]


def test_two_threads_solve_at_once_in_two_processes_and_one_is_kept() -> None:
    met, found, here = threading.Barrier(2, timeout=60), [], threading.local()

    def together(level: str, rounds: int) -> bool:
        if not hasattr(here, "met"):
            here.met = met.wait()
        return True

    def work() -> None:
        found.append(solver.solve(PROBLEM, with_prices=False, pulse=together, timeout=60).plan["total"])

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [5000, 5000]
    assert len(solver._stand.live) == 1


def test_stopped_solve_is_gone_and_the_next_starts_anew() -> None:
    solved()
    first = children()
    with pytest.raises(Stopped):
        solver.solve(long_problem(), with_prices=False, pulse=lambda level, rounds: rounds < 3, timeout=60)
    assert children() == []
    assert solved().proof["holds"]
    assert children() != first


def test_process_that_died_while_idle_is_replaced() -> None:
    solved()
    (pid,) = children()
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    assert solved().proof["holds"]


def test_process_that_dies_at_work_is_replaced_once() -> None:
    killed: list[int] = []

    def kill_once(level: str, rounds: int) -> bool:
        if not killed:
            killed.extend(children())
            os.kill(killed[0], signal.SIGKILL)
        return True

    answer = solver.solve(long_problem(), with_prices=False, pulse=kill_once, timeout=120)
    assert (len(killed), answer.proof["holds"]) == (1, True)


def test_process_that_always_dies_is_a_crash() -> None:
    def kill(level: str, rounds: int) -> bool:
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        return True

    with pytest.raises(SolverError, match="crashed"):
        solver.solve(long_problem(), with_prices=False, pulse=kill, timeout=60)


def test_process_is_replaced_before_it_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "MOST_SOLVES", 2)
    seen = []
    for _ in range(3):
        solved()
        seen.append(children())
    assert [len(pids) for pids in seen] == [1, 0, 1]
    assert seen[2] != seen[0]


def test_process_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for the engine")
    monkeypatch.setenv("DATABASE_URL", "postgresql://portal:password@db/portal")
    solved()
    (pid,) = children()
    told = {
        entry.split(b"=")[0].decode()
        for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        if entry
    }
    assert told <= set(solver.KEPT_VARIABLES)


def test_process_dies_with_its_parent_in_the_middle_of_a_solve(tmp_path: Path) -> None:
    (tmp_path / "problem").write_bytes(long_problem())
    program = (
        "import os, signal, sys, django; from pathlib import Path; django.setup()\n"
        "from matching.runs import solver\n"
        "def die(level, rounds):\n"
        "    print(solver._stand.live.pop().process.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "solver.solve(Path(sys.argv[1]).read_bytes(), with_prices=False, pulse=die, timeout=60)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "problem")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert gone(int(done.stdout))


def test_process_that_nobody_asks_anything_ends_by_itself() -> None:
    program = "import sys; from matching.engine.server import serve; serve(sys.stdin.buffer, sys.stdout.buffer, idle=0.2)"
    with subprocess.Popen([sys.executable, "-c", program], cwd=PROJECT, stdin=subprocess.PIPE) as process:
        assert process.wait(30) == 0


def test_closed_input_ends_the_process_although_the_solver_holds_the_lock() -> None:
    program = (
        "import sys; from matching.engine.server import ended_by\n"
        "with ended_by(sys.stdin.buffer):\n"
        "    print('at work', flush=True)\n"
        "    sum(range(10**12))"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"at work\n"
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == -signal.SIGIO


def test_forked_child_neither_uses_nor_keeps_its_parents_process() -> None:
    """A Celery worker forks its pool; the engine must answer the parent alone and end when the parent is gone."""
    program = (
        "import os, sys, django; django.setup()\n"
        "from matching.runs import solver; from tests.matching.runs.test_solver import solved\n"
        "solved(); (engine,) = solver._stand.live; pid = engine.process.pid\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    assert not solver._stand.live\n"
        "    solved(); (own,) = solver._stand.live; assert own.process.pid != pid\n"
        "    solver.stop(); sys.stdout.write('child '); sys.stdout.flush(); os._exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "solved(); assert next(iter(solver._stand.live)).process.pid == pid\n"
        "if os.fork() == 0:\n"
        "    os.close(0); os.close(1); os.close(2); import time; time.sleep(20); os._exit(0)\n"
        "print(pid, flush=True); os._exit(0)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60)
    word, pid = done.stdout.split()
    assert word == "child"
    assert gone(int(pid))
