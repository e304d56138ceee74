"""The demo is seeded into an empty demo portal only, whole or not at all, and is the same for the same seed."""

from __future__ import annotations

from datetime import date, datetime
from io import StringIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import transaction

from kommunesamarbeid.core.models import User
from matching.demo import NoRegisters, NotEmpty, seed
from matching.models import Agreement, MatchRun
from matching.states import AgreementState, EndReason
from municipalities.models import Candidate, Hromada, Municipality, Response
from municipalities.registers.loader import load_registers
from tests.people import NOW
from tests.places import hromada, municipality, round_open

pytestmark = pytest.mark.django_db
FEW: dict[str, Any] = {"municipalities": 10, "candidates": 16, "required": ["ks_first"], "undo_minutes": 10}


def story(number: int, end: datetime = NOW) -> list[Any]:
    """Seed, return what came out without ids and reference numbers, and take it all back."""
    with transaction.atomic():
        seed(seed=number, end=end, **FEW)
        told: list[Any] = list(
            Response.objects.order_by("municipality__number").values_list(
                "municipality__number", "state", "draft"
            )
        )
        told += Candidate.objects.values_list("hromada__katottg", "state", "languages", "ready_at")
        told += MatchRun.objects.order_by("id").values_list("as_of", "input_digest", "total")
        told += Agreement.objects.order_by("id").values_list("hromada__katottg", "state", "opened_at")
        transaction.set_rollback(True)
    return told


def test_demo_is_equal_for_equal_seeds() -> None:
    load_registers(at=NOW)
    first = story(7)
    assert story(7) == first
    assert story(8) != first


@pytest.mark.parametrize("undo_minutes", [1, 30])
def test_demo_keeps_to_the_time_for_undoing(undo_minutes: int) -> None:
    load_registers(at=NOW)
    seed(seed=1, end=NOW, **FEW | {"undo_minutes": undo_minutes, "municipalities": 48, "candidates": 80})
    assert Agreement.objects.filter(end_reason=EndReason.UNDONE).count() == 1
    assert Agreement.objects.filter(state=AgreementState.OPENED, undo_until__gt=NOW).count() == 1


def test_demo_needs_an_empty_portal() -> None:
    load_registers(at=NOW)
    Response.objects.create(municipality=municipality(), round=round_open(), reference="NO-1", started_at=NOW)
    with pytest.raises(NotEmpty):
        seed(seed=1, end=NOW, **FEW)
    assert User.objects.count() == 0


@pytest.mark.parametrize("size", [{"municipalities": 0}, {"municipalities": 400}, {"candidates": 1_500}])
def test_demo_needs_enough_places(size: dict[str, int]) -> None:
    municipality()
    hromada()
    with pytest.raises(NoRegisters):
        seed(seed=1, end=NOW, **FEW | size)
    assert (Municipality.objects.count(), Hromada.objects.count()) == (1, 1)


def test_command_refuses_outside_a_demo(settings: LazySettings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO off"):
        call_command("seed_demo")


def test_command_seeds_and_tells_what_there_is() -> None:
    load_registers(at=NOW)
    out = StringIO()
    call_command("seed_demo", municipalities=10, candidates=16, as_of=date(2026, 6, 1), stdout=out)
    lines = dict(line.split(": ") for line in out.getvalue().splitlines() if ": " in line)
    assert list(lines) == ["responses", "candidates", "needs", "runs", "proposals", "agreements"]
    assert lines["runs"] == "2 published"


def test_command_says_to_load_the_registers_first() -> None:
    with pytest.raises(CommandError, match="load_registers"):
        call_command("seed_demo", municipalities=10, candidates=16)
