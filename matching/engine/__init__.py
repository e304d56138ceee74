"""The matching engine: exact, proven and explained plans from integers alone, without Django or a clock.

Our words and the textbook's:

    pair, row, column   arc of a bipartite network, from a municipality to a candidate; x is 0 or 1
    price, potential    dual price (shadow price) of a capacity or a limit
    profit              minus the reduced cost: what a pair is worth in a level beyond its price
    pool, market        restricted master problem: the arcs the solver knows; a pair that pays is priced in
    pricing round       iteration of column generation (optimiser/column_generation.py)
    level               lexicographic level: a later one chooses among the optima of those before it
    frame, shape        right-hand sides; laminar families of caps, which keep it a min-cost network flow
    crossing limits     caps that are not laminar: linear relaxation, integer programme, branching into cases
    box, case           part of the plans with a bound of its own: a leaf of the branching tree
    certificate         dual prices whose bound is the plan's own value (weak duality); proof.py checks it
    force, ban, why     exact cost of fixing x at 1 or at 0: a shortest cycle in the residual graph
"""

from __future__ import annotations

import os

# Blocks are scored on two threads of our own. BLAS threads on top of them wait for each other in busy loops
# and make a loaded machine ten times slower. Only counts when numpy is not imported yet, as in the engine's
# own process.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from matching.engine.errors import EngineError, Infeasible, LibraryClash, NeedsResolve, ProblemError
from matching.engine.frame import LEVEL, NEVER, Cap, Frame
from matching.engine.optimiser.objectives import ObjectiveCost, compare_objectives, solve, solve_scored
from matching.engine.plan import Binding, LevelValue, Plan, Potentials, Proof
from matching.engine.prices import Move, Prices, Why, alternatives, price, prices, why
from matching.engine.problem import Problem
from matching.engine.proof import verify, verify_scored
from matching.engine.scores.criterion_breakdown import CriterionPoints, breakdown, coverage, rule
from matching.engine.scores.criterion_points import Scorer, score, scorer
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
