"""The residual graph of a flow: what may still move, what that costs, and shortest distances in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.engine.frame import Int


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """Hold the residual graph of a flow: nodes 0…g groups, then rows, then columns, as arc lists by kind."""

    nodes: int
    rows: Int
    first: Int
    tail_rows: Int
    heads: Int
    costs: Int
    other_tail: Int
    other_head: Int
    other_cost: Int

    def even_arcs(self, potentials: Int) -> tuple[Int, Int]:
        """Return tails and heads of the arcs whose reduced cost is 0."""
        tail = np.concatenate(
            [np.repeat(self.tail_rows, np.diff(self.first, append=len(self.heads))), self.other_tail]
        )
        head = np.concatenate([self.heads, self.other_head])
        cost = np.concatenate([self.costs, self.other_cost])
        even = cost + potentials[tail] - potentials[head] == 0
        return tail[even], head[even]

    def turned(self) -> Residual:
        """Return the graph with every arc turned round."""
        order = np.argsort(short(self.heads), kind="stable")
        ends, run = runs_of(self.heads[order])
        first = np.searchsorted(run, np.arange(len(ends)))
        counts = np.diff(self.first, append=len(self.heads))
        return Residual(
            nodes=self.nodes,
            rows=self.rows,
            first=first,
            tail_rows=ends,
            heads=np.repeat(self.tail_rows, counts)[order],
            costs=self.costs[order],
            other_tail=self.other_head,
            other_head=self.other_tail,
            other_cost=self.other_cost,
        )

    def distances_to(self, start: Int) -> Int:
        """Return min over paths v → t of cost + start[t], (nodes,) of int64: potentials for any `start`.

        Bellman and Ford's algorithm, alternating the many arcs row → column (one reduction per row) with the
        others.
        """
        distance = start.copy()
        while True:
            before = distance.copy()
            np.minimum.at(distance, self.other_tail, self.other_cost + distance[self.other_head])
            if len(self.heads):
                best = np.minimum.reduceat(self.costs + distance[self.heads], self.first)
                distance[self.tail_rows] = np.minimum(distance[self.tail_rows], best)
            if np.array_equal(before, distance):
                return distance


def runs_of(rows: Int) -> tuple[Int, Int]:
    """Return the different values of sorted rows, and which of them each is: `np.unique` without its sort."""
    starts = np.ones(len(rows), np.bool_)
    np.not_equal(rows[1:], rows[:-1], out=starts[1:])
    return rows[starts], np.cumsum(starts) - 1


def short(values: Int) -> Int:
    """Return whole numbers from 0 in two bytes where they fit: they sort by radix, several times as fast."""
    return values.astype(np.uint16) if values.max(initial=0) < 2**16 else values
