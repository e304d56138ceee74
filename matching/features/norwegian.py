"""The Norwegian side: ready responses with a place left become rows,
by the last submitted version of their answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from django.db.models import F, Max, OuterRef, Subquery

from matching.choices import Side
from matching.engine.scores.criteria import TRAITS, MunicipalityFeatures
from matching.features.axes import Axes, Exclusion, Ties, excluded, language_mask, months_between
from municipalities.models import JointMember, Response, ResponseVersion
from municipalities.states import ResponseState

SETTLEMENT_OF_CENTRALITY: Final = {1: 2, 2: 2, 3: 1, 4: 1, 5: 0, 6: 0}
"""Statistics Norway's centrality class → the engine's settlement class: 1–2 urban, 3–4 settlement, 5–6 rural.

Our own reading of the index, so that it can be set beside the Ukrainian kinds urban, settlement and rural.
"""
PREFERENCE: Final = {"none": 0, "war_zone": 1, "outside": 2}
FIELDS: Final = (
    "id", "state", "ready_at", "municipality_id", "municipality__number", "municipality__county__number",
    "municipality__population", "municipality__centrality_class", "municipality__coastal",
    "municipality__valid_to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NorwegianRow:
    """One ready response as read: ids, register facts and canonical answers (see `ResponseVersion`)."""

    response_id: int
    version_id: int
    municipality_id: int
    code: str
    county: str
    population: int | None
    centrality: int | None
    coastal: bool | None
    ready_at: datetime | None
    capacity: int
    answers: dict[str, Any]
    members: tuple[int, ...] = ()
    """Municipality ids beside the lead: a joint application is one row
    with the lead's code and county (P-01).
    """


def read_norwegian(as_of: date, ties: Ties) -> tuple[list[NorwegianRow], list[Exclusion]]:
    """Read the rows by official code, and who is out; 3 queries, 4 with joint applications.

    Drafts and withdrawn responses are neither: nothing is registered. A municipality's latest round counts. A
    member of a joint application has no row of its own.
    """
    versions = {response: (version, answers) for response, version, answers in _last_versions()}
    latest = _latest_responses()
    joint = _joint_members({row[0] for row in latest})
    bound = {member.municipality_id for members in joint.values() for member in members}
    rows: list[NorwegianRow] = []
    out: list[Exclusion] = []
    for values in latest:
        (
            response_id,
            state,
            ready_at,
            municipality_id,
            code,
            county,
            population,
            centrality,
            coastal,
            valid_to,
        ) = values
        version_id, answers = versions.get(response_id, (0, {}))
        capacity = max(0, int(answers.get("capacity") or 1) - ties.taken_by_municipality[municipality_id])
        members = joint.get(response_id, [])
        if members:
            answers, population, capacity = _together(members, answers, population, capacity, ties)
        rule = (
            "inactive"
            if municipality_id in bound
            else _rule(state, valid_to, as_of, capacity, has_answers=bool(version_id))
        )
        if rule:
            out.append(excluded(Side.NORWEGIAN, code, rule))
            continue
        rows.append(
            NorwegianRow(
                response_id,
                version_id,
                municipality_id,
                code,
                county,
                population,
                centrality,
                coastal,
                ready_at,
                capacity,
                answers,
                tuple(member.municipality_id for member in members),
            )
        )
    return rows, out


@dataclass(frozen=True, slots=True)
class _Member:
    """One confirmed member: its inhabitants and its own last answers, when it has given any."""

    municipality_id: int
    population: int | None
    answers: dict[str, Any]


def _joint_members(responses: set[int]) -> dict[int, list[_Member]]:
    """Return the confirmed members of these responses by response, by official code."""
    members = JointMember.objects.in_force().others().order_by("municipality__number")
    rows = [
        row
        for row in members.values_list("response_id", "municipality_id", "municipality__population")
        if row[0] in responses
    ]
    if not rows:
        return {}
    versions = ResponseVersion.objects.filter(response__municipality__in={row[1] for row in rows})
    submitted = versions.exclude(response__state=ResponseState.WITHDRAWN).order_by("submitted_at", "id")
    answers_of: dict[int, dict[str, Any]] = dict(
        submitted.values_list("response__municipality_id", "answers")
    )  # the last one stays
    joint: dict[int, list[_Member]] = {}
    for response, municipality, population in rows:
        joint.setdefault(response, []).append(
            _Member(municipality, population, answers_of.get(municipality, {}))
        )
    return joint


def _together(
    members: list[_Member], answers: dict[str, Any], population: int | None, capacity: int, ties: Ties
) -> tuple[dict[str, Any], int | None, int]:
    """Return answers, population and capacity of the whole: highest level per theme, inhabitants summed,
    the scarcest capacity.

    One member whose inhabitants are not known makes the sum unknown. A member that has stated no capacity
    takes part with the lead's.
    """
    stated = int(answers.get("capacity") or 1)
    offers = {slug: dict(offer) for slug, offer in (answers.get("offers") or {}).items()}
    for member in members:
        population = (
            None if population is None or member.population is None else population + member.population
        )
        wished = int(member.answers.get("capacity") or stated)
        capacity = min(capacity, max(0, wished - ties.taken_by_municipality[member.municipality_id]))
        for slug, offer in (member.answers.get("offers") or {}).items():
            if slug not in offers or offers[slug]["level"] < offer["level"]:
                offers[slug] = {**offers.get(slug, offer), "level": offer["level"]}
    return {**answers, "offers": offers}, population, capacity


def _rule(state: str, valid_to: date | None, as_of: date, capacity: int, *, has_answers: bool) -> str:
    if state == ResponseState.MATCHED:
        return "no_capacity"
    if state != ResponseState.READY or not has_answers or (valid_to is not None and valid_to <= as_of):
        return "inactive"
    return "" if capacity else "no_capacity"


def _latest_responses() -> list[tuple[Any, ...]]:
    """Return each municipality's response in its latest round, by official code."""
    registered = Response.objects.exclude(state__in=[ResponseState.DRAFT, ResponseState.WITHDRAWN])
    by_code: dict[str, tuple[Any, ...]] = {
        row[4]: row for row in registered.order_by("round__opens_at", "id").values_list(*FIELDS)
    }
    return [by_code[code] for code in sorted(by_code)]


def _last_versions() -> list[tuple[int, int, dict[str, Any]]]:
    """Return (response id, version id, answers) of the last submitted version of each ready response."""
    last = (
        ResponseVersion.objects.filter(response=OuterRef("response"))
        .order_by()
        .values("response")
        .annotate(last=Max("number"))
        .values("last")
    )
    versions = ResponseVersion.objects.filter(response__state=ResponseState.READY, number=Subquery(last))
    return list(versions.order_by(F("response_id")).values_list("response_id", "id", "answers"))


def encode_rows(rows: list[NorwegianRow], axes: Axes, as_of: date) -> MunicipalityFeatures:
    """Turn rows into the engine's record."""
    n, t, o = len(rows), len(axes.themes), len(axes.oblasts)
    level, wishes = np.zeros((n, t), np.int8), np.zeros((n, t), np.bool_)
    ties, traits = np.zeros((n, o), np.bool_), np.full((n, len(TRAITS)), -1, np.int8)
    for i, row in enumerate(rows):
        for slug, offer in (row.answers.get("offers") or {}).items():
            if slug in axes.theme_index:
                level[i, axes.theme_index[slug]] = offer["level"]
        wishes[
            i,
            [axes.theme_index[slug] for slug in row.answers.get("wishes") or () if slug in axes.theme_index],
        ] = True
        ties[
            i,
            [
                axes.oblast_of_iso[iso]
                for iso in row.answers.get("refugee_oblasts") or ()
                if iso in axes.oblast_of_iso
            ],
        ] = True
        traits[i, 0] = -1 if row.coastal is None else int(row.coastal)
        traits[i, 1] = SETTLEMENT_OF_CENTRALITY.get(row.centrality or 0, -1)
    all_answers = [row.answers for row in rows]
    horizons = [set(answers.get("horizons") or ()) for answers in all_answers]
    return MunicipalityFeatures(
        codes=tuple(row.code for row in rows),
        themes=axes.themes,
        oblasts=axes.oblasts,
        offer_level=level,
        short_horizon=np.array(["short" in chosen for chosen in horizons], np.bool_),
        long_horizon=np.array(["long" in chosen for chosen in horizons], np.bool_),
        wishes=wishes,
        population=np.array([-1 if row.population is None else row.population for row in rows], np.int64),
        traits=traits,
        preference=np.array(
            [PREFERENCE.get(answers.get("preference", ""), -1) for answers in all_answers], np.int8
        ),
        refusal=np.array([PREFERENCE.get(answers.get("refusal", ""), 0) for answers in all_answers], np.int8),
        short_term_capacity=np.array(
            [_number(answers.get("short_term_capacity")) for answers in all_answers], np.int8
        ),
        languages=np.array([language_mask(answers.get("languages")) for answers in all_answers], np.uint8),
        languages_known=np.array([bool(answers.get("languages")) for answers in all_answers], np.bool_),
        interpreter=np.array([answers.get("interpreter") == "yes" for answers in all_answers], np.bool_),
        ties=ties,
        contacts_known=np.array([_contacts_answered(answers) for answers in all_answers], np.bool_),
        months_waited=np.array([months_between(row.ready_at, as_of) for row in rows], np.int32),
        capacity=np.array([row.capacity for row in rows], np.int32),
        rules=("",) * n,
        counties=tuple(row.county for row in rows),
    )


def _number(value: Any) -> int:
    return -1 if value is None else int(value)


def _contacts_answered(answers: dict[str, Any]) -> bool:
    return bool(answers.get("existing_contact")) or bool(answers.get("refugee_oblasts"))
