"""A linear or integer programme over a market's arcs, for limits that cross; by GLOP and CBC of OR-Tools."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from matching.engine.errors import EngineError
from matching.engine.frame import Int, inside
from matching.engine.optimiser import network
from matching.engine.optimiser.market import Market

WHOLE: Final = 1e-6


class Programme:
    """A linear or integer programme over the open arcs, with the bounds of rows, columns and limits.

    All solvers run alone on one thread, without a time limit, and give the same answer to the same programme.
    """

    def __init__(self, solver: str, market: Market, bounds: network.Bounds, low: Int, high: Int) -> None:
        network.refuse_clash()
        from ortools.linear_solver import pywraplp

        self.kind, self.low, self.high = pywraplp, low, high
        self.solver = pywraplp.Solver.CreateSolver(solver)
        if solver == "GLOP":
            self.solver.SetSolverSpecificParametersAsString("use_dual_simplex:true")
        make = self.solver.NumVar if solver == "GLOP" else self.solver.IntVar
        pool, frame = market.pool, market.frame
        self.open = np.flatnonzero(low < high)
        self.variables = [make(0.0, 1.0, "") for _ in range(len(self.open))]
        members = [inside(limit, pool.rows, pool.columns) for limit in frame.limits]
        in_limits = np.array([low[member].sum() for member in members], np.float64)
        self.used = np.bincount(pool.rows, low, frame.n), np.bincount(pool.columns, low, frame.m), in_limits
        self.rows = self._bounded(bounds.row_low, bounds.row_high, self.used[0])
        self.columns = self._bounded(bounds.column_low, bounds.column_high, self.used[1])
        self.limits = self._bounded(bounds.limit_low, bounds.limit_high, self.used[2])
        self.sums: list[Any] = []
        i, j = pool.rows[self.open].tolist(), pool.columns[self.open].tolist()
        for k, variable in enumerate(self.variables):
            self.rows[i[k]].SetCoefficient(variable, 1.0)
            self.columns[j[k]].SetCoefficient(variable, 1.0)
        for row, member in zip(self.limits, members, strict=True):
            for k in np.flatnonzero(member[self.open]).tolist():
                row.SetCoefficient(self.variables[k], 1.0)

    def _bounded(self, low: Int, high: Int, used: Int) -> list[Any]:
        bounds = zip((low - used).tolist(), (high - used).tolist(), strict=True)
        return [self.solver.Constraint(float(least), float(most)) for least, most in bounds]

    def add_sum(self, worth: Int, least: int, most: int) -> Any:
        """Hold the sum of worth (k,) · x between two numbers."""
        settled = int((worth * self.low).sum())
        row = self.solver.Constraint(float(least - settled), float(most - settled))
        for variable, coefficient in zip(self.variables, worth[self.open].tolist(), strict=True):
            if coefficient:
                row.SetCoefficient(variable, float(coefficient))
        self.sums.append(row)
        return row

    def aim(self, worth: Int) -> None:
        """Maximise worth (k,) · x."""
        objective = self.solver.Objective()
        objective.SetMaximization()
        for variable, coefficient in zip(self.variables, worth[self.open].tolist(), strict=True):
            objective.SetCoefficient(variable, float(coefficient))

    def optimum(self) -> Int | None:
        """Return the best values (open arcs,) of float, or None when the bounds cannot be met."""
        exact = self.kind.MPSolverParameters()
        exact.SetDoubleParam(exact.RELATIVE_MIP_GAP, 0.0)
        status = self.solver.Solve(exact)
        if status == self.kind.Solver.INFEASIBLE:
            return None
        if status != self.kind.Solver.OPTIMAL:
            raise EngineError(f"the programme ended with status {status}")
        return np.array([variable.solution_value() for variable in self.variables])

    def solved(self, worth: Int) -> Int | None:
        """Return x (k,) of float with the largest worth, settled arcs included, or None if infeasible."""
        self.aim(worth)
        values = self.optimum()
        if values is None:
            return None
        x = self.low.astype(np.float64)
        x[self.open] = values
        return x

    def allow_breaking(self, cost: float) -> None:
        """Let every bound be broken at a cost per unit, so that there always is a plan, and dual prices."""
        objective = self.solver.Objective()
        for row in (*self.rows, *self.columns, *self.limits, *self.sums):
            for sign in (-1.0, 1.0):
                if sign < 0 or row.lb() > 0 or row in self.sums:
                    slack = self.solver.NumVar(0.0, self.solver.infinity(), "")
                    row.SetCoefficient(slack, sign)
                    objective.SetCoefficient(slack, -cost)

    def prices(self, scale: int) -> tuple[list[Int], Int]:
        """Return the dual prices of rows, columns, limits, and of the sums, in parts of 1 / scale, rounded.

        A price below 0 means nothing where there is no minimum.
        """
        prices: list[Int] = []
        for part, used in zip((self.rows, self.columns, self.limits), self.used, strict=True):
            price = np.array([round(row.dual_value() * scale) for row in part], np.int64)
            least = np.array([row.lb() for row in part]) + used
            price[(price < 0) & (least <= 0)] = 0
            prices.append(price)
        return prices, np.array([round(row.dual_value() * scale) for row in self.sums], np.int64)


def whole(market: Market, bounds: network.Bounds, values: Int) -> Int | None:
    """Return the values as whole numbers, or None where they are not whole or break a bound."""
    pool, frame = market.pool, market.frame
    x = np.rint(values).astype(np.int64)
    counts = (
        (np.bincount(pool.rows, x, frame.n), bounds.row_low, bounds.row_high),
        (np.bincount(pool.columns, x, frame.m), bounds.column_low, bounds.column_high),
        (
            np.array([x[inside(limit, pool.rows, pool.columns)].sum() for limit in frame.limits]),
            bounds.limit_low,
            bounds.limit_high,
        ),
        (x, pool.low, pool.high),
    )
    good = np.abs(values - x).max(initial=0) < WHOLE
    good &= all(((low <= count) & (count <= high)).all() for count, low, high in counts)
    return x if good else None
