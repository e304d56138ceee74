"""The matching engine: exact, proven and explained plans from integers alone, without Django or a clock."""

from matching.engine.objectives import solve, solve_scored
from matching.engine.problem import (
    LEVEL,
    NEVER,
    Binding,
    Cap,
    EngineError,
    Frame,
    Infeasible,
    LevelValue,
    LibraryClash,
    NeedsResolve,
    NotProved,
    Plan,
    Potentials,
    Problem,
    ProblemError,
    Proof,
)
from matching.engine.proof import verify, verify_scored

__all__ = [
    "LEVEL", "NEVER", "Binding", "Cap", "EngineError", "Frame", "Infeasible", "LevelValue", "LibraryClash",
    "NeedsResolve", "NotProved", "Plan", "Potentials", "Problem", "ProblemError", "Proof", "solve", "solve_scored",
    "verify", "verify_scored",
]
