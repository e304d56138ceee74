"""Both sides, the facts of single pairs and the digest of all of it: the same data give the same digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from matching.engine.scores.criteria import (
    VERSION,
    CandidateFeatures,
    MunicipalityFeatures,
    PairFacts,
    Weights,
)
from matching.features.axes import Exclusion, Ties, read_axes, read_ties
from matching.features.norwegian import NorwegianRow, encode_rows, read_norwegian
from matching.features.ukrainian import UkrainianColumn, encode_columns, read_ukrainian
from matching.models import Scheme

SCHEME_FIELDS = (
    "version", "weights", "threshold", "oblast_at_most", "county_at_most", "war_zone_at_least",
    "war_zone_share_permille",
    "total_at_most", "leximin_band", "seed",
)  # fmt: skip


CodePair = tuple[str, str]
"""Official codes of a municipality and a hromada."""


class RowIds(NamedTuple):
    """What a row stands for: the response and the version of its answers."""

    response: int
    version: int


class ColumnIds(NamedTuple):
    """What a column stands for: the candidate and the assessment that gave its category."""

    candidate: int
    assessment: int


@dataclass(frozen=True, eq=False)
class Encoded:
    """A run's input: the engine's records, the weights, what each row and column stands for, who is out,
    date and scheme.

    `locked` are the pairs KS always wants, by code, both sides in the run; `locks_out` those with a side that
    is out.
    """

    rows: MunicipalityFeatures
    columns: CandidateFeatures
    pairs: PairFacts
    weights: Weights
    row_ids: tuple[RowIds, ...]
    column_ids: tuple[ColumnIds, ...]
    exclusions: tuple[Exclusion, ...]
    as_of: date
    scheme: Scheme
    locked: tuple[CodePair, ...] = ()
    locks_out: tuple[CodePair, ...] = ()

    @cached_property
    def inputs(self) -> bytes:
        """All of it as canonical JSON without ids; made when it is asked for, as no plan waits for it."""
        return input_bytes(self.as_of, self.scheme, self.locked, self.rows, self.columns, self.pairs)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of `inputs`."""
        return hashlib.sha256(self.inputs).hexdigest()


def encode(*, as_of: date, scheme: Scheme) -> Encoded:
    """Read what a run on `as_of` rests on; a fixed number of queries at any size, and no writing.

    Raises FeatureError when the scheme's weights were written past its checks.
    """
    axes, ties = read_axes(), read_ties(as_of)
    norwegian, out_no = read_norwegian(as_of, ties)
    ukrainian, out_ua = read_ukrainian(as_of, axes, ties)
    rows, columns = encode_rows(norwegian, axes, as_of), encode_columns(ukrainian, axes, as_of)
    pairs = _pair_facts(norwegian, ukrainian, ties)
    locked, locks_out = _locks(ties, rows, columns)
    return Encoded(
        rows=rows,
        columns=columns,
        pairs=pairs,
        weights=Weights.of(scheme.weights),
        row_ids=tuple(RowIds(row.response_id, row.version_id) for row in norwegian),
        column_ids=tuple(ColumnIds(column.candidate_id, column.assessment_id) for column in ukrainian),
        exclusions=tuple(sorted((*out_no, *out_ua))),
        as_of=as_of,
        scheme=scheme,
        locked=locked,
        locks_out=locks_out,
    )


def _locks(
    ties: Ties, rows: MunicipalityFeatures, columns: CandidateFeatures
) -> tuple[tuple[CodePair, ...], tuple[CodePair, ...]]:
    """Return the locked pairs with both sides in the run, and the others."""
    row_codes, column_codes = set(rows.codes), set(columns.codes)
    inside = tuple(sorted(pair for pair in ties.locked if pair[0] in row_codes and pair[1] in column_codes))
    return inside, tuple(sorted(ties.locked - set(inside)))


def _pair_facts(rows: list[NorwegianRow], columns: list[UkrainianColumn], ties: Ties) -> PairFacts:
    """Return forbidden pairs, each with the first rule that holds, and pairs that know each other."""
    # What is true of one member of a joint application is true of the whole row.
    row_of = {party: i for i, row in enumerate(rows) for party in (row.municipality_id, *row.members)}
    column_of = {column.hromada_id: j for j, column in enumerate(columns)}
    rules: dict[tuple[int, int], str] = {}
    for rule, ruled_pairs in (
        ("declined_before", ties.declined),
        ("already_partners", ties.partners),
        ("forbidden_by_ks", ties.forbidden),
    ):
        for municipality, hromada in ruled_pairs:
            if municipality in row_of and hromada in column_of:
                rules.setdefault((row_of[municipality], column_of[hromada]), rule)
    code_of = {column.code: j for j, column in enumerate(columns)}
    contacts = sorted(
        {
            (i, code_of[code])
            for i, row in enumerate(rows)
            for code in _hromadas(row.answers)
            if code in code_of
        }
    )
    forbidden = sorted(rules)
    return PairFacts(
        forbidden=np.array(forbidden, np.int32).reshape(-1, 2),
        rules=tuple(rules[pair] for pair in forbidden),
        contacts=np.array(contacts, np.int32).reshape(-1, 2),
    )


def _hromadas(answers: dict[str, Any]) -> list[str]:
    return list(answers.get("existing_contact_hromadas") or ())


def input_bytes(as_of: date, scheme: Scheme, locked: Sequence[CodePair], *records: Any) -> bytes:
    """Return the input as canonical JSON: sorted keys, codes, no ids and no times."""
    inputs = {
        "criteria": VERSION,
        "as_of": as_of.isoformat(),
        "scheme": {name: getattr(scheme, name) for name in SCHEME_FIELDS},
        "locked": [list(pair) for pair in locked],
        "records": [
            {item.name: _plain(getattr(record, item.name)) for item in fields(record)} for record in records
        ],
    }
    return json.dumps(inputs, sort_keys=True, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
