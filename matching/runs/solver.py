"""The engine at work in a process of its own: a solve never holds up a page,
and dies without taking anything along.

Loading the optimiser takes longer than a solve, so one process stays warm behind each worker process. It is
checked out by one thread at a time; whoever finds it taken, lost or stopped starts another one.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final

PROJECT: Final = Path(__file__).resolve().parents[2]
INFEASIBLE, NOT_PROVED = 3, 4
PULSE_SECONDS: Final = 0.5
TIMEOUT_SECONDS: Final = 600.0
MOST_SOLVES: Final = 200
"""After that many a process is replaced: what it may have gathered in memory goes with it."""
KEPT_VARIABLES: Final = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
    "TMPDIR",
    "VIRTUAL_ENV",
)
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
class Solution:
    """What the engine printed: plan and proof as records, prices when asked for,
    and its own seconds per step.
    """

    plan: dict[str, Any]
    proof: dict[str, Any]
    prices: dict[str, Any] | None
    seconds: dict[str, float]


def _nothing(*arguments: Any) -> None:
    """Do nothing beside the engine."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What this side does while the engine works: when the problem is `sent`,
    and with the plan while it is being priced.

    Both are done again when an engine was lost and another one asked. Without prices `planned` is never
    called.
    """

    sent: Callable[[], None] = _nothing
    planned: Callable[[dict[str, Any]], None] = _nothing


@dataclass(slots=True)
class _Progress:
    """What the engine told so far: where it is, its plan, its seconds, and at the end how it went."""

    level: str = ""
    rounds: int = 0
    planned: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    end: dict[str, Any] = field(default_factory=dict)

    def hear(self, line: bytes) -> None:
        """Take in one line."""
        message = json.loads(line)
        self.level, self.rounds = message.get("progress", self.level), message.get("round", self.rounds)
        self.planned = message.get("planned", self.planned)
        self.seconds = message["seconds"] if isinstance(message.get("seconds"), dict) else self.seconds
        self.end = message if "exit" in message else {}


class _Lost(Exception):
    """The process ended without an answer; the text is the last it said."""


class _Engine:
    """One engine process and the pipes to it; used by one thread at a time."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        self.complaints = TemporaryFile()  # noqa: SIM115 # lives as long as the process
        self.process = subprocess.Popen(
            [sys.executable, "-m", "matching.engine.server"],
            cwd=PROJECT,
            env=environment,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.given: IO[bytes] = self.process.stdin
        self.taken: IO[bytes] = self.process.stdout
        os.set_blocking(self.given.fileno(), False)
        os.set_blocking(self.taken.fileno(), False)
        self.solves = 0

    @property
    def alive(self) -> bool:
        """Return whether the process can be asked."""
        return self.process.poll() is None

    def ask(
        self, arguments: list[str], problem: bytes, pulse: Pulse, timeout: float, beside: Beside
    ) -> tuple[_Progress, bytes]:
        """Send a problem, listen until the answer is complete, and give a pulse meanwhile."""
        self.solves += 1
        asked = json.dumps({"arguments": arguments, "bytes": len(problem)}).encode() + b"\n" + problem
        progress, heard, end, next_pulse, left = (
            _Progress(),
            bytearray(),
            time.monotonic() + timeout,
            0.0,
            memoryview(asked),
        )
        while not (progress.end and len(heard) == progress.end["bytes"]):
            readable, writable, _ = select.select(
                [self.taken], [self.given] if left else [], [], PULSE_SECONDS
            )
            if writable:
                left = left[self._write(left) :]
                if not left:
                    beside.sent()
            if readable:
                was_planned = bool(progress.planned)
                heard += self._read()
                while not progress.end and (stop := heard.find(b"\n")) >= 0:
                    progress.hear(bytes(heard[:stop]))
                    del heard[: stop + 1]
                if progress.planned and not was_planned:
                    beside.planned(progress.planned["plan"])
            if time.monotonic() > end:
                raise SolverError("timeout", {"seconds": int(timeout)})
            if (progress.level or not (readable or writable)) and time.monotonic() >= next_pulse:
                next_pulse = time.monotonic() + PULSE_SECONDS
                if not pulse(progress.level, progress.rounds):
                    raise Stopped
        return progress, bytes(heard)

    def _write(self, content: memoryview) -> int:
        try:
            return os.write(self.given.fileno(), content)
        except BrokenPipeError:
            raise _Lost(self._last_words()) from None

    def _read(self) -> bytes:
        content = os.read(self.taken.fileno(), 1 << 20)
        if not content:
            raise _Lost(self._last_words())
        return content

    def _last_words(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=PULSE_SECONDS)
        self.complaints.seek(0)
        lines = self.complaints.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"ended with {self.process.returncode}"

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.wait()
        self.close()

    def close(self) -> None:
        """Close this side's ends; an engine that waits takes that as its end."""
        for end in (self.given, self.taken, self.complaints):
            end.close()


class _Stand:
    """Keeps one idle engine between solves."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.idle: _Engine | None = None
        self.live: set[_Engine] = set()

    @contextmanager
    def engine(self, *, fresh: bool = False) -> Iterator[_Engine]:
        """Lend an engine, the warm one when it is there; it comes back only from a solve that went well."""
        with self.lock:
            lent, self.idle = (self.idle, None) if not fresh else (None, self.idle)
        if lent is not None and not lent.alive:
            self._drop(lent)
            lent = None
        if lent is None:
            lent = _Engine()
            self.live.add(lent)
        try:
            yield lent
        except BaseException:
            self._drop(lent)
            raise
        with self.lock:
            is_reused = self.idle is None and lent.solves < MOST_SOLVES
            self.idle = lent if is_reused else self.idle
        if not is_reused:
            self._drop(lent)

    def stop(self) -> None:
        """End the idle engine, if there is one."""
        with self.lock:
            idle, self.idle = self.idle, None
        if idle is not None:
            self._drop(idle)

    def _drop(self, engine: _Engine) -> None:
        self.live.discard(engine)
        engine.stop()

    def forget(self) -> None:
        """Let go of the parent's engines in a forked child: they answer the parent,
        and end when it alone is gone.
        """
        for engine in self.live:
            engine.process.returncode = 0
            engine.close()
        self.__init__()  # type: ignore[misc] # a new lock too: the parent's may have been held by another thread


_stand: Final = _Stand()
os.register_at_fork(after_in_child=_stand.forget)
atexit.register(_stand.stop)


def solve(
    problem: bytes, *, with_prices: bool, pulse: Pulse, timeout: float, beside: Beside = Beside()
) -> Solution:
    """Solve a problem file in a child process.

    Raises SolverError with code `infeasible` (facts required, reachable, binding), `not_proved`, `timeout`,
    `bad_problem` or `crashed`; Stopped when `pulse` says so.
    """
    arguments = ["solve", "-", *(["--alternatives"] if with_prices else [])]
    progress, output = _asked(arguments, problem, pulse, timeout, beside)
    return Solution(output["plan"], output["proof"], output.get("prices"), progress.seconds)


def ask(arguments: list[str], problem: bytes, *, pulse: Pulse, timeout: float) -> Any:
    """Return what another command of `matching.engine.server` prints about what is given;
    raises as `solve` does.
    """
    return _asked(arguments, problem, pulse, timeout, Beside())[1]


def _asked(
    arguments: list[str], problem: bytes, pulse: Pulse, timeout: float, beside: Beside
) -> tuple[_Progress, Any]:
    begin = time.monotonic()
    try:
        with _stand.engine() as engine:
            progress, output = engine.ask(arguments, problem, pulse, timeout, beside)
    except _Lost:
        # It may have died of something older than this problem: only a new process can say.
        try:
            with _stand.engine(fresh=True) as engine:
                progress, output = engine.ask(
                    arguments, problem, pulse, timeout - (time.monotonic() - begin), beside
                )
        except _Lost as lost:
            raise SolverError("crashed", {"message": str(lost)}) from None
    return progress, _result(progress, output)


def stop() -> None:
    """End the process that is kept warm; the next solve starts another."""
    _stand.stop()


def _result(progress: _Progress, output: bytes) -> Any:
    code = progress.end["exit"]
    result = json.loads(output) if output else {}
    if code == INFEASIBLE:
        raise SolverError("infeasible", result["infeasible"])
    if code == NOT_PROVED:
        raise SolverError("not_proved", result.get("proof"))
    if code:
        raise SolverError("bad_problem", {"exit": code, "message": progress.end["error"]["message"]})
    return result
