"""A war-zone share, exactly: split by how many pairs lie outside, each part a network, until none can win."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matching.engine.errors import Infeasible, ProblemError
from matching.engine.frame import Frame, war_needed, with_box
from matching.engine.optimiser.levels import share_level, tie_break
from matching.engine.optimiser.search import Search, climb
from matching.engine.optimiser.solution import plan_of
from matching.engine.plan import Box, Plan


def solve_share(search: Search, frame: Frame) -> Plan:
    """Return the best plan that meets the share, with one box per case: together they cover every plan.

    A plan with o pairs outside needs ``war_needed(o)`` in the war zone. Boxes [low, high] relax that to what
    `low` needs; where the best plan of a box breaks the share, the box is cut so that both halves exclude it.

    Raises
    ------
    Infeasible
        when the minimums and the share cannot be met together.
    """
    if frame.war is None:
        raise ProblemError("in_war_zone: needed for a share")
    todo = [(0, 0 if frame.permille == 1000 else int(frame.column_capacity[~frame.war].sum()))]
    boxes: list[Box] = []
    best: tuple[tuple[int, ...], Plan] | None = None
    rounds, closed = 0, True
    while todo:
        low, high = todo.pop()
        try:
            boxed = with_box(frame, low, high)
            climbed = search.climb(boxed)
        except Infeasible:
            box, sure = _empty_box(search, frame, low, high)
            boxes.append(box)
            closed = closed and sure
            continue
        rounds += climbed.rounds
        plan = plan_of(boxed, climbed, search)
        rank = tuple(level.value for level in climbed.values)
        war = int(frame.war[plan.pairs[:, 1]].sum())
        if (best is None or rank > best[0]) and 1000 * war >= frame.permille * len(plan.pairs):
            best = rank, plan
        if best is not None and rank <= best[0]:
            boxes.append(Box(low, high, "bound", plan.potentials, plan.cases))
            closed = closed and plan.proved
            continue
        cut = _most_outside(war, frame.permille)
        todo += [(cut + 1, high), (low, cut)]
    if best is None:
        raise _out_of_reach(search, frame)
    return _assembled(frame, best[1], tuple(sorted(boxes, key=lambda box: box.low)), rounds, closed)


def _most_outside(war: int, permille: int) -> int:
    """Return the most pairs outside that `war` pairs in the war zone allow."""
    outside = war * (1000 - permille) // permille
    assert war_needed(outside, permille) <= war < war_needed(outside + 1, permille)
    return outside


def _empty_box(search: Search, frame: Frame, low: int, high: int) -> tuple[Box, bool]:
    """Return the proof that a box holds no plan, and whether it closes (on a network it always does).

    Either the most war-zone pairs or the fewest others miss what the box asks. When not even the plain limits
    can be met, that `Infeasible` goes on to the caller.
    """
    for kind in ("war", "outside"):
        market = search.market(with_box(frame, low, high, kind))
        try:
            climbed = climb(market, [share_level(frame, kind), tie_break(frame)])
        except Infeasible:
            if kind == "outside":
                raise
            continue
        beaten = climbed.values[0].bound < (war_needed(low, frame.permille) if kind == "war" else -high)
        if beaten or kind == "outside":
            prices = () if market.crossing else climbed.prices[:1]
            return Box(low, high, kind, prices, climbed.cases[:1]), beaten
    raise AssertionError


def _out_of_reach(search: Search, frame: Frame) -> Infeasible:
    """Return how many war-zone pairs the fewest possible others need, and how many there can be beside."""
    counts: list[int] = []
    for kind, high in (("outside", 0), ("war", None)):
        market = search.market(with_box(frame, 0, -counts[0] if high is None else high, kind))
        counts.append(climb(market, [share_level(frame, kind), tie_break(frame)]).values[0].value)
    outside, war = -counts[0], counts[1]
    needed = outside + war + 1 if frame.permille == 1000 else war_needed(outside, frame.permille)
    return Infeasible(needed, war, ("war_zone_share",))


def _assembled(frame: Frame, plan: Plan, boxes: tuple[Box, ...], rounds: int, closed: bool) -> Plan:
    """Return the plan with its boxes; only the frame's own limits bind, not those of the box it lies in."""
    codes = {limit.code for limit in frame.limits}
    return replace(
        plan,
        method="share",
        cases=(),
        boxes=boxes,
        rounds=rounds,
        proved=closed,
        binding=tuple(replace(limit, worth=None) for limit in plan.binding if limit.code in codes),
        pairs=np.ascontiguousarray(plan.pairs),
    )
