"""Candidates with needs, built through the services, for every test that needs somebody to match with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from municipalities.candidates import candidates, categories
from municipalities.choices import Category, ConsentScope
from municipalities.models import Candidate, CategoryAssessment, Hromada
from municipalities.needs import needs as needs_service
from municipalities.states import CandidateState
from tests.people import NOW, actor
from tests.places import hromada, theme

POLTAVA, LVIV, TESTIVSKA = "UA53080370000025447", "UA46060250000025047", "UA53060230000099999"
EDUCATION = (("education", "long", 2),)


def pooled_candidate(katottg: str | Hromada = POLTAVA, *, at: datetime = NOW, **facts: Any) -> Candidate:
    """Return the hromada's candidate, added by Andrij when it is not in the pool yet."""
    place = katottg if isinstance(katottg, Hromada) else hromada(katottg)
    known = Candidate.objects.filter(hromada=place).first()
    return known or candidates.add_candidate(hromada=place, by=actor("andrij"), at=at, **facts)


def categorised(
    candidate: Candidate,
    category: str = Category.OUTSIDE,
    *,
    valid_from: date = date(2026, 1, 1),
    at: datetime = NOW,
) -> CategoryAssessment:
    """Return the assessment Andrij proposed and Kari confirmed."""
    assessment = categories.propose_category(
        candidate=candidate,
        facts=categories.CategoryFacts(
            category=category, valid_from=valid_from, source="Official list", reason="As listed"
        ),
        by=actor("andrij"),
        at=at,
    )
    return categories.confirm_category(assessment=assessment, by=actor("kari"), at=at)


def ready_candidate(
    katottg: str | Hromada = POLTAVA,
    *,
    category: str = Category.OUTSIDE,
    needs: Iterable[tuple[str, str, int]] = EDUCATION,
    consent: str = ConsentScope.NORWEGIAN,
    teaches: Iterable[str] = (),
    at: datetime = NOW,
    **facts: Any,
) -> Candidate:
    """Return a candidate that is ready for matching: categorised by both, consenting, with needs (slug, horizon, urgency)."""
    candidate = pooled_candidate(katottg, at=at, **facts)
    categorised(candidate, category, at=at)
    candidates.record_consent(
        candidate=candidate,
        scope=consent,
        given_on=at.date(),
        given_by="Mayor's office",
        by=actor("andrij"),
        at=at,
    )
    for slug, horizon, urgency in needs:
        add_need(candidate, slug, horizon, urgency, at=at)
    for slug in teaches:
        _teach(candidate, slug, at=at)
    for state in (CandidateState.UNDER_REVIEW, CandidateState.READY):
        candidates.move_candidate(candidate=candidate, to=state, by=actor("andrij"), at=at)
    return candidate


def add_need(
    candidate: Candidate,
    slug: str = "education",
    horizon: str = "long",
    urgency: int = 2,
    *,
    at: datetime = NOW,
    **details: Any,
) -> Any:
    """Return a need Andrij added."""
    return needs_service.add_need(
        candidate=candidate,
        theme=theme(slug),
        horizon=horizon,
        urgency=urgency,
        by=actor("andrij"),
        at=at,
        **details,
    )


def _teach(candidate: Candidate, slug: str, *, at: datetime) -> None:
    needs_service.add_teaching(candidate=candidate, theme=theme(slug), by=actor("andrij"), at=at)
