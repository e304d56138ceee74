"""The lexicographic levels of an objective, each an integer value per pair, and the hash that breaks ties."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.engine.errors import ProblemError
from matching.engine.frame import OBJECTIVES, Frame, Int, Mask

Value = Callable[[Int, Int, Int], Int]
LEXIMIN_BAND: Final = 250
GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Name a level and what a pair is worth in it: ``value(points, rows, columns)``, which broadcast."""

    name: str
    value: Value


def _ones(points: Int, rows: Int, columns: Int) -> Int:
    return np.ones(np.broadcast_shapes(points.shape, rows.shape, columns.shape), np.int32)


def levels_of(
    objective: str, highest: int, band: int = LEXIMIN_BAND, urgent: Mask | None = None
) -> tuple[Level, ...]:
    """Return the lexicographic levels of an objective, first things first.

    Parameters
    ----------
    objective : str, one of `OBJECTIVES`
    highest : int, the most points of any pair; bands above it need no level
    band : int ≥ 1, width of a leximin band in points
    urgent : (n, m) of bool, pairs that meet an urgent need; needed by 'urgent_first'

    Raises
    ------
    ProblemError
        for an unknown objective, a band below 1 or a missing `urgent`.
    """
    total, pairs = Level("total", lambda points, rows, columns: points), Level("pairs", _ones)
    if objective == "total":
        return (total,)
    if objective == "partnerships":
        return (pairs, total)
    if objective == "leximin":
        if band < 1:
            raise ProblemError(f"leximin_band: expected 1 or more, found {band}")
        return (pairs, *(_band(k, band) for k in range(highest // band + 1)), total)
    if objective == "urgent_first":
        if urgent is None:
            raise ProblemError("urgent: urgent_first needs an (n, m) array of bool")
        return (
            Level("urgent", lambda points, rows, columns: urgent[rows, columns].astype(np.int32)),
            pairs,
            total,
        )
    raise ProblemError(f"objective: expected one of {OBJECTIVES}, found {objective!r}")


def _band(k: int, width: int) -> Level:
    return Level(f"band:{k}", lambda points, rows, columns: -(points // width == k).astype(np.int32))


def tie_break(frame: Frame) -> Level:
    """Return the level whose value is a 31-bit hash of (seed, row code, column code), whatever the order."""
    rows = code_hashes(frame.seed, "row", frame.row_codes)
    columns = code_hashes(frame.seed, "column", frame.column_codes)
    return Level("tie", lambda points, i, j: mixed(rows[i], columns[j]))


def code_hashes(seed: int, side: str, codes: Sequence[str]) -> Int:
    """Return a 64-bit hash of each code, the same on every machine and whatever the other codes are."""
    start = int.from_bytes(hashlib.blake2b(f"{seed} {side}".encode(), digest_size=8).digest(), "big")
    hashes = np.full(len(codes), start, np.uint64)
    if not len(codes):
        return hashes
    letters = np.array(codes, dtype=np.str_).astype("<U")
    for letter in letters.view("<u4").reshape(len(codes), -1).T:
        hashes = np.where(letter > 0, _stirred(hashes + letter.astype(np.uint64) * GOLDEN), hashes)
    return hashes


def _stirred(x: Int) -> Int:
    """Return x with its bits mixed (the finaliser of SplitMix64, Steele, Lea and Flood 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed_bits: Int = x ^ (x >> np.uint64(31))
    return mixed_bits


def mixed(rows: Int, columns: Int) -> Int:
    """Return 31 bits of two hashes mixed."""
    return (_stirred(rows ^ (columns * GOLDEN)) >> np.uint64(33)).astype(np.int64)


def share_level(frame: Frame, kind: str) -> Level:
    """Return the level that counts pairs in the war zone ('war') or, as a loss, the others ('outside')."""
    war = np.zeros(frame.m, np.bool_) if frame.war is None else frame.war
    worth = war.astype(np.int32) if kind == "war" else war.astype(np.int32) - 1
    return Level(kind, lambda points, rows, columns: worth[columns] + np.zeros_like(points))
