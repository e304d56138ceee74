"""Every plan of a small problem, counted one by one: an oracle that shares nothing with the engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from matching.engine import Problem

Plans = npt.NDArray[np.bool_]


def all_plans(problem: Problem) -> Plans:
    """Return every allowed plan as (count, n, m) of bool."""
    frame, points = problem.frame, problem.points
    locked = np.zeros(points.shape, np.bool_)
    locked[frame.locked[:, 0], frame.locked[:, 1]] = True
    cells = np.argwhere(locked | (points >= frame.threshold))
    bits = (np.arange(2 ** len(cells))[:, None] >> np.arange(len(cells))) & 1
    plans = np.zeros((len(bits), *points.shape), np.bool_)
    plans[:, cells[:, 0], cells[:, 1]] = bits
    good = (plans.sum(axis=2) <= frame.row_capacity).all(axis=1) & (
        plans.sum(axis=1) <= frame.column_capacity
    ).all(axis=1)
    good &= plans[:, locked].all(axis=1)
    for limit in frame.limits:
        part = plans if limit.rows is None else plans[:, limit.rows]
        count = (part if limit.columns is None else part[:, :, limit.columns]).sum(axis=(1, 2))
        good &= count >= limit.at_least
        if limit.at_most is not None:
            good &= count <= limit.at_most
    if frame.war is not None:
        good &= 1000 * plans[:, :, frame.war].sum(axis=(1, 2)) >= frame.permille * plans.sum(axis=(1, 2))
    allowed: Plans = plans[good]
    return allowed


def rank(
    problem: Problem, plans: Plans, objective: str, band: int = 250, urgent: Any = None
) -> list[tuple[int, ...]]:
    """Return what each plan is worth under an objective, as tuples that compare as the objective does."""
    total = (plans * np.maximum(problem.points, 0)).sum(axis=(1, 2))
    pairs = plans.sum(axis=(1, 2))
    if objective == "total":
        return [(int(t),) for t in total]
    if objective == "partnerships":
        return list(zip(pairs.tolist(), total.tolist(), strict=True))
    if objective == "urgent_first":
        met = (plans & urgent).sum(axis=(1, 2))
        return list(zip(met.tolist(), pairs.tolist(), total.tolist(), strict=True))
    bands = range(int(problem.points.max()) // band + 1)
    rows = [-(plans & (problem.points // band == k)).sum(axis=(1, 2)) for k in bands]
    return [tuple(row) for row in np.stack([pairs, *rows, total], axis=1).tolist()]
