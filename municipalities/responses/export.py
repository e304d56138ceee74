"""Responses as a table for a spreadsheet: one row per submission, keys that never change, nothing that a
spreadsheet would run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from kommunesamarbeid.core.audit import record, record_view
from kommunesamarbeid.core.roles import Actor, May, require
from municipalities.models import JointMember, Response, ResponseVersion, Theme
from municipalities.questionnaire import STRUCTURE, Store
from municipalities.responses.drafts import PEOPLE_QUESTIONS, people_values

FACTS = (
    "reference", "municipality_number", "municipality", "county", "kind", "written_standard", "round",
    "state", "version",
    "structure", "submitted_at", "members",
)  # fmt: skip
SEPARATOR = ";"


def columns(*, people: bool) -> list[str]:
    """Return the keys in order: facts, then questions in the questionnaire's order, themes by their slug."""
    keys = list(FACTS)
    if people:
        keys += [question.key for question in PEOPLE_QUESTIONS]
    slugs = list(Theme.objects.live().order_by("position").values_list("slug", flat=True))
    for section in STRUCTURE:
        for page in section.pages:
            if page.each:
                keys += [f"offer_{slug}_{part}" for slug in slugs for part in ("level", "text")]
            else:
                keys += [q.key for q in page.questions if q.store == Store.ANSWERS and q.key != "offers"]
    return keys


def rows(
    *, by: Actor, at: datetime, states: Iterable[str] = (), people: bool = False, reason: str = ""
) -> Iterator[dict[str, Any]]:
    """Return the last submitted version of each response in one of `states` (all: none named), as values by
    key.

    With `people` the contact persons stand in it: that takes the power to read them and leaves an audit row
    with the reason, and each person's view is logged. Raises NotAllowed.
    """
    require(by, May.READ_RESPONSES)
    if people:
        require(by, May.READ_NORWEGIAN_CONTACTS)
    responses = Response.objects.filter(submitted_at__isnull=False).order_by("municipality__number", "id")
    if wanted := sorted(states):
        responses = responses.filter(state__in=wanted)
    submitted = list(responses.select_related("municipality__county", "round", "contact", "deputy"))
    for response in submitted:
        if people:
            for person in (response.contact, response.deputy):
                if person is not None:
                    record_view(person, by=by, at=at, purpose="export")
    if people and submitted:
        record(
            "response.exported",
            submitted[0],
            by=by,
            at=at,
            reason=reason,
            data={"rows": len(submitted), "states": wanted},
        )
    return _rows(submitted, people=people)


def _rows(responses: list[Response], *, people: bool) -> Iterator[dict[str, Any]]:
    last: dict[int, ResponseVersion] = {}
    for version in ResponseVersion.objects.filter(response__in=responses).order_by("number"):
        last[version.response_id] = version
    joined: dict[int, list[str]] = {}
    members = JointMember.objects.in_force().others().filter(response__in=responses)
    for lead, number in members.values_list("response_id", "municipality__number").order_by(
        "municipality__number"
    ):
        joined.setdefault(lead, []).append(number)
    for response in responses:
        if response.pk in last:
            contacts = people_values(response) if people else {}
            yield {
                **_facts(response, last[response.pk], joined.get(response.pk, [])),
                **contacts,
                **_answers(last[response.pk].answers),
            }


def _facts(response: Response, version: ResponseVersion, members: list[str]) -> dict[str, Any]:
    party = response.municipality
    values = (
        response.reference,
        party.number,
        party.name,
        party.county.name,
        party.kind,
        party.written_standard,
        response.round.name,
        response.state,
        version.number,
        version.structure,
        version.submitted_at.isoformat(timespec="seconds"),
        SEPARATOR.join(members),
    )
    return dict(zip(FACTS, values, strict=True))


def _answers(answers: dict[str, Any]) -> dict[str, Any]:
    """Return the canonical answers flat: several codes joined by a semicolon, an offer in its two columns."""
    flat = {
        key: SEPARATOR.join(map(str, answer)) if isinstance(answer, list) else answer
        for key, answer in answers.items()
        if key != "offers"
    }
    for slug, offer in (answers.get("offers") or {}).items():
        flat[f"offer_{slug}_level"], flat[f"offer_{slug}_text"] = offer["level"], offer["text"]
    return flat
