"""A run is reproducible from what it stores: what it read, the problem, the proven plan,
and its proposals.
"""

from __future__ import annotations

from matching.runs import computations, outcomes, solver
from matching.runs.analyses import NoPlan
from matching.runs.inputs import NoInputs, Stored, digest_of, stored
from matching.runs.problems import problem_file
from matching.runs.solver import SolverError

__all__ = [
    "NoInputs",
    "NoPlan",
    "SolverError",
    "Stored",
    "computations",
    "digest_of",
    "outcomes",
    "problem_file",
    "solver",
    "stored",
]
