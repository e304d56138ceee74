"""What a run has read is kept with it, so that it can be computed again from the row alone, byte for byte."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np

from matching.engine.scores.criteria import CandidateFeatures, MunicipalityFeatures, PairFacts, Weights
from matching.features import Encoded
from matching.models import MatchRun, Scheme


class NoInputs(Exception):
    """The run was computed before inputs were kept, or is not computed yet."""


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """What a run rests on: its input without ids, a scheme that is in no table,
    the objective and the date.
    """

    encoded: Encoded
    scheme: Scheme
    objective: str
    as_of: date


def compressed(inputs: bytes) -> bytes:
    """Return the bytes as `MatchRun.inputs` keeps them."""
    return zlib.compress(inputs, 6)


def digest_of(run: MatchRun) -> str:
    """Return the SHA-256 of the stored input. Raises NoInputs."""
    return hashlib.sha256(_input_json(run)).hexdigest()


def stored(run: MatchRun) -> Stored:
    """Return what the run has read. Raises NoInputs."""
    record = json.loads(_input_json(run))
    municipalities, candidates, pairs = record["records"]
    rows = _side(MunicipalityFeatures, municipalities)
    columns = _side(CandidateFeatures, candidates)
    scheme = Scheme(objective=run.objective, **record["scheme"])
    encoded = Encoded(
        rows=rows,
        columns=columns,
        pairs=_pairs(pairs),
        weights=Weights.of(scheme.weights),
        row_ids=(),
        column_ids=(),
        exclusions=(),
        as_of=run.as_of,
        scheme=scheme,
        locked=tuple((row, column) for row, column in record["locked"]),
    )
    return Stored(encoded, scheme, run.objective, run.as_of)


def _input_json(run: MatchRun) -> bytes:
    if not run.inputs:
        raise NoInputs
    return zlib.decompress(bytes(run.inputs))


def _side(record: Any, values: dict[str, Any]) -> Any:
    """Return a side's record; shapes and kinds of numbers are those of a record that knows nothing."""
    empty = record.unknown(values["codes"], values["themes"], values["oblasts"])
    return record(
        **{item.name: _like(getattr(empty, item.name), values[item.name]) for item in fields(record)}
    )


def _like(empty: Any, value: Any) -> Any:
    if isinstance(empty, np.ndarray):
        return np.array(value, empty.dtype).reshape(empty.shape)
    return tuple(value)


def _pairs(record: dict[str, Any]) -> PairFacts:
    return PairFacts(
        forbidden=np.array(record["forbidden"], np.int32).reshape(-1, 2),
        rules=tuple(record["rules"]),
        contacts=np.array(record["contacts"], np.int32).reshape(-1, 2),
    )
