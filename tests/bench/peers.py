"""Other libraries on the same instances, each run in a process of its own; points and limits come from a file."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Data = dict[str, Any]
Answer = tuple[int, str]


def load(file: Path) -> Data:
    """Return points, capacities, and per cap its columns and size; the war-zone bound stands last, as a minimum."""
    with np.load(file) as arrays:
        data = {name: arrays[name] for name in arrays.files}
    cells = np.argwhere(data["points"] >= 0)
    return data | {"i": cells[:, 0], "j": cells[:, 1], "worth": data["points"][cells[:, 0], cells[:, 1]]}


def rows_of(data: Data) -> tuple[Any, Any, Any]:
    """Return all limits over the allowed pairs as a sparse matrix with lower and upper bounds."""
    from scipy.sparse import coo_matrix, vstack

    pairs = np.arange(len(data["i"]))
    one = np.ones(len(pairs))
    n, m = data["points"].shape
    rows = coo_matrix((one, (data["i"], pairs)), (n, len(pairs)))
    columns = coo_matrix((one, (data["j"], pairs)), (m, len(pairs)))
    caps = coo_matrix((one, (data["oblast"][data["j"]], pairs)), (len(data["at_most"]), len(pairs)))
    total = coo_matrix(one[None, :])
    war = coo_matrix(data["war"][data["j"]].astype(np.float64)[None, :])
    low = np.concatenate([np.zeros(n + m + len(data["at_most"]) + 1), [float(data["at_least"])]])
    high = np.concatenate(
        [data["row_capacity"], data["column_capacity"], data["at_most"], [data["total"]], [np.inf]]
    )
    return vstack([rows, columns, caps, total, war]).tocsr(), low, high


def scipy_milp(data: Data, integral: bool = True) -> Answer:
    """Solve the integer programme by SciPy's HiGHS."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    matrix, low, high = rows_of(data)
    kind = np.full(len(data["worth"]), int(integral))
    found = milp(
        -data["worth"].astype(float),
        constraints=LinearConstraint(matrix, low, high),
        bounds=Bounds(0, 1),
        integrality=kind,
    )
    return round(-float(found.fun)), ""


def linprog(data: Data, method: str) -> Answer:
    """Solve the linear relaxation by SciPy's HiGHS."""
    from scipy.optimize import linprog as solve

    matrix, low, high = rows_of(data)
    upper = matrix[:-1]
    found = solve(
        -data["worth"].astype(float),
        A_ub=_stacked(upper, -matrix[-1:]),
        b_ub=np.concatenate([high[:-1], [-low[-1]]]),
        bounds=(0, 1),
        method=method,
    )
    return round(-float(found.fun)), "relaxation"


def _stacked(upper: Any, lower: Any) -> Any:
    from scipy.sparse import vstack

    return vstack([upper, lower]).tocsr()


def highs(data: Data, method: str) -> Answer:
    """Solve the linear relaxation by highspy."""
    import highspy

    matrix, low, high = rows_of(data)
    matrix = matrix.tocsc()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = matrix.shape[1], matrix.shape[0]
    model.col_cost_ = -data["worth"].astype(np.float64)
    model.col_lower_, model.col_upper_ = np.zeros(model.num_col_), np.ones(model.num_col_)
    model.row_lower_, model.row_upper_ = low, np.where(np.isinf(high), highspy.kHighsInf, high)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = (
        matrix.indptr,
        matrix.indices,
        matrix.data,
    )
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("solver", method)
    solver.passModel(model)
    solver.run()
    return round(-solver.getInfo().objective_function_value), "relaxation"


def assignment(data: Data) -> Answer:
    """Solve the assignment problem on copies of each line, one per place: the usual advice, and wrong here."""
    from scipy.optimize import linear_sum_assignment

    rows = np.repeat(np.arange(len(data["row_capacity"])), data["row_capacity"])
    columns = np.repeat(np.arange(len(data["column_capacity"])), data["column_capacity"])
    points = np.maximum(data["points"], 0)[rows][:, columns]
    i, j = linear_sum_assignment(points, maximize=True)
    pairs = np.stack([rows[i], columns[j]], axis=1)
    twice = len(pairs) - len(np.unique(pairs, axis=0))
    over = np.maximum(
        np.bincount(data["oblast"][pairs[:, 1]], minlength=len(data["at_most"])) - data["at_most"], 0
    ).sum()
    return int(points[i, j].sum()), f"infeasible: {twice} pairs booked twice, {over} over the caps"


def network_simplex(data: Data) -> Answer:
    """Solve the flow by networkx."""
    import networkx as nx

    graph = nx.DiGraph()
    places = int(min(data["row_capacity"].sum(), data["column_capacity"].sum()))
    bound = int(data["at_least"])
    graph.add_node("s", demand=-places)
    graph.add_node("t", demand=places - bound)
    graph.add_node("war", demand=bound)
    graph.add_edge("s", "t", capacity=places, weight=0)
    graph.add_edge("war", "matched", capacity=places, weight=0)
    graph.add_edge("matched", "t", capacity=int(data["total"]) - bound, weight=0)
    for i, places_here in enumerate(data["row_capacity"].tolist()):
        graph.add_edge("s", ("r", i), capacity=places_here, weight=0)
    for i, j, worth in zip(data["i"].tolist(), data["j"].tolist(), data["worth"].tolist(), strict=True):
        graph.add_edge(("r", i), ("c", j), capacity=1, weight=-worth)
    for j, places_here in enumerate(data["column_capacity"].tolist()):
        graph.add_edge(("c", j), ("o", int(data["oblast"][j])), capacity=places_here, weight=0)
    for k, most in enumerate(data["at_most"].tolist()):
        inside = bool(data["war"][data["oblast"] == k].any())
        graph.add_edge(("o", k), "war" if inside else "matched", capacity=most, weight=0)
    return -int(nx.network_simplex(graph)[0]), ""


def pulp_cbc(data: Data) -> Answer:
    """Solve the integer programme by PuLP with CBC."""
    import pulp

    model = pulp.LpProblem("pairs", pulp.LpMaximize)
    x = [pulp.LpVariable(f"x{k}", cat="Binary") for k in range(len(data["i"]))]
    model += pulp.LpAffineExpression(zip(x, data["worth"].tolist(), strict=True))
    matrix, low, high = rows_of(data)
    for r in range(matrix.shape[0]):
        members = matrix.indices[matrix.indptr[r] : matrix.indptr[r + 1]]
        if len(members):
            used = pulp.lpSum(x[k] for k in members if matrix[r, k])
            model += (used >= low[r]) if np.isinf(high[r]) else (used <= high[r])
    model.solve(pulp.PULP_CBC_CMD(msg=False))
    return round(pulp.value(model.objective)), ""


PEERS: dict[str, Callable[[Data], Answer]] = {
    "scipy milp (HiGHS)": scipy_milp,
    "scipy linprog highs-ds": lambda data: linprog(data, "highs-ds"),
    "scipy linprog highs-ipm": lambda data: linprog(data, "highs-ipm"),
    "highspy LP simplex": lambda data: highs(data, "simplex"),
    "highspy LP ipm": lambda data: highs(data, "ipm"),
    "scipy assignment on copies": assignment,
    "networkx network_simplex": network_simplex,
    "PuLP CBC": pulp_cbc,
}


def main(name: str, file: Path) -> None:
    """Run one peer and print JSON."""
    data = load(file)
    begin, busy = time.perf_counter(), time.process_time()
    total, note = PEERS[name](data)
    seconds, processor = time.perf_counter() - begin, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "seconds": seconds,
                "processor": processor,
                "total": total,
                "note": note,
                "peak_mib": round(peak),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
