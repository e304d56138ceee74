"""The matching engine: exact, proven and explained plans from integers alone, without Django or a clock."""

from __future__ import annotations

import os

# Blocks are scored on two threads of our own. BLAS threads on top of them wait for each other in busy loops and make a
# loaded machine ten times slower. Only counts when numpy is not imported yet, as in the engine's own process.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from matching.engine.errors import EngineError, Infeasible, LibraryClash, NeedsResolve, ProblemError
from matching.engine.frame import LEVEL, NEVER, Cap, Frame
from matching.engine.optimiser.objectives import ObjectiveCost, compare_objectives, solve, solve_scored
from matching.engine.plan import Binding, LevelValue, Plan, Potentials, Proof
from matching.engine.prices import Move, Prices, Why, alternatives, price, prices, why
from matching.engine.problem import Problem
from matching.engine.proof import verify, verify_scored
from matching.engine.scores.breakdown import CriterionPoints, breakdown, coverage, rule
from matching.engine.scores.points import Scorer, score, scorer
from matching.engine.stability import BlockingPair, blocking_pairs, rank_late

__all__ = [
    "LEVEL",
    "NEVER",
    "Binding",
    "BlockingPair",
    "Cap",
    "CriterionPoints",
    "EngineError",
    "Frame",
    "Infeasible",
    "LevelValue",
    "LibraryClash",
    "Move",
    "NeedsResolve",
    "ObjectiveCost",
    "Plan",
    "Potentials",
    "Prices",
    "Problem",
    "ProblemError",
    "Proof",
    "Scorer",
    "Why",
    "alternatives",
    "blocking_pairs",
    "breakdown",
    "compare_objectives",
    "coverage",
    "price",
    "prices",
    "rank_late",
    "rule",
    "score",
    "scorer",
    "solve",
    "solve_scored",
    "verify",
    "verify_scored",
    "why",
]
