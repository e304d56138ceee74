"""The plain version: a double loop over pairs, one arc at a time, no proof and no prices."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from matching.engine.frame import Frame, Int
from matching.engine.problem import frame_of
from matching.engine.scores import lookup_tables
from matching.engine.scores.criteria import DEFAULT_WEIGHTS as W
from matching.engine.scores.criteria import TRAITS, CandidateFeatures, MunicipalityFeatures
from tests.bench.instances import instance

Record = dict[str, Any]


class Sides(Protocol):
    """Anything that holds both sides' features: a generated instance or the encoder's answer."""

    @property
    def rows(self) -> MunicipalityFeatures: ...

    @property
    def columns(self) -> CandidateFeatures: ...


def records(data: Sides) -> tuple[list[Record], list[Record]]:
    """Return both sides as plain dictionaries, as rows of a database would be."""
    rows, cols = data.rows, data.columns
    municipalities = [
        {
            "levels": rows.offer_level[i].tolist(),
            "horizons": (bool(rows.short_horizon[i]), bool(rows.long_horizon[i])),
            "wishes": [k for k, wish in enumerate(rows.wishes[i]) if wish],
            "size": int(lookup_tables.size_class(rows.population[i])),
            "traits": rows.traits[i].tolist(),
            "preference": int(rows.preference[i]),
            "refusal": int(rows.refusal[i]),
            "capacity": int(rows.short_term_capacity[i]),
            "languages": int(rows.languages[i]) if rows.languages_known[i] else None,
            "interpreter": bool(rows.interpreter[i]),
            "ties": rows.ties[i].tolist(),
            "contacts": bool(rows.contacts_known[i]),
            "waited": int(lookup_tables.wait_points(W.waiting // 2, rows.months_waited[i])),
        }
        for i in range(len(rows.codes))
    ]
    candidates = [
        {
            "needs": [
                (k, h, int(cols.needs[j, k, h])) for k in range(26) for h in (0, 1) if cols.needs[j, k, h]
            ],
            "teaches": set(cols.teaches[j].nonzero()[0].tolist()),
            "size": int(lookup_tables.size_class(cols.population[j])),
            "traits": cols.traits[j].tolist(),
            "category": int(cols.category[j]),
            "partners": int(cols.active_partners[j]),
            "unpartnered": int(lookup_tables.unpartnered_table(W.unpartnered, cols.active_partners[j])),
            "acute": int(cols.acute_needs[j]),
            "languages": int(cols.languages[j]) if cols.languages_known[j] else None,
            "interpreter": bool(cols.interpreter[j]),
            "oblast": int(cols.oblast[j]),
            "waited": int(lookup_tables.wait_points(W.waiting - W.waiting // 2, cols.months_waited[j])),
        }
        for j in range(len(cols.codes))
    ]
    return municipalities, candidates


def pair_points(a: Record, b: Record) -> int:
    """Return the points of one pair, -1 when a rule forbids it, written as one would write it first."""
    if a["refusal"] and a["refusal"] == b["category"]:
        return -1
    theme = sum(a["levels"][k] * share for k, h, share in b["needs"] if a["horizons"][h])
    if theme == 0:
        return -1
    points, known = theme + a["waited"] + b["waited"] + b["unpartnered"], W.theme + W.waiting
    known += W.unpartnered if b["partners"] >= 0 else 0
    for part, covered in (_likeness(a, b), _wishes(a, b), _language(a, b)):
        points, known = points + part, known + covered
    points += W.contact // 2 if a["ties"][b["oblast"]] else 0
    known += W.contact if a["contacts"] else 0
    return points if known * 10 >= lookup_tables.LOWEST_COVERAGE * 100 else -1


def _likeness(a: Record, b: Record) -> tuple[int, int]:
    size, trait = lookup_tables.size_points(W.likeness), lookup_tables.trait_points(W.likeness)
    both = a["size"] >= 0 and b["size"] >= 0
    points = max(0, 18 - abs(a["size"] - b["size"])) * size // 18 if both else size // 2
    known = size if both else 0
    for k in range(len(TRAITS)):
        if a["traits"][k] < 0 or b["traits"][k] < 0:
            points += trait // 2
        else:
            known += trait
            points += trait if a["traits"][k] == b["traits"][k] else 0
    return points, known


def _wishes(a: Record, b: Record) -> tuple[int, int]:
    points = known = 0
    if a["preference"] <= 0:
        points += W.category * 4 // 5
    elif a["preference"] == b["category"]:
        points += W.category
    known += W.category if a["preference"] >= 0 else 0
    if a["capacity"] < 0:
        points += W.short_term // 2
    else:
        points += W.short_term * int(lookup_tables.ACUTE_SIXTHS[a["capacity"]][b["acute"]]) // 6
        known += W.short_term
    if a["wishes"] and b["teaches"]:
        each, rest = divmod(W.reciprocity, len(a["wishes"]))
        points += sum(each + (place < rest) for place, k in enumerate(a["wishes"]) if k in b["teaches"])
        known += W.reciprocity
    else:
        points += W.reciprocity // 2
    return points, known


def _language(a: Record, b: Record) -> tuple[int, int]:
    if a["languages"] is None or b["languages"] is None:
        return W.language // 2, 0
    if a["languages"] & b["languages"]:
        return W.language, W.language
    return W.language // 2 if a["interpreter"] or b["interpreter"] else 0, W.language


def arc_by_arc(frame: Frame, points: Callable[[int, int], int]) -> list[tuple[int, int, int]]:
    """Return row, column and worth of each pair of a flow built and read arc by arc; caps and the war-zone bound as nodes."""
    from ortools.graph.python import min_cost_flow

    solver = min_cost_flow.SimpleMinCostFlow()
    n, m, caps = frame.n, frame.m, [limit for limit in frame.limits if limit.kind == "cap"]
    most = next(limit.at_most for limit in frame.limits if limit.kind == "total") or 0
    bound = next(limit for limit in frame.limits if limit.kind == "war_zone")
    war, matched, sink = (n + m + len(caps) + k for k in (1, 2, 3))
    add = solver.add_arc_with_capacity_and_unit_cost
    arcs: list[tuple[int, int, int, int]] = []
    for i in range(n):
        add(0, 1 + i, int(frame.row_capacity[i]), 0)
        worths = ((j, points(i, j)) for j in range(m))
        arcs += [(add(1 + i, 1 + n + j, 1, -worth), i, j, worth) for j, worth in worths if worth >= 0]
    for k, cap in enumerate(caps):
        assert cap.columns is not None
        assert bound.columns is not None
        assert cap.at_most is not None
        for j in cap.columns.nonzero()[0].tolist():
            add(1 + n + j, 1 + n + m + k, int(frame.column_capacity[j]), 0)
        inside = bool((cap.columns & bound.columns).any())
        add(1 + n + m + k, war if inside else matched, cap.at_most, 0)
    places = int(min(frame.row_capacity.sum(), frame.column_capacity.sum()))
    add(war, matched, places, 0)
    add(matched, sink, most - bound.at_least, 0)
    add(0, sink, places, 0)
    solver.set_node_supply(0, places)
    solver.set_node_supply(war, -bound.at_least)
    solver.set_node_supply(sink, -(places - bound.at_least))
    assert solver.solve() == solver.OPTIMAL
    return [(i, j, worth) for arc, i, j, worth in arcs if solver.flow(arc)]


class Node(NamedTuple):
    """A node as an object, as the matcher code this re-creates passes them about."""

    number: int
    place: int


def object_flow(frame: Frame, points: Int) -> int:
    """Return the optimum in the shape of openreview-matcher's SimpleSolver (written anew).

    That shape: nodes are named tuples, each cell of two numpy matrices is looked at by its coordinates, arcs gather in four
    lists whose types are checked before they are added one by one, and the answer is read back arc by arc, each end
    looked for among its side's nodes. Caps and the war-zone bound are ours; its own network has none.
    """
    from ortools.graph.python import min_cost_flow

    n, m, caps = frame.n, frame.m, [limit for limit in frame.limits if limit.kind == "cap"]
    most = next(limit.at_most for limit in frame.limits if limit.kind == "total") or 0
    bound = next(limit for limit in frame.limits if limit.kind == "war_zone")
    costs, allowed = np.where(points >= 0, -points, 0), np.where(points >= 0, 0, -1)
    count = iter(range(n + m + len(caps) + 4))
    source = Node(next(count), -1)
    row_nodes, column_nodes = (
        [Node(next(count), i) for i in range(n)],
        [Node(next(count), j) for j in range(m)],
    )
    cap_nodes = [Node(next(count), k) for k in range(len(caps))]
    war, matched, sink = (Node(next(count), -1) for _ in range(3))
    nodes = {
        node.number: node for node in (source, *row_nodes, *column_nodes, *cap_nodes, war, matched, sink)
    }
    tails: list[Node] = []
    heads: list[Node] = []
    capacities: list[int] = []
    unit_costs: list[int] = []

    def add_edge(tail: Node, head: Node, capacity: Any, cost: int) -> None:
        tails.append(tail)
        heads.append(head)
        capacities.append(int(capacity))
        unit_costs.append(cost)

    for row in row_nodes:
        add_edge(source, row, frame.row_capacity[row.place], 0)
    for row in row_nodes:
        for column in column_nodes:
            coordinates = (row.place, column.place)
            cost = int(costs[coordinates])
            if allowed[coordinates] == 0:
                add_edge(row, column, 1, cost)
    for k, cap in enumerate(caps):
        assert cap.columns is not None
        assert bound.columns is not None
        for j in cap.columns.nonzero()[0].tolist():
            add_edge(column_nodes[j], cap_nodes[k], frame.column_capacity[j], 0)
        add_edge(cap_nodes[k], war if (cap.columns & bound.columns).any() else matched, cap.at_most, 0)
    places = int(min(frame.row_capacity.sum(), frame.column_capacity.sum()))
    add_edge(war, matched, places, 0)
    add_edge(matched, sink, most - bound.at_least, 0)
    add_edge(source, sink, places, 0)
    assert all(isinstance(each, int) for each in capacities)
    assert all(isinstance(each, int) for each in unit_costs)
    solver = min_cost_flow.SimpleMinCostFlow()
    for k in range(len(tails)):
        solver.add_arc_with_capacity_and_unit_cost(
            tails[k].number, heads[k].number, capacities[k], unit_costs[k]
        )
    solver.set_node_supply(source.number, places)
    solver.set_node_supply(war.number, -bound.at_least)
    solver.set_node_supply(sink.number, -(places - bound.at_least))
    assert solver.solve() == solver.OPTIMAL
    return _read_back(solver, nodes, row_nodes, column_nodes)


def _read_back(solver: Any, nodes: dict[int, Node], rows: list[Node], columns: list[Node]) -> int:
    """Return what the flow is worth, filling a matrix of flows on the way."""
    flows, cost = np.zeros((len(rows), len(columns))), 0
    for k in range(solver.num_arcs()):
        cost += solver.flow(k) * solver.unit_cost(k)
        tail, head = nodes[solver.tail(k)], nodes[solver.head(k)]
        if tail in rows and head in columns:
            flows[tail.place, head.place] = solver.flow(k)
    return -cost


def main(what: str, n: int, m: int) -> None:
    """Time the plain version ('naive': scoring and flow; 'arcs', 'objects': the flow alone) and print JSON."""
    data = instance(n, m)
    frame = frame_of(n, m, **data.limits)
    if what == "naive":
        municipalities, candidates = records(data)
        begin, busy = time.perf_counter(), time.process_time()
        total = worth_of(arc_by_arc(frame, lambda i, j: pair_points(municipalities[i], candidates[j])))
    elif what == "arcs":
        known = data.problem().points.tolist()
        begin, busy = time.perf_counter(), time.process_time()
        total = worth_of(arc_by_arc(frame, lambda i, j: int(known[i][j])))
    else:
        points = data.problem().points
        begin, busy = time.perf_counter(), time.process_time()
        total = object_flow(frame, points)
    seconds, processor = time.perf_counter() - begin, time.process_time() - busy
    print(json.dumps({"seconds": seconds, "processor": processor, "total": total}))


def worth_of(pairs: list[tuple[int, int, int]]) -> int:
    """Return what pairs are worth together."""
    return sum(worth for _, _, worth in pairs)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
