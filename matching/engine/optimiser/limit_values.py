"""The marginal value of a limit, and whether another optimum exists: both read off the residual graph."""

from __future__ import annotations

from typing import Final

import numpy as np

from matching.engine.frame import Int
from matching.engine.optimiser.network import Flow, Shape
from matching.engine.optimiser.residual import Residual

UNREACHED: Final = 2**60


class LimitValues:
    """What one more unit of a limit would gain, exactly, from shortest paths in the residual graph of a flow.

    A dual price (shadow price) is only a bound where the optimum is degenerate; the shortest cycle is the
    gain itself.
    """

    def __init__(self, shape: Shape, flow: Flow) -> None:
        self.shape, self.residual = shape, flow.residual
        self.turned: Residual | None = None
        self.to_node: dict[tuple[int, bool], Int] = {}

    def of_one(self, limit: int, step: int) -> int | None:
        """Return the gain if a limit were one higher (`step` 1) or its minimum one lower (-1).

        None off the network, where there is no residual graph.

        The extra unit closes a cycle through the limit's arc: the cheapest way back through the residual
        graph pays it.
        """
        if self.residual is None:
            return None
        node = int(np.flatnonzero(self.shape.limit_of == limit)[0])
        away = bool(self.shape.on_rows[node] != (step > 0))
        back = int(self._distances(int(self.shape.parent[node]), away)[node])
        return max(0, -back) if back < UNREACHED // 2 else 0

    def _distances(self, node: int, away: bool) -> Int:
        """Return the distances from all nodes to `node`, or away from it.

        Those of one parent serve all its limits.
        """
        if (node, away) not in self.to_node and self.residual is not None:
            if away and self.turned is None:
                self.turned = self.residual.turned()
            graph = self.turned if away and self.turned else self.residual
            start = np.full(graph.nodes, UNREACHED, np.int64)
            start[node] = 0
            self.to_node[node, away] = graph.distances_to(start)
        return self.to_node[node, away]


def has_other_optimum(flow: Flow) -> bool | None:
    """Return whether another flow is worth exactly as much: a cycle of cost 0 in the residual graph.

    Arcs of limits and capacities that can move both ways join their ends to one node (they form a tree, so
    that alone is no cycle); what is left has one direction each, and a cycle is what survives peeling off
    ends without arrivals.
    """
    if flow.residual is None:
        return None
    tail, head = flow.residual.even_arcs(flow.potentials)
    nodes = flow.residual.nodes
    both = np.isin(tail * nodes + head, head * nodes + tail)
    label = _merged(nodes, tail[both], head[both])
    tail, head = label[tail[~both]], label[head[~both]]
    while len(tail):
        arrives = np.zeros(nodes, np.bool_)
        arrives[head] = True
        keep = arrives[tail]
        if keep.all():
            return True
        tail, head = tail[keep], head[keep]
    return False


def _merged(nodes: int, tail: Int, head: Int) -> Int:
    """Return the lowest node number of each node's connected component."""
    label = np.arange(nodes)
    while True:
        before = label.copy()
        np.minimum.at(label, tail, label[head])
        label = label[label]
        if np.array_equal(before, label):
            return label
