"""What the engine knows of each side, as checked records of small integers, and what each criterion gives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, Self, TypeVar

import numpy as np
import numpy.typing as npt

Bool = npt.NDArray[np.bool_]
Int = npt.NDArray[Any]

VERSION: Final = "1"
"""Version of the criteria and their tables; stored with each run, raised whenever a point may change."""

TOTAL: Final = 10_000
STEP: Final = 100
LOWEST_THEME: Final = 1_000
HORIZONS: Final = ("short", "long")
OFFER_LEVELS: Final = (0, 2, 3, 4)
"""Not offered, can advise, has experts, can host or lead."""
LANGUAGES: Final = ("en", "uk", "pl", "de", "no", "fr", "ru", "es")
"""Bit k of a language mask stands for the k-th code."""
TRAITS: Final = ("coastal", "settlement", "agriculture", "industry_energy", "university", "mountain")
"""Columns of ``traits``; settlement is 0 rural, 1 settlement, 2 urban, the others 0 or 1; -1 is unknown."""
ROW_RULES: Final = ("inactive", "no_capacity")
COLUMN_RULES: Final = ("inactive", "no_capacity", "no_consent", "occupied", "category_unconfirmed")
PAIR_RULES: Final = ("declined_before", "already_partners", "forbidden_by_ks")


class FeatureError(ValueError):
    """Raised when a feature record has a wrong shape or a value outside its range; names the field."""


def _check(
    name: str, array: Any, shape: tuple[int, ...], low: int | None = None, high: int | None = None
) -> None:
    if not isinstance(array, np.ndarray) or array.shape != shape:
        actual = array.shape if isinstance(array, np.ndarray) else type(array).__name__
        raise FeatureError(f"{name}: expected shape {shape}, found {actual}")
    if low is None:
        if array.dtype != np.bool_:
            raise FeatureError(f"{name}: expected true or false, found {array.dtype}")
        return
    if array.dtype.kind not in "iu":
        raise FeatureError(f"{name}: expected whole numbers, found {array.dtype}")
    if array.size and (int(array.min()) < low or (high is not None and int(array.max()) > high)):
        raise FeatureError(f"{name}: outside {low} to {high if high is not None else 'no limit'}")


def _check_codes(name: str, codes: tuple[str, ...]) -> None:
    if len(set(codes)) != len(codes):
        raise FeatureError(f"{name}: a code stands twice")


def _check_rules(rules: tuple[str, ...], count: int, allowed: tuple[str, ...]) -> None:
    if len(rules) != count:
        raise FeatureError(f"rules: expected {count} codes, found {len(rules)}")
    for code in sorted(set(rules) - {""} - set(allowed)):
        raise FeatureError(f"rules: {code!r} is not a rule of this side")


@dataclass(frozen=True, slots=True, eq=False)
class MunicipalityFeatures:
    """Hold the Norwegian side: n rows, t themes, o oblasts.

    Attributes
    ----------
    codes : n codes, unique; a joint application stands as its lead.
    themes, oblasts : codes in the order of the theme and oblast axes; equal on both sides of a run.
    offer_level : (n, t) of int in {0, 2, 3, 4}.
    short_horizon, long_horizon : (n,) of bool, horizons the municipality works on; an offer counts only
    there. wishes : (n, t) of bool, what it wants to learn; a row without a wish is unknown. population : (n,)
    of int, inhabitants, -1 unknown. traits : (n, 6) of int, columns as `TRAITS`, -1 unknown. preference :
    (n,) of int, -1 unknown, 0 none, 1 in the war zone, 2 outside. refusal : (n,) of int, 0 none, 1 refuses
    the war zone, 2 refuses outside. short_term_capacity : (n,) of int, -1 unknown, 0 none to 3 large.
    languages : (n,) of int, bit mask over `LANGUAGES`; languages_known : (n,) of bool; interpreter : (n,) of
    bool. ties : (n, o) of bool, refugees or diaspora from that oblast; contacts_known : (n,) of bool, the
    question on
        contacts, refugees and diaspora was answered.
    months_waited : (n,) of int ≥ 0, since it became ready; capacity : (n,) of int ≥ 0, partnerships left.
    rules : n codes, '' or one of `ROW_RULES` that keeps the row out.
    counties : n county codes.
    """

    codes: tuple[str, ...]
    themes: tuple[str, ...]
    oblasts: tuple[str, ...]
    offer_level: Int
    short_horizon: Bool
    long_horizon: Bool
    wishes: Bool
    population: Int
    traits: Int
    preference: Int
    refusal: Int
    short_term_capacity: Int
    languages: Int
    languages_known: Bool
    interpreter: Bool
    ties: Bool
    contacts_known: Bool
    months_waited: Int
    capacity: Int
    rules: tuple[str, ...]
    counties: tuple[str, ...]

    def __post_init__(self) -> None:
        n, t, o = len(self.codes), len(self.themes), len(self.oblasts)
        _check_codes("codes", self.codes)
        _check("offer_level", self.offer_level, (n, t), 0, 4)
        if not np.isin(self.offer_level, OFFER_LEVELS).all():
            raise FeatureError(f"offer_level: only {OFFER_LEVELS} are levels")
        for name in ("short_horizon", "long_horizon", "languages_known", "interpreter", "contacts_known"):
            _check(name, getattr(self, name), (n,))
        _check("wishes", self.wishes, (n, t))
        _check("ties", self.ties, (n, o))
        _check("preference", self.preference, (n,), -1, 2)
        _check("refusal", self.refusal, (n,), 0, 2)
        _check("short_term_capacity", self.short_term_capacity, (n,), -1, 3)
        _check_common(self, n)
        _check_rules(self.rules, n, ROW_RULES)
        if len(self.counties) != n:
            raise FeatureError(f"counties: expected {n} codes, found {len(self.counties)}")

    @classmethod
    def unknown(cls, codes: Sequence[str], themes: Sequence[str], oblasts: Sequence[str]) -> Self:
        """Return rows that offer and answer nothing, capacity 1: a base for `dataclasses.replace`."""
        n, t, o = len(codes), len(themes), len(oblasts)
        return cls(
            codes=tuple(codes),
            themes=tuple(themes),
            oblasts=tuple(oblasts),
            offer_level=np.zeros((n, t), np.int8),
            short_horizon=np.zeros(n, np.bool_),
            long_horizon=np.zeros(n, np.bool_),
            wishes=np.zeros((n, t), np.bool_),
            population=np.full(n, -1, np.int64),
            traits=np.full((n, len(TRAITS)), -1, np.int8),
            preference=np.full(n, -1, np.int8),
            refusal=np.zeros(n, np.int8),
            short_term_capacity=np.full(n, -1, np.int8),
            languages=np.zeros(n, np.uint8),
            languages_known=np.zeros(n, np.bool_),
            interpreter=np.zeros(n, np.bool_),
            ties=np.zeros((n, o), np.bool_),
            contacts_known=np.zeros(n, np.bool_),
            months_waited=np.zeros(n, np.int32),
            capacity=np.ones(n, np.int32),
            rules=("",) * n,
            counties=("",) * n,
        )


@dataclass(frozen=True, slots=True, eq=False)
class CandidateFeatures:
    """Hold the Ukrainian side: m columns, t themes.

    Attributes
    ----------
    codes : m codes (KATOTTG), unique.
    themes, oblasts : as in `MunicipalityFeatures`.
    needs : (m, t, 2) of int, shares per theme and horizon (`HORIZONS`), summing to 1,000 per column
    (`shares`), or to
        0 when the candidate has no valid need and is out.
    urgent : (m, t, 2) of bool, needs of urgency 1.
    teaches : (m, t) of bool, what it can share; a column without any is unknown.
    population : (m,) of int, -1 unknown; traits : (m, 6) of int, as in `MunicipalityFeatures`.
    category : (m,) of int, 0 undetermined, 1 in the war zone, 2 outside.
    active_partners : (m,) of int, foreign partners, -1 unknown.
    acute_needs : (m,) of int, 0 to 3 (3 = three or more).
    languages, languages_known, interpreter : (m,), as in `MunicipalityFeatures`.
    oblast : (m,) of int, index into `oblasts`.
    months_waited, capacity : (m,) of int ≥ 0.
    rules : m codes, '' or one of `COLUMN_RULES`.
    """

    codes: tuple[str, ...]
    themes: tuple[str, ...]
    oblasts: tuple[str, ...]
    needs: Int
    urgent: Bool
    teaches: Bool
    population: Int
    traits: Int
    category: Int
    active_partners: Int
    acute_needs: Int
    languages: Int
    languages_known: Bool
    interpreter: Bool
    oblast: Int
    months_waited: Int
    capacity: Int
    rules: tuple[str, ...]

    def __post_init__(self) -> None:
        m, t = len(self.codes), len(self.themes)
        _check_codes("codes", self.codes)
        _check("needs", self.needs, (m, t, 2), 0, 1_000)
        sums = self.needs.sum(axis=(1, 2), dtype=np.int64)
        if not np.isin(sums, (0, 1_000)).all():
            raise FeatureError("needs: the shares of each candidate must sum to 1000, or all be 0")
        _check("urgent", self.urgent, (m, t, 2))
        _check("teaches", self.teaches, (m, t))
        for name in ("languages_known", "interpreter"):
            _check(name, getattr(self, name), (m,))
        _check("category", self.category, (m,), 0, 2)
        _check("active_partners", self.active_partners, (m,), -1)
        _check("acute_needs", self.acute_needs, (m,), 0, 3)
        _check("oblast", self.oblast, (m,), 0, len(self.oblasts) - 1)
        _check_common(self, m)
        _check_rules(self.rules, m, COLUMN_RULES)

    @classmethod
    def unknown(cls, codes: Sequence[str], themes: Sequence[str], oblasts: Sequence[str]) -> Self:
        """Return columns without needs or answers, capacity 1: a base for `dataclasses.replace`."""
        m, t = len(codes), len(themes)
        return cls(
            codes=tuple(codes),
            themes=tuple(themes),
            oblasts=tuple(oblasts),
            needs=np.zeros((m, t, 2), np.int16),
            urgent=np.zeros((m, t, 2), np.bool_),
            teaches=np.zeros((m, t), np.bool_),
            population=np.full(m, -1, np.int64),
            traits=np.full((m, len(TRAITS)), -1, np.int8),
            category=np.zeros(m, np.int8),
            active_partners=np.full(m, -1, np.int32),
            acute_needs=np.zeros(m, np.int8),
            languages=np.zeros(m, np.uint8),
            languages_known=np.zeros(m, np.bool_),
            interpreter=np.zeros(m, np.bool_),
            oblast=np.zeros(m, np.int16),
            months_waited=np.zeros(m, np.int32),
            capacity=np.ones(m, np.int32),
            rules=("",) * m,
        )


def _check_common(side: MunicipalityFeatures | CandidateFeatures, count: int) -> None:
    _check("population", side.population, (count,), -1)
    _check("traits", side.traits, (count, len(TRAITS)), -1, 2)
    binary = [k for k, name in enumerate(TRAITS) if name != "settlement"]
    if (side.traits[:, binary] > 1).any():
        raise FeatureError("traits: only settlement has a class 2")
    _check("languages", side.languages, (count,), 0, 255)
    _check("months_waited", side.months_waited, (count,), 0)
    _check("capacity", side.capacity, (count,), 0)


Side = TypeVar("Side", MunicipalityFeatures, CandidateFeatures)


def some_lines(side: Side, lines: Int) -> Side:
    """Return the record of some lines (k,), with the same themes and oblasts; a line may stand twice.

    Lines of a checked record need no second check, and could not pass it: a code may stand twice.
    """
    record: Side = object.__new__(type(side))
    for item in fields(side):
        value = getattr(side, item.name)
        if item.name not in {"themes", "oblasts"}:
            value = value[lines] if isinstance(value, np.ndarray) else tuple(value[k] for k in lines.tolist())
        object.__setattr__(record, item.name, value)
    return record


def _no_pairs() -> Int:
    return np.empty((0, 2), np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class PairFacts:
    """Hold what is known about single pairs: forbidden ones with their rule, and existing contacts.

    Attributes
    ----------
    forbidden : (k, 2) of int, row and column index; rules : k codes of `PAIR_RULES`.
    contacts : (c, 2) of int, pairs that know each other already.
    """

    forbidden: Int = field(default_factory=_no_pairs)
    rules: tuple[str, ...] = ()
    contacts: Int = field(default_factory=_no_pairs)

    def __post_init__(self) -> None:
        for name in ("forbidden", "contacts"):
            array = getattr(self, name)
            _check(name, array, (len(array), 2), 0)
        _check_rules(self.rules, len(self.forbidden), PAIR_RULES)


@dataclass(frozen=True, slots=True)
class Weights:
    """Say how many of the 10,000 points each criterion may give; multiples of 100, `theme` at least 1,000."""

    theme: int = 4_000
    likeness: int = 1_500
    category: int = 1_000
    unpartnered: int = 1_000
    short_term: int = 500
    language: int = 500
    contact: int = 500
    reciprocity: int = 500
    waiting: int = 500

    def __post_init__(self) -> None:
        for code, points in self.as_dict().items():
            if points < 0 or points % STEP:
                raise FeatureError(
                    f"weights: {code} must be a multiple of {STEP} from 0 on, found {points!r}"
                )
        if self.theme < LOWEST_THEME:
            raise FeatureError(f"weights: theme must be at least {LOWEST_THEME}, found {self.theme}")
        if sum(self.as_dict().values()) != TOTAL:
            raise FeatureError(f"weights: must sum to {TOTAL}, found {sum(self.as_dict().values())}")

    def as_dict(self) -> dict[str, int]:
        """Return criterion code → points, in the fixed order of the criteria."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @classmethod
    def of(cls, points: Mapping[str, int]) -> Self:
        """Return weights from criterion → points; an unknown or missing criterion is a `FeatureError`."""
        names = {item.name for item in fields(cls)}
        if names != set(points):
            raise FeatureError(f"weights: criteria differ: {sorted(names ^ set(points))}")
        return cls(**points)


CRITERIA: Final = tuple(Weights().as_dict())
DEFAULT_WEIGHTS: Final = Weights()


def shares(urgencies: Int, total: int = 1_000) -> Int:
    """Return integer shares of `total` for needs of urgency 1 (critical, weight 4) to 4 (can wait, weight 1).

    Parameters
    ----------
    urgencies : array of int, any shape; 0 marks no need.
    total : what the shares sum to; 0 needs give zeros.

    Notes
    -----
    Largest remainder (Hamilton); equal remainders go to the earlier need, so the result never depends on
    chance.
    """
    apportioned: Int = shares_by_line(np.asarray(urgencies)[None], total)[0]
    return apportioned


def shares_by_line(urgencies: Int, total: int = 1_000) -> Int:
    """Return `shares` of each of k lines, (k, …) of int64."""
    if urgencies.size and (urgencies.min() < 0 or urgencies.max() > 4):
        raise FeatureError("urgencies: expected 0 to 4")
    return apportion_by_line(np.where(urgencies > 0, 5 - urgencies.astype(np.int64), 0), total)


def apportion_by_line(weights: Int, total: int) -> Int:
    """Return, for each of k lines, integers in proportion to its weights (≥ 0), summing to `total` or 0."""
    lines = weights.reshape(len(weights), math.prod(weights.shape[1:])).astype(np.int64)
    whole = lines.sum(axis=1, keepdims=True)
    parts, remainders = np.divmod(lines * total, np.maximum(1, whole))
    missing = np.where(whole > 0, total - parts.sum(axis=1, keepdims=True), 0)
    rank = np.argsort(np.argsort(-remainders, axis=1, kind="stable"), axis=1, kind="stable")
    apportioned: Int = (parts + (rank < missing)).reshape(weights.shape)
    return apportioned
