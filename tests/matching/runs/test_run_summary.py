"""What a run says beside its pairs is what asking pair by pair gives: missing answers, critical needs met; and inputs are read back whole."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from matching.engine.scores.criteria import DEFAULT_WEIGHTS
from matching.engine.scores.criterion_breakdown import rule
from matching.engine.scores.criterion_points import known_parts, levels_by_horizon
from matching.features import Encoded
from matching.features.encoding import input_bytes
from matching.models import MatchRun, Scheme
from matching.runs import run_summary
from matching.runs.inputs import stored
from matching.runs.schemes import SchemeValues
from tests.matching.engine.features import candidates, municipalities, pair_facts

N, M = 24, 18


def encoded(seed: int, missing: float = 0.6) -> Encoded:
    """Return an input whose answers are often missing; who has a rule of its own is out of a run, so nobody has."""
    rows = replace(municipalities(seed, N, missing), rules=("",) * N)
    columns = replace(candidates(seed, M, missing), rules=("",) * M)
    return Encoded(
        rows,
        columns,
        pair_facts(seed, N, M),
        DEFAULT_WEIGHTS,
        (),
        (),
        (),
        date(2026, 11, 23),
        Scheme(version=1),
    )


@pytest.mark.parametrize("seed", range(6))
def test_missing_answers_are_those_of_the_pairs_that_only_a_low_coverage_keeps_out(seed: int) -> None:
    given = encoded(seed)
    waiting = [
        (given.rows.codes[i], given.columns.codes[j])
        for i in range(N)
        for j in range(M)
        if rule(given.rows, given.columns, given.pairs, given.weights, i, j) == "low_coverage"
    ]
    assert waiting
    counted = Counter(row for row, _column in waiting) + Counter(column for _row, column in waiting)
    found = {each["code"]: each["pairs"] for each in run_summary.missing_answers(given)}
    assert found == {code: counted[code] for code in found}
    assert all(summing_parts(given, code) == [] for code in counted.keys() - found.keys())


def summing_parts(given: Encoded, code: str) -> list[str]:
    """Return what is missing of a party that is not asked for anything."""
    side = given.rows if code in given.rows.codes else given.columns
    known = known_parts(side)[side.codes.index(code)]
    return [part for part, is_known in zip(run_summary.PARTS, known, strict=True) if not is_known]


def test_answers_that_are_all_there_are_not_asked_for() -> None:
    assert run_summary.missing_answers(encoded(1, missing=0.0)) == []


@pytest.mark.parametrize("seed", range(4))
def test_critical_needs_met_are_counted_as_one_would_by_hand(seed: int) -> None:
    given = encoded(seed)
    plan = {"pairs": [{"row": given.rows.codes[k], "column": given.columns.codes[k % M]} for k in range(N)]}
    offered, met = levels_by_horizon(given.rows) > 0, set()
    for k in range(N):
        for t, h in np.argwhere(given.columns.urgent[k % M]):
            if offered[k, t, h]:
                met.add((k % M, int(t), int(h)))
    assert run_summary.urgent_needs(given, plan) == {"all": int(given.columns.urgent.sum()), "met": len(met)}


@pytest.mark.parametrize("seed", range(3))
def test_inputs_are_read_back_as_they_were_number_for_number(seed: int) -> None:
    given, values = encoded(seed), SchemeValues()
    scheme = Scheme(version=1, **{item.name: getattr(values, item.name) for item in fields(values)})
    said = input_bytes(date(2026, 11, 23), scheme, [("1", "2")], given.rows, given.columns, given.pairs)
    back = stored(MatchRun(inputs=zlib.compress(said), objective="total", as_of=date(2026, 11, 23)))
    assert back.encoded.locked == (("1", "2"),)
    for mine, read in (
        (given.rows, back.encoded.rows),
        (given.columns, back.encoded.columns),
        (given.pairs, back.encoded.pairs),
    ):
        assert all(same(getattr(mine, item.name), getattr(read, item.name)) for item in fields(mine))
    assert json.loads(said)["scheme"]["weights"] == back.scheme.weights


def same(mine: Any, read: Any) -> bool:
    if isinstance(mine, np.ndarray):
        return bool(np.array_equal(mine, read))
    return bool(mine == read)
