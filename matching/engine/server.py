"""The engine as a process that stays: ``python -m matching.engine.server`` solves one problem after another.

What loads slowly is loaded once. Standard input brings one line of JSON, {"arguments": as for the command,
"bytes": n}, and then the n bytes of the problem file; ["report", name] stands for `matching.engine.report`.
Standard output answers with lines of JSON: the command's progress, {"planned": {"plan", "proof"}} while its
prices are still to come, and at the end {"exit", "bytes", "error"} followed by the bytes the command would
have printed: the same input gives the same bytes.

It ends when its input closes, also in the middle of a solve, and when no request has come in a while.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

import numpy as np

from matching.engine.__main__ import Clock, options_of, run
from matching.engine.optimiser.objectives import solve
from matching.engine.prices import prices
from matching.engine.problem import Problem
from matching.engine.proof import verify
from matching.engine.report import report

IDLE_SECONDS: Final = 900.0


class StreamClock(Clock):
    """A clock that writes its lines on standard output, before the result."""

    def __init__(self, output: BinaryIO) -> None:
        super().__init__()
        self.output = output

    def planned(self, plan: dict[str, Any], proof: dict[str, Any]) -> None:
        """Tell the plan before it is priced: the other side can go on with it."""
        self.tell({"planned": {"plan": plan, "proof": proof}})

    def tell(self, event: dict[str, Any]) -> None:
        """Write one line."""
        self.output.write(json.dumps(event).encode() + b"\n")
        self.output.flush()


def serve(requests: BinaryIO, output: BinaryIO, *, idle: float = IDLE_SECONDS) -> None:
    """Serve until the input closes or nothing has come for `idle` seconds; one request waits for another."""
    while select.select([requests], [], [], idle)[0] and (line := requests.readline()):
        request = json.loads(line)
        problem = requests.read(request["bytes"])
        clock = StreamClock(output)
        with ended_by(requests):
            code, text, error = run_command(request["arguments"], clock, problem)
        result = text.encode()
        clock.tell({"exit": code, "bytes": len(result), "error": error})
        output.write(result)
        output.flush()


def run_command(arguments: list[str], clock: Clock, content: bytes) -> tuple[int, str, dict[str, str]]:
    """Run one command and return its exit code, what it would have printed, and what went wrong."""
    if arguments[0] == "report":
        return report(arguments[1], clock, content)
    return run(options_of(arguments), clock, content)


@contextmanager
def ended_by(requests: BinaryIO) -> Iterator[None]:
    """Let this process end at once when its input closes: a solve holds Python's lock, so no thread could.

    Nothing is due on the input meanwhile; the kernel's signal for it, whose default is the end, can only be
    its closing.
    """
    number = requests.fileno()
    flags = fcntl.fcntl(number, fcntl.F_GETFL)
    fcntl.fcntl(number, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(number, fcntl.F_SETFL, flags | os.O_ASYNC)
    try:
        yield
    finally:
        fcntl.fcntl(number, fcntl.F_SETFL, flags)


def warm_up() -> None:
    """Load what is loaded late, by solving something small on every path of a run."""
    one = np.ones(2, np.int64)
    problem = Problem(np.array([[2, 1], [1, 2]]), one, one)
    plan = solve(problem)
    verify(problem, plan)
    prices(problem, plan)


def main() -> None:
    """Serve on the standard streams; an interrupt meant for the parent's terminal does not end it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm_up()
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
