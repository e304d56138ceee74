"""The engine at work in a process of its own: a solve never holds up a page, and dies without taking anything along."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final

PROJECT: Final = Path(__file__).resolve().parent.parent
INFEASIBLE, NOT_PROVED = 3, 4
PULSE_SECONDS: Final = 0.5
KEPT_VARIABLES: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV")
"""The engine is told where programs lie and nothing else: no secret, no database, no settings."""

Pulse = Callable[[str, int], bool]
"""Called with the level and round the solver is at, about twice a second; False stops it."""


class SolverError(Exception):
    """The engine gave no plan; `code` and `facts` say why, in codes."""

    def __init__(self, code: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code, self.facts = code, dict(facts or {})


class Stopped(Exception):
    """Somebody cancelled the run; the process is gone."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine printed: plan and proof as records, prices when asked for, and its own seconds per step."""

    plan: dict[str, Any]
    proof: dict[str, Any]
    prices: dict[str, Any] | None
    seconds: dict[str, float]


@dataclass(slots=True)
class _Told:
    """What came over standard error so far."""

    level: str = ""
    rounds: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    message: str = ""

    def hear(self, line: str) -> None:
        """Take in one line; what is no JSON object is kept as a message."""
        try:
            said = json.loads(line)
            self.level, self.rounds = said.get("progress", self.level), said.get("round", self.rounds)
            self.seconds = said["seconds"] if isinstance(said.get("seconds"), dict) else self.seconds
            self.message = said.get("message", self.message)
        except (ValueError, AttributeError):
            self.message = line.strip() or self.message


def solve(problem: bytes, *, with_prices: bool, pulse: Pulse, timeout: float) -> Answer:
    """Solve a problem file in a child process.

    Raises SolverError with code `infeasible` (facts required, reachable, binding), `not_proved`, `timeout`,
    `bad_problem` or `crashed`; Stopped when `pulse` says so.
    """
    command = [sys.executable, "-m", "matching.engine", "solve", "-", *(["--prices"] if with_prices else [])]
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    with TemporaryFile() as given, TemporaryFile() as taken:
        given.write(problem)
        given.seek(0)
        with subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdin=given, stdout=taken, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                told = _attend(process, pulse, timeout)
            finally:
                process.kill()
        taken.seek(0)
        return _answer(process.returncode, taken.read(), told)


def _attend(process: subprocess.Popen[str], pulse: Pulse, timeout: float) -> _Told:
    """Listen until the process ends; give a pulse meanwhile."""
    assert process.stderr is not None
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_listen, args=(process.stderr, lines), daemon=True).start()
    told, end, next_pulse = _Told(), time.monotonic() + timeout, 0.0
    while True:
        try:
            line = lines.get(timeout=PULSE_SECONDS)
            if line is None:
                process.wait(timeout=PULSE_SECONDS * 20)
                return told
            told.hear(line)
        except queue.Empty:
            pass
        if time.monotonic() > end:
            raise SolverError("timeout", {"seconds": int(timeout)})
        if time.monotonic() >= next_pulse:
            next_pulse = time.monotonic() + PULSE_SECONDS
            if not pulse(told.level, told.rounds):
                raise Stopped


def _listen(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _answer(code: int, output: bytes, told: _Told) -> Answer:
    try:
        said = json.loads(output) if output else {}
    except ValueError:
        said = {}
    if code == INFEASIBLE and "infeasible" in said:
        raise SolverError("infeasible", said["infeasible"])
    if code == NOT_PROVED:
        raise SolverError("not_proved", said.get("proof"))
    if code == 0 and "plan" in said and "proof" in said:
        return Answer(said["plan"], said["proof"], said.get("prices"), told.seconds)
    raise SolverError("bad_problem" if code == 2 else "crashed", {"exit": code, "message": told.message})
