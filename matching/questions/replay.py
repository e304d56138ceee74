"""A computed run is computed again from its row alone, and is the same, byte for byte,
or says what differs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from matching.engine.records import canonical
from matching.models import MatchRun
from matching.questions import whatif
from matching.runs import NoInputs, digest_of, outcomes, solver, stored


class NothingToReplay(Exception):
    """The run has no stored problem and plan."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found: the digest of problem and plan as stored, and what differs, in codes.

    `differs` holds `input_digest`, `problem`, `plan` or `proof`; `from_inputs` says whether the run had its
    inputs too; `versions` are those that are not what they were, as (name, then, now).
    """

    digest: str
    differs: tuple[str, ...]
    from_inputs: bool
    versions: tuple[tuple[str, str, str], ...]


def replay_run(run: MatchRun) -> Replay:
    """Compute a run again, from its stored inputs and from its stored problem; nothing is written.

    Raises NothingToReplay, SolverError.
    """
    if run.plan is None or run.problem is None:
        raise NothingToReplay
    problem, plan, differs = bytes(run.problem), canonical(run.plan).encode(), []
    try:
        if digest_of(run) != run.input_digest:
            differs.append("input_digest")
        if whatif.problem_bytes(stored(run)) != problem:
            differs.append("problem")
        from_inputs = True
    except NoInputs:
        from_inputs = False
    answer = solver.solve(
        problem, with_prices=False, pulse=lambda level, rounds: True, timeout=solver.TIMEOUT_SECONDS
    )
    if canonical(answer.plan).encode() != plan:
        differs.append("plan")
    try:
        whatif.prove(problem, run.plan)
    except solver.SolverError:
        differs.append("proof")
    now = outcomes.versions()
    other = tuple(
        (name, then, now.get(name, ""))
        for name, then in sorted(run.versions.items())
        if now.get(name) != then
    )
    return Replay(hashlib.sha256(problem + b"\n" + plan).hexdigest(), tuple(differs), from_inputs, other)
