"""The demo is seeded into an empty portal, in one transaction, equal for equal arguments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation

from matching.demo.cast import hire
from matching.demo.demo_runs import Matching
from matching.demo.rules import Rules
from matching.models import MatchRun
from municipalities.choices import PartyKind
from municipalities.demo.invented_answers import Answering
from municipalities.demo.invented_pool import Pooling
from municipalities.demo.timeline import Timeline, dice_for
from municipalities.models import Candidate, Hromada, Municipality, Oblast, Response, Round, Theme
from municipalities.registers import latest_edition, status_of
from municipalities.responses import rounds

# Left without an answer, so that a visitor can walk through the questionnaire as one of them.
LEFT_FREE = ("1804", "5501")
BEGUN, ROUND_OPENED = 360, 300  # days before the end


class NotEmpty(Exception):
    """The database holds answers, candidates or runs: invented ones would mix with them."""


class NoRegisters(Exception):
    """The registers are not loaded, or have fewer places than asked for."""


@transaction.atomic
def seed(
    *,
    municipalities: int,
    candidates: int,
    seed: int,
    end: datetime,
    required: Sequence[str],
    undo_minutes: int,
) -> None:
    """Fill an empty portal with a year that ends at `end`; equal for equal arguments,
    but for reference numbers.

    `required` are the kinds of approval a proposal needs. Raises NotEmpty, NoRegisters, RunFailed.
    """
    if Response.objects.exists() or Candidate.objects.exists() or MatchRun.objects.exists():
        raise NotEmpty
    dice = dice_for(seed, "year")
    timeline = Timeline(end)
    parties, others = _municipalities(municipalities, seed)
    hromadas = _hromadas(candidates, seed)
    # What KS writes is in bokmål; what AUC, a municipality or a hromada writes, in its own language.
    with translation.override("nb"):
        begun = timeline.working_hour(BEGUN, dice)
        cast = hire(at=begun)
        opens = timeline.working_hour(ROUND_OPENED, dice)
        round_ = rounds.save_round(round=Round(name=f"{opens:%Y}", opens_at=opens), by=cast.kari, at=begun)
        themes = list(Theme.objects.current())
        isos = sorted(Oblast.objects.values_list("iso", flat=True))
        edition = latest_edition()
        statuses = status_of([hromada.pk for hromada in hromadas], edition)
        Answering(timeline, cast.kari, round_, themes, isos, seed).plan(parties)
        Pooling(timeline, cast.andrij, cast.kari, themes, edition, statuses, seed).plan(hromadas)
        Matching(Rules(timeline, cast, list(required), timedelta(minutes=undo_minutes)), seed).plan(
            hromadas, others
        )
        timeline.play()


def _municipalities(number: int, seed: int) -> tuple[list[Municipality], list[Municipality]]:
    """Return the municipalities that answer, one in thirty of them a county authority, and a few others.

    Raises NoRegisters.
    """
    current = (
        Municipality.objects.filter(valid_to__isnull=True)
        .exclude(number__in=LEFT_FREE)
        .select_related("county")
    )
    municipalities = list(current.filter(kind=PartyKind.MUNICIPALITY).order_by("number"))
    counties = list(current.filter(kind=PartyKind.COUNTY).order_by("number"))
    few = number // 30
    if number < 1 or few > len(counties) or number - few + 3 > len(municipalities):
        raise NoRegisters
    dice = dice_for(seed, "municipalities")
    chosen = dice.sample(municipalities, number - few + 3)
    return [*chosen[3:], *dice.sample(counties, few)], chosen[:3]


def _hromadas(number: int, seed: int) -> list[Hromada]:
    """Return hromadas, a third of them once on the official list. Raises NoRegisters."""
    hromadas = Hromada.objects.select_related("oblast").order_by("katottg")
    listed = list(hromadas.filter(statuses__edition=latest_edition()))
    others = list(hromadas.exclude(statuses__edition=latest_edition()))
    third = number // 3
    if number < 1 or third > len(listed) or number - third > len(others):
        raise NoRegisters
    dice = dice_for(seed, "hromadas")
    return [*dice.sample(listed, third), *dice.sample(others, number - third)]
