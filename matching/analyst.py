"""The engine's reports on a plan, asked for in a process of its own: nothing of it is solved in a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from tempfile import TemporaryFile
from typing import Any, Final

from matching.engine.records import canonical
from matching.solver import KEPT_VARIABLES, PROJECT, SolverError, Stopped

PULSE_SECONDS: Final = 0.5


def ask(what: str, *, problem: dict[str, Any], plan: dict[str, Any], still_wanted: Callable[[], bool], timeout: float) -> Any:
    """Return one report of `matching.engine.report` on a plan.

    `still_wanted` is called about twice a second; False stops the engine. Raises SolverError (`timeout`, `bad_problem`,
    `crashed`) or Stopped.
    """
    command = [sys.executable, "-m", "matching.engine.report", what]
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    with TemporaryFile() as given, TemporaryFile() as taken, TemporaryFile() as told:
        given.write(canonical({"problem": problem, "plan": plan}).encode())
        given.seek(0)
        with subprocess.Popen(command, cwd=PROJECT, env=environment, stdin=given, stdout=taken, stderr=told) as process:
            try:
                _wait(process, still_wanted, timeout)
            finally:
                process.kill()
        taken.seek(0)
        told.seek(0)
        return _answer(process.returncode, taken.read(), told.read())


def _wait(process: subprocess.Popen[bytes], still_wanted: Callable[[], bool], timeout: float) -> None:
    end = time.monotonic() + timeout
    while True:
        try:
            process.wait(PULSE_SECONDS)
            return
        except subprocess.TimeoutExpired:
            if time.monotonic() > end:
                raise SolverError("timeout", {"seconds": int(timeout)}) from None
            if not still_wanted():
                raise Stopped from None


def _answer(code: int, output: bytes, told: bytes) -> Any:
    if code == 0:
        return json.loads(output)
    last = told.decode(errors="replace").strip().splitlines()[-1:]
    raise SolverError("bad_problem" if code == 2 else "crashed", {"exit": code, "message": "".join(last)})
