"""Candidates by the hundred for lists: on generated hromadas, written in bulk, with all that the list shows and filters by."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from municipalities.choices import Category, HromadaType, NeedStatus
from municipalities.models import (
    Candidate,
    CategoryAssessment,
    Hromada,
    HromadaStatus,
    KnownPartnership,
    Need,
    Oblast,
    OfficialListEdition,
)
from municipalities.states import CandidateState
from tests.people import NOW, TODAY, actor
from tests.places import hromada, theme

THEMES = ("education", "youth", "municipal-finance", "winter-relief")
STATES = (CandidateState.READY, CandidateState.UNDER_REVIEW, CandidateState.POOL)
STATUSES = ("possible", "active", "")
CATEGORIES = (Category.WAR_ZONE, Category.OUTSIDE, None)


def many_candidates(number: int) -> None:
    """Write this many candidates; the same ones each time."""
    dice = Random(number)
    first = hromada()
    oblasts = [
        *Oblast.objects.all(),
        Oblast.objects.get_or_create(code="UA07", iso="UA-07", name_uk="Волинська", name_en="Volyn")[0],
    ]
    Hromada.objects.bulk_create(
        Hromada(
            katottg=f"UA{i:017d}",
            name_uk=f"Громадська {i}",
            name_en=f"Hromadska {i}",
            centre_uk=f"Селище {i}",
            centre_en=f"Selyshche {i}",
            kind=HromadaType.RURAL,
            oblast=oblasts[i % len(oblasts)],
            population=1_000 + 37 * i,
            population_year=2022,
        )
        for i in range(1, number + 1)
    )
    places = list(Hromada.objects.exclude(pk=first.pk).order_by("katottg"))
    Candidate.objects.bulk_create(
        Candidate(
            hromada=place,
            state=STATES[i % 3],
            priority=(None, 1, 2, 3)[i % 4],
            added_at=NOW,
            updated_at=NOW,
            update_asked_at=NOW if i % 10 == 0 else None,
        )
        for i, place in enumerate(places)
    )
    candidates = list(Candidate.objects.order_by("pk"))
    _categories(candidates)
    _needs(candidates, dice)
    _evidence(places)


def _categories(candidates: list[Candidate]) -> None:
    auc, ks = actor("andrij").id, actor("kari").id
    assert auc is not None
    CategoryAssessment.objects.bulk_create(
        CategoryAssessment(
            candidate=candidate,
            category=category,
            valid_from=date(2026, 1, 1),
            source="Order",
            reason="Listed",
            proposed_at=NOW,
            proposed_by_id=auc,
            proposed_for="auc",
            confirmed_at=NOW,
            confirmed_by_id=ks,
            confirmed_for="ks",
        )
        for i, candidate in enumerate(candidates)
        if (category := CATEGORIES[i % 3])
    )


def _needs(candidates: list[Candidate], dice: Random) -> None:
    themes = [theme(slug) for slug in THEMES]
    auc = actor("andrij").id
    Need.objects.bulk_create(
        Need(
            candidate=candidate,
            theme=each,
            horizon="short",
            urgency=dice.randint(1, 4),
            status=NeedStatus.OPEN,
            confirmed_on=TODAY - timedelta(days=dice.randint(0, 200)),
            confirmed_by_id=auc,
            created_at=NOW,
            updated_at=NOW,
        )
        for candidate in candidates
        for each in dice.sample(themes, 3)
    )


def _evidence(places: list[Hromada]) -> None:
    edition = OfficialListEdition.objects.create(
        order_number="376", edition_on=date(2025, 5, 7), rule_version="1364", source="Order", loaded_at=NOW
    )
    HromadaStatus.objects.bulk_create(
        HromadaStatus(edition=edition, hromada=place, whole=status, ever=status, first_on=date(2022, 2, 24))
        for i, place in enumerate(places)
        if (status := STATUSES[i % 3])
    )
    KnownPartnership.objects.bulk_create(
        KnownPartnership(
            key=f"k{i}",
            hromada=place,
            partner_country=("NO", "PL")[i % 2],
            partner_name=f"P{i}",
            partner_level="municipality",
            kind="signed",
            source="https://partner.example/",
        )
        for i, place in enumerate(places)
        if i % 5 == 0
    )
