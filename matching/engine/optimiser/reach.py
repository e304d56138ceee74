"""If the minimums are infeasible: the largest reachable total, by a maximum flow, and what binds."""

from __future__ import annotations

import numpy as np

from matching.engine.frame import Frame
from matching.engine.optimiser.network import Arcs, NoFlow, Shape, min_cost


def most_reachable(frame: Frame, shape: Shape, arcs: Arcs) -> tuple[int, int, tuple[str, ...]]:
    """Return the sum of all minimums, the most of it any flow on these arcs meets, and the codes that bind.

    Each group's arc is doubled: the part up to its minimum is worth 1, the rest nothing.
    """
    groups, m = len(shape.parent), frame.m
    node = np.arange(1, groups)
    limits = [frame.limits[k] for k in shape.limit_of[1:]]
    need = np.array([limit.at_least for limit in limits], np.int64)
    most = int(min(frame.row_capacity.sum(), frame.column_capacity.sum()))
    high = np.array(
        [most if limit.at_most is None else min(most, limit.at_most) for limit in limits], np.int64
    )
    on_rows = shape.on_rows[1:]
    tail = np.where(on_rows, shape.parent[1:], node)
    head = np.where(on_rows, node, shape.parent[1:])
    needed = np.minimum(need, high)
    rows, columns = groups + np.arange(frame.n), groups + frame.n + np.arange(m)
    tails = [rows[arcs.row], shape.row_node, columns, tail, tail]
    heads = [columns[arcs.column], rows, shape.column_node, head, head]
    highs = [arcs.high, frame.row_capacity, frame.column_capacity, needed, high - needed]
    lows = [arcs.low, *(np.zeros(len(part), np.int64) for part in highs[1:])]
    values = np.concatenate([np.zeros(len(part), np.int64) for part in highs])
    first = len(values) - 2 * len(need)
    values[first : first + len(need)] = 1
    ends = np.concatenate(tails), np.concatenate(heads)
    room = np.concatenate(lows), np.concatenate(highs)
    codes = tuple(sorted(limit.code for limit in limits if limit.at_most is not None or limit.at_least))
    try:
        flow = min_cost(*ends, *room, -values, groups + frame.n + m)
    except NoFlow:
        return int(need.sum()), 0, codes
    met = flow[first : first + len(need)]
    through = met + flow[first + len(need) :]
    binding = {limit.code for k, limit in enumerate(limits) if met[k] < need[k]}
    binding |= {
        limit.code
        for k, limit in enumerate(limits)
        if limit.at_most is not None and through[k] >= limit.at_most
    }
    return int(need.sum()), int(met.sum()), tuple(sorted(binding))
