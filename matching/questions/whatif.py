"""What a run has read, with some things changed: a lock, a ban, a place more, other weights;
nothing stored is touched.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from matching.engine.proof import verify
from matching.engine.records import plan_of, problem_of
from matching.engine.scores.criteria import FeatureError, PairFacts, Weights
from matching.engine.scores.criterion_breakdown import breakdown, rule
from matching.engine.scores.criterion_points import score
from matching.features import Encoded
from matching.models import Scheme
from matching.runs import SolverError, Stored, problem_file

Change = Mapping[str, Any]
LIMITS: Final = (
    "oblast_at_most", "county_at_most", "war_zone_at_least", "war_zone_share_permille", "total_at_most",
    "threshold",
    "leximin_band", "seed",
)  # fmt: skip
NEEDS_VALUE: Final = ("threshold", "leximin_band", "seed")
MOST_CAPACITY: Final = 50


class BadChange(Exception):
    """A change cannot be made; `code` says why: `unknown_party`, `unknown_change`, `bad_value`,
    `no_place` or a rule's code.
    """

    def __init__(self, code: str, change: Change) -> None:
        super().__init__(code)
        self.code, self.change = code, change


def changed(base: Stored, changes: Sequence[Change]) -> Stored:
    """Return the input with all changes made, in their order. Raises BadChange."""
    made = base
    for change in changes:
        make = CHANGES.get(change.get("code", ""))
        if make is None:
            raise BadChange("unknown_change", change)
        made = make(made, change)
    _check_locks(made, changes)
    return made


def difference(base: Scheme, draft: Scheme) -> list[dict[str, Any]]:
    """Return the changes that lead from one scheme's values to another's."""
    changes: list[dict[str, Any]] = []
    if base.weights != draft.weights:
        changes.append({"code": "weights", "weights": draft.weights})
    other = [name for name in LIMITS if getattr(base, name) != getattr(draft, name)]
    changes += [{"code": "limit", "name": name, "value": getattr(draft, name)} for name in other]
    if base.objective != draft.objective:
        changes.append({"code": "objective", "value": draft.objective})
    return changes


def problem_bytes(base: Stored) -> bytes:
    """Return the engine's problem file of an input: what a run on it would be computed from."""
    encoded = base.encoded
    points = score(encoded.rows, encoded.columns, encoded.pairs, encoded.weights)
    return problem_file(encoded, points, base.scheme, base.objective)


def prove(problem: bytes, plan: dict[str, Any]) -> None:
    """Check a plan's certificate against its problem by the code that solves nothing. Raises SolverError."""
    frame, _objective, _band, urgent = problem_of(json.loads(problem))
    proof = verify(frame, plan_of(frame, plan), urgent)
    if not proof.holds:
        raise SolverError("not_proved", {"faults": list(proof.faults)})


def points_of(base: Stored, pairs: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the points of some pairs as an input scores them, also of pairs it would not propose."""
    encoded = base.encoded
    positions = [_position(encoded, pair) for pair in pairs]
    return [
        sum(
            criterion.points
            for criterion in breakdown(encoded.rows, encoded.columns, encoded.pairs, encoded.weights, i, j)
        )
        for i, j in positions
    ]


# --- one function per change --------------------------------------------------------------------------------


def _lock(base: Stored, change: Change) -> Stored:
    _position(base.encoded, change)
    pair = (change["row"], change["column"])
    return _with(base, locked=tuple(sorted({*base.encoded.locked, pair})))


def _forbid(base: Stored, change: Change) -> Stored:
    encoded, position = base.encoded, _position(base.encoded, change)
    pair = (change["row"], change["column"])
    facts = encoded.pairs
    if not (facts.forbidden == position).all(axis=1).any():
        facts = PairFacts(
            forbidden=np.vstack([facts.forbidden, np.array([position], np.int32)]),
            rules=(*facts.rules, "forbidden_by_ks"),
            contacts=facts.contacts,
        )
    return _with(
        base, pairs=facts, locked=tuple(locked_pair for locked_pair in encoded.locked if locked_pair != pair)
    )


def _capacity(side: str) -> Callable[[Stored, Change], Stored]:
    def make(base: Stored, change: Change) -> Stored:
        features = getattr(base.encoded, side)
        if change.get("party") not in features.codes:
            raise BadChange("unknown_party", change)
        value = _number(change, MOST_CAPACITY)
        capacity = features.capacity.copy()
        capacity[features.codes.index(change["party"])] = value
        return _with(base, **{side: replace(features, capacity=capacity)})

    return make


def _weights(base: Stored, change: Change) -> Stored:
    try:
        weights = Weights.of(change["weights"])
    except (FeatureError, KeyError, TypeError):
        raise BadChange("bad_value", change) from None
    return replace(_with(base, weights=weights), scheme=_scheme(base.scheme, weights=weights.as_dict()))


def _limit(base: Stored, change: Change) -> Stored:
    name = change.get("name")
    if name not in LIMITS or (change.get("value") is None and name in NEEDS_VALUE):
        raise BadChange("bad_value", change)
    value = None if change["value"] is None else _number(change, 2**31 - 1)
    if (name == "leximin_band" and not value) or (name == "war_zone_share_permille" and (value or 0) > 1_000):
        raise BadChange("bad_value", change)
    return replace(base, scheme=_scheme(base.scheme, **{name: value}))


def _objective(base: Stored, change: Change) -> Stored:
    if change.get("value") not in dict(Scheme._meta.get_field("objective").flatchoices):
        raise BadChange("bad_value", change)
    return replace(base, objective=change["value"])


CHANGES: Final[dict[str, Callable[[Stored, Change], Stored]]] = {
    "lock": _lock, "forbid": _forbid, "row_capacity": _capacity("rows"),
    "column_capacity": _capacity("columns"),
    "weights": _weights, "limit": _limit, "objective": _objective,
}  # fmt: skip


def _check_locks(base: Stored, changes: Sequence[Change]) -> None:
    """Refuse a lock that a rule keeps out, and more locks on a party than it has places."""
    encoded = base.encoded
    for change in changes:
        if change["code"] != "lock" or (change["row"], change["column"]) not in encoded.locked:
            continue
        i, j = _position(encoded, change)
        if barred := rule(encoded.rows, encoded.columns, encoded.pairs, encoded.weights, i, j):
            raise BadChange(barred, change)
        on_row = sum(row == change["row"] for row, _column in encoded.locked)
        on_column = sum(column == change["column"] for _row, column in encoded.locked)
        if on_row > encoded.rows.capacity[i] or on_column > encoded.columns.capacity[j]:
            raise BadChange("no_place", change)


def _position(encoded: Encoded, pair: Mapping[str, Any]) -> tuple[int, int]:
    if pair.get("row") not in encoded.rows.codes or pair.get("column") not in encoded.columns.codes:
        raise BadChange("unknown_party", pair)
    return encoded.rows.codes.index(pair["row"]), encoded.columns.codes.index(pair["column"])


def _number(change: Change, most: int) -> int:
    value = change.get("value")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise BadChange("bad_value", change)
    return value


def _with(base: Stored, **encoded: Any) -> Stored:
    return replace(base, encoded=replace(base.encoded, **encoded))


def _scheme(scheme: Scheme, **values: Any) -> Scheme:
    """Return a copy of a scheme that is in no table, with other values."""
    values_now = {name: getattr(scheme, name) for name in ("version", "weights", "objective", *LIMITS)}
    return Scheme(**values_now | values)
