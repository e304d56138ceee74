"""Problems and plans as JSON: codes in, codes out, sorted, so that the same result has the same bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from matching.engine.errors import ProblemError
from matching.engine.frame import Cap, Int, Mask
from matching.engine.optimiser.levels import LEXIMIN_BAND
from matching.engine.plan import Binding, Box, Case, LevelValue, Plan, Potentials, Proof
from matching.engine.prices import Prices, alternatives
from matching.engine.problem import Problem

DTYPES: Final = ("bool", "int8", "int16", "int32", "int64")
PROBLEM_KEYS: Final = frozenset(
    {
        "points",
        "pairs",
        "row_codes",
        "column_codes",
        "row_capacity",
        "column_capacity",
        "caps",
        "in_war_zone",
        "war_zone_at_least",
        "war_zone_share_permille",
        "total_at_most",
        "locked",
        "threshold",
        "seed",
        "objective",
        "leximin_band",
        "urgent",
    }
)


class Order:
    """The order of codes in a file, and the sorted one the engine works in."""

    def __init__(self, name: str, codes: Sequence[str]) -> None:
        if len(set(codes)) != len(codes) or not all(isinstance(code, str) for code in codes):
            raise ProblemError(f"{name}: expected different codes")
        self.name = name
        self.codes = sorted(codes)
        self.sort: Int = np.array(sorted(range(len(codes)), key=codes.__getitem__), np.int64)
        self.index = {code: k for k, code in enumerate(self.codes)}

    def of(self, field: str, code: Any) -> int:
        """Return the index of a code in the sorted order."""
        if code not in self.index:
            raise ProblemError(f"{field}: {code!r} is not among {self.name}")
        return self.index[code]

    def line(self, field: str, values: Any) -> Any:
        """Return a list in file order, or a mapping from codes, in sorted order."""
        if isinstance(values, Mapping):
            if set(values) != set(self.index):
                raise ProblemError(f"{field}: expected a value for each of {self.name}")
            return [values[code] for code in self.codes]
        array = array_of(field, values)
        if array.shape != self.sort.shape:
            raise ProblemError(f"{field}: expected shape {self.sort.shape}, found {array.shape}")
        return array[self.sort]


def array_of(field: str, value: Any) -> Int:
    """Return a list of lists, or ``{"dtype", "shape", "base64"}`` of little-endian numbers, as an array."""
    if isinstance(value, Mapping):
        if value.get("dtype") not in DTYPES:
            raise ProblemError(f"{field}: expected a dtype among {DTYPES}, found {value.get('dtype')!r}")
        try:
            raw = base64.b64decode(value["base64"], validate=True)
            kind = np.dtype(value["dtype"]).newbyteorder("<")
            return np.frombuffer(raw, kind).reshape(value["shape"]).astype(value["dtype"])
        except (KeyError, TypeError, ValueError) as error:
            raise ProblemError(f"{field}: not an array of {value['dtype']}: {error}") from None
    try:
        return np.array(value)
    except (TypeError, ValueError) as error:
        raise ProblemError(f"{field}: {error}") from None


def packed(array: Int) -> dict[str, Any]:
    """Return an array as ``{"dtype", "shape", "base64"}``; `array_of` reads it."""
    raw = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False)).tobytes()
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "base64": base64.b64encode(raw).decode("ascii"),
    }


def problem_of(data: Any) -> tuple[Problem, str, int, Mask | None]:
    """Return problem, objective, leximin band and urgent pairs of a file's content, lines sorted by code.

    Raises
    ------
    ProblemError
        naming the field, for an unknown, missing or wrong one.
    """
    if not isinstance(data, Mapping):
        raise ProblemError("file: expected one JSON object")
    for name in sorted(set(data) - PROBLEM_KEYS):
        raise ProblemError(f"{name}: unknown field")
    for name in ("row_capacity", "column_capacity"):
        if name not in data:
            raise ProblemError(f"{name}: missing")
    rows, columns = (_order(data, side) for side in ("row", "column"))
    problem = Problem(
        points=_points(data, rows, columns),
        row_capacity=rows.line("row_capacity", data["row_capacity"]),
        column_capacity=columns.line("column_capacity", data["column_capacity"]),
        caps=[_cap(cap, rows, columns) for cap in data.get("caps", ())],
        in_war_zone=None
        if data.get("in_war_zone") is None
        else _mask(columns.line("in_war_zone", data["in_war_zone"])),
        war_zone_at_least=data.get("war_zone_at_least"),
        war_zone_share_permille=data.get("war_zone_share_permille"),
        total_at_most=data.get("total_at_most"),
        locked=[
            (rows.of("locked", pair[0]), columns.of("locked", pair[1])) for pair in data.get("locked", ())
        ],
        threshold=data.get("threshold", 0),
        row_codes=rows.codes,
        column_codes=columns.codes,
        seed=data.get("seed", 0),
    )
    urgent = None
    if data.get("urgent") is not None:
        urgent = _table("urgent", data["urgent"], rows, columns).astype(np.bool_)
    return problem, data.get("objective", "total"), data.get("leximin_band", LEXIMIN_BAND), urgent


def _mask(values: Any) -> Mask:
    """Return values as an array; without a single one there is no kind to find, so it is set."""
    array: Mask = np.asarray(values) if len(values) else np.empty(0, np.bool_)
    return array


def _order(data: Mapping[str, Any], side: str) -> Order:
    codes, capacity = data.get(f"{side}_codes"), data[f"{side}_capacity"]
    if codes is None:
        count = (
            len(capacity)
            if not isinstance(capacity, Mapping) or "base64" not in capacity
            else capacity["shape"][0]
        )
        codes = list(capacity) if isinstance(capacity, Mapping) and "base64" not in capacity else None
        codes = codes or [f"{k:09}" for k in range(count)]
    return Order(f"{side}_codes", codes)


def _points(data: Mapping[str, Any], rows: Order, columns: Order) -> Int:
    if ("points" in data) == ("pairs" in data):
        raise ProblemError("points: give either points (dense) or pairs ([row, column, points])")
    if "points" in data:
        return _table("points", data["points"], rows, columns)
    points = np.full((len(rows.codes), len(columns.codes)), -1, np.int32)
    for entry in data["pairs"]:
        if len(entry) != 3 or isinstance(entry[2], bool) or not isinstance(entry[2], int):
            raise ProblemError(f"pairs: expected [row, column, points], found {entry!r}")
        points[rows.of("pairs", entry[0]), columns.of("pairs", entry[1])] = entry[2]
    return points


def _table(field: str, value: Any, rows: Order, columns: Order) -> Int:
    array = array_of(field, value)
    expected = len(rows.codes), len(columns.codes)
    if array.shape != expected:
        raise ProblemError(f"{field}: expected shape {expected}, found {array.shape}")
    return array[rows.sort][:, columns.sort]


def _cap(cap: Any, rows: Order, columns: Order) -> Cap:
    if not isinstance(cap, Mapping) or not set(cap) <= {"code", "rows", "columns", "at_most", "at_least"}:
        raise ProblemError(f"caps: expected code, rows, columns, at_most, at_least, found {cap!r}")
    members = {
        name: None if cap.get(name) is None else [order.of(f"caps.{name}", code) for code in cap[name]]
        for name, order in (("rows", rows), ("columns", columns))
    }
    return Cap(
        str(cap.get("code", "")),
        members["rows"],
        members["columns"],
        cap.get("at_most"),
        cap.get("at_least", 0),
    )


def plan_record(problem: Problem, plan: Plan) -> dict[str, Any]:
    """Return a plan as plain values in codes; `plan_of` reads it back for `verify`."""
    rows, columns = problem.frame.row_codes, problem.frame.column_codes
    return {
        "objective": plan.objective,
        "leximin_band": plan.leximin_band,
        "method": plan.method,
        "pairs": [
            {"row": rows[i], "column": columns[j], "points": p}
            for (i, j), p in zip(plan.pairs.tolist(), plan.points.tolist(), strict=True)
        ],
        "total": plan.total,
        "bound": plan.bound,
        "proved": plan.proved,
        "ties": plan.ties,
        "rounds": plan.rounds,
        "levels": [{"name": level.name, "value": level.value, "bound": level.bound} for level in plan.levels],
        "binding": [
            {"kind": limit.kind, "code": limit.code, "limit": limit.limit, "worth": limit.worth}
            for limit in plan.binding
        ],
        "potentials": [_potentials(prices) for prices in plan.potentials],
        "column_prices": plan.column_prices.tolist(),
        "boxes": [
            {
                "low": box.low,
                "high": box.high,
                "kind": box.kind,
                "potentials": [_potentials(prices) for prices in box.potentials],
            }
            | _cases(box.cases)
            for box in plan.boxes
        ],
        **_cases(plan.cases),
    }


def _potentials(prices: Potentials) -> dict[str, list[int]]:
    return {
        "rows": prices.rows.tolist(),
        "columns": prices.columns.tolist(),
        "limits": prices.limits.tolist(),
    }


def _cases(levels: Sequence[Sequence[Case]]) -> dict[str, Any]:
    """Return the cases of each level under their name, or nothing where there are none."""
    records = [
        [
            {"path": case.path.tolist(), "earlier": case.earlier.tolist(), **_potentials(case.prices)}
            for case in level
        ]
        for level in levels
    ]
    return {"cases": records} if records else {}


def _cases_of(record: Mapping[str, Any]) -> tuple[tuple[Case, ...], ...]:
    return tuple(
        tuple(
            Case(np.array(case["path"], np.int64).reshape(-1, 3), prices, np.array(case["earlier"], np.int64))
            for case, prices in zip(level, _potentials_of(level), strict=True)
        )
        for level in record.get("cases", ())
    )


def _potentials_of(records: Sequence[Mapping[str, Any]]) -> tuple[Potentials, ...]:
    return tuple(
        Potentials(*(np.array(record[name], np.int64) for name in ("rows", "columns", "limits")))
        for record in records
    )


def plan_of(problem: Problem, record: Mapping[str, Any]) -> Plan:
    """Return the plan of a record, for a problem with the same codes."""
    rows = {code: k for k, code in enumerate(problem.frame.row_codes)}
    columns = {code: k for k, code in enumerate(problem.frame.column_codes)}
    try:
        pairs = np.array([(rows[p["row"]], columns[p["column"]]) for p in record["pairs"]], np.int32).reshape(
            -1, 2
        )
        return Plan(
            objective=record["objective"],
            pairs=pairs,
            points=np.array([pair["points"] for pair in record["pairs"]], np.int64),
            total=record["total"],
            bound=record["bound"],
            proved=record["proved"],
            levels=tuple(
                LevelValue(level["name"], level["value"], level["bound"]) for level in record["levels"]
            ),
            binding=tuple(
                Binding(limit["kind"], limit["code"], limit["limit"], limit["worth"])
                for limit in record["binding"]
            ),
            ties=record["ties"],
            rounds=record["rounds"],
            potentials=_potentials_of(record["potentials"]),
            column_prices=np.array(record["column_prices"], np.int64),
            leximin_band=record["leximin_band"],
            method=record["method"],
            boxes=tuple(
                Box(
                    box["low"],
                    box["high"],
                    box["kind"],
                    _potentials_of(box["potentials"]),
                    _cases_of(box),
                )
                for box in record["boxes"]
            ),
            cases=_cases_of(record),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProblemError(f"plan: {type(error).__name__} {error}") from None


def proof_record(proof: Proof) -> dict[str, Any]:
    """Return a proof as plain values."""
    return {
        "holds": proof.holds,
        "feasible": proof.feasible,
        "faults": list(proof.faults),
        "levels": [
            {"name": level.name, "value": level.value, "bound": level.bound} for level in proof.levels
        ],
    }


def price_record(costs: Prices, *, chosen_only: bool = False) -> dict[str, Any]:
    """Return all prices: `force` packed, sorted by code; `ban` and three alternatives of each chosen pair.

    With `chosen_only` without `force`, which is by far the largest part.
    """
    problem, plan = costs.problem, costs.plan
    rows, columns = problem.frame.row_codes, problem.frame.column_codes
    by_row, by_column = alternatives(costs)
    pairs = []
    for (i, j), ban in zip(plan.pairs.tolist(), costs.ban.tolist(), strict=True):
        others_for_row = [
            {"column": columns[c], "points": int(problem.points[i, c]), "force": int(costs.force[i, c])}
            for c in by_row[i].tolist()
            if c >= 0
        ]
        others_for_column = [
            {"row": rows[r], "points": int(problem.points[r, j]), "force": int(costs.force[r, j])}
            for r in by_column[j].tolist()
            if r >= 0
        ]
        pairs.append(
            {
                "row": rows[i],
                "column": columns[j],
                "ban": ban,
                "for_row": others_for_row,
                "for_column": others_for_column,
            }
        )
    if chosen_only:
        return {"pairs": pairs}
    force = costs.force
    if force.max(initial=0) < 2**31:
        force = force.astype(np.int32)
    return {"row_codes": list(rows), "column_codes": list(columns), "force": packed(force), "pairs": pairs}


def canonical(record: Any) -> str:
    """Return the record as JSON with sorted keys and no spaces: the same result, the same bytes."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
