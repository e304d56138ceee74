"""The Ukrainian side: ready candidates with consent,
a confirmed category and a current need become columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from matching.choices import Side
from matching.engine.scores.criteria import TRAITS, CandidateFeatures, shares_by_line
from matching.features.axes import Axes, Exclusion, Ties, excluded, language_mask, months_between
from municipalities.candidates import categories_on, consents_on
from municipalities.choices import (
    Authority,
    Category,
    ConsentScope,
    Horizon,
    HromadaType,
    OfficialStatus,
    ProgrammeStatus,
    Urgency,
)
from municipalities.models import (
    Candidate,
    HromadaStatus,
    KnownPartnership,
    Need,
    OfferedThrough,
    OfficialListEdition,
    Teaching,
)
from municipalities.states import CandidateState

SETTLEMENT_OF_KIND: Final = {
    HromadaType.URBAN: 2, HromadaType.SPECIAL: 2, HromadaType.SETTLEMENT: 1, HromadaType.RURAL: 0,
}  # fmt: skip
CATEGORY: Final = {Category.WAR_ZONE: 1, Category.OUTSIDE: 2}
HORIZON: Final[Mapping[str, int]] = {Horizon.SHORT: 0, Horizon.LONG: 1}
WORKING: Final = (Authority.COUNCIL, Authority.ACTING, Authority.MILITARY)
"""Authorities that can answer for a hromada whose territory is occupied."""
MOST_ACUTE: Final = 3
FIELDS: Final = (
    "id", "state", "authority", "capacity", "languages", "interpreter", "coastal", "agriculture",
    "industry_energy",
    "university", "mountain", "ready_at", "hromada_id", "hromada__katottg", "hromada__kind",
    "hromada__population",
    "hromada__oblast__code",
)  # fmt: skip

NeedRow = tuple[int, int, int]
"""Theme index, horizon index, urgency."""


@dataclass(frozen=True, slots=True)
class UkrainianColumn:
    """One candidate that is in, as read."""

    candidate_id: int
    assessment_id: int
    hromada_id: int
    code: str
    oblast: str
    category: str
    capacity: int
    active_partners: int
    needs: tuple[NeedRow, ...]
    teaches: tuple[int, ...]
    facts: Mapping[str, Any]


def read_ukrainian(as_of: date, axes: Axes, ties: Ties) -> tuple[list[UkrainianColumn], list[Exclusion]]:
    """Read the columns by official code, and who is out; 8 queries."""
    needs, teaches = _needs(as_of, axes), _teachings(axes)
    categories, consents, occupied, partners = (
        categories_on(as_of),
        consents_on(as_of),
        _occupied(as_of),
        _foreign_partners(ties),
    )
    columns: list[UkrainianColumn] = []
    out: list[Exclusion] = []
    for facts in Candidate.objects.order_by("hromada__katottg").values(*FIELDS):
        candidate, hromada = facts["id"], facts["hromada_id"]
        capacity = max(0, facts["capacity"] - ties.taken_by_hromada[hromada])
        assessment, category = categories.get(candidate, (None, Category.UNDETERMINED))
        rule = _rule(
            facts, capacity, consents.get(candidate), hromada in occupied, category, bool(needs[candidate])
        )
        if rule or assessment is None:
            out.append(excluded(Side.UKRAINIAN, facts["hromada__katottg"], rule))
            continue
        columns.append(
            UkrainianColumn(
                candidate,
                assessment,
                hromada,
                facts["hromada__katottg"],
                facts["hromada__oblast__code"],
                category,
                capacity,
                len(partners[hromada]) or -1,
                needs[candidate],
                teaches[candidate],
                facts,
            )
        )
    return columns, out


def _rule(
    facts: Mapping[str, Any],
    capacity: int,
    consent: str | None,
    is_occupied: bool,
    category: str,
    has_needs: bool,
) -> str:
    """Return the first rule that keeps the candidate out, or ''.

    Without a need it shares no theme with anybody.
    """
    checks = (
        ("inactive", facts["state"] != CandidateState.READY),
        ("no_capacity", capacity == 0),
        ("no_consent", consent not in {ConsentScope.NORWEGIAN, ConsentScope.PUBLIC}),
        ("occupied", is_occupied and facts["authority"] not in WORKING),
        ("category_unconfirmed", category not in CATEGORY),
        ("no_common_theme", not has_needs),
    )
    return next((rule for rule, holds in checks if holds), "")


def _needs(as_of: date, axes: Axes) -> defaultdict[int, tuple[NeedRow, ...]]:
    """Return the needs that are current and valid on the date and within a live theme, by candidate."""
    by_candidate: defaultdict[int, list[NeedRow]] = defaultdict(list)
    valid = Need.objects.current().valid_on(as_of)
    for candidate, slug, horizon, urgency in valid.order_by().values_list(
        "candidate_id", "theme__slug", "horizon", "urgency"
    ):
        if slug in axes.theme_index:
            by_candidate[candidate].append((axes.theme_index[slug], HORIZON[horizon], urgency))
    return defaultdict(tuple, {candidate: tuple(sorted(needs)) for candidate, needs in by_candidate.items()})


def _teachings(axes: Axes) -> defaultdict[int, tuple[int, ...]]:
    themes: defaultdict[int, tuple[int, ...]] = defaultdict(tuple)
    for candidate, slug in Teaching.objects.order_by("candidate_id", "theme__slug").values_list(
        "candidate_id", "theme__slug"
    ):
        if slug in axes.theme_index:
            themes[candidate] += (axes.theme_index[slug],)
    return themes


def _occupied(as_of: date) -> set[int]:
    """Return the hromadas that the edition in force on the date lists as occupied as a whole."""
    edition = (
        OfficialListEdition.objects.filter(edition_on__lte=as_of).order_by("-edition_on").values("pk")[:1]
    )
    listed = HromadaStatus.objects.filter(edition__in=edition, whole=OfficialStatus.OCCUPIED)
    return set(listed.values_list("hromada_id", flat=True))


def _foreign_partners(ties: Ties) -> defaultdict[int, set[str]]:
    """Return the partners of our own agreements and those known of and not ended, by hromada;
    the sources are far from complete.

    A programme that has found the hromada a partner counts as one, unless that partner is recorded by itself.
    """
    partners: defaultdict[int, set[str]] = defaultdict(set)
    partnerships = KnownPartnership.objects.filter(hromada__isnull=False).exclude(active=False)
    for hromada, country, name, municipality in partnerships.values_list(
        "hromada_id", "partner_country", "partner_name", "municipality_id"
    ):
        partners[hromada or 0].add(f"NO:{municipality}" if municipality else f"{country}:{name}")
    matched = OfferedThrough.objects.filter(status=ProgrammeStatus.MATCHED, partnership__isnull=True)
    for hromada, programme, name in matched.values_list("hromada_id", "programme", "name"):
        partners[hromada].add(f"through:{programme}:{name}")
    for norwegian, hromada in ties.partners:
        partners[hromada].add(f"NO:{norwegian}")
    return partners


def encode_columns(columns: list[UkrainianColumn], axes: Axes, as_of: date) -> CandidateFeatures:
    """Turn columns into the engine's record."""
    m, t = len(columns), len(axes.themes)
    urgencies, teaches = np.zeros((m, t, 2), np.int8), np.zeros((m, t), np.bool_)
    traits = np.full((m, len(TRAITS)), -1, np.int8)
    for j, column in enumerate(columns):
        for theme, horizon, urgency in column.needs:
            urgencies[j, theme, horizon] = urgency
        teaches[j, list(column.teaches)] = True
        for k, name in enumerate(TRAITS):
            traits[j, k] = _settlement(column.facts) if name == "settlement" else _number(column.facts[name])
    urgent = urgencies == Urgency.CRITICAL
    facts = [column.facts for column in columns]
    return CandidateFeatures(
        codes=tuple(column.code for column in columns),
        themes=axes.themes,
        oblasts=axes.oblasts,
        needs=shares_by_line(urgencies).astype(np.int16),
        urgent=urgent,
        teaches=teaches,
        population=np.array([_number(fact["hromada__population"]) for fact in facts], np.int64),
        traits=traits,
        category=np.array([CATEGORY[Category(column.category)] for column in columns], np.int8),
        active_partners=np.array([column.active_partners for column in columns], np.int32),
        # Acute: critical needs of the short horizon, which short-term help is for.
        acute_needs=np.minimum(urgent[:, :, 0].sum(axis=1), MOST_ACUTE).astype(np.int8),
        languages=np.array([language_mask(fact["languages"]) for fact in facts], np.uint8),
        languages_known=np.array([bool(fact["languages"]) for fact in facts], np.bool_),
        interpreter=np.array([fact["interpreter"] is True for fact in facts], np.bool_),
        oblast=np.array([axes.oblast_index[column.oblast] for column in columns], np.int16),
        months_waited=np.array([months_between(fact["ready_at"], as_of) for fact in facts], np.int32),
        capacity=np.array([column.capacity for column in columns], np.int32),
        rules=("",) * m,
    )


def _settlement(facts: Mapping[str, Any]) -> int:
    return SETTLEMENT_OF_KIND.get(HromadaType(facts["hromada__kind"]), -1)


def _number(value: bool | int | None) -> int:
    return -1 if value is None else int(value)
