"""`manage.py run_matching --json` prints its agreed keys (E-01), and the same again for the same data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from matching.models import MatchRun
from tests.matching.builders import two_pairs
from tests.municipalities.pool import TESTIVSKA, ready_candidate

pytestmark = pytest.mark.django_db


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    call_command("run_matching", "--json", *arguments)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_json_has_the_contracts_keys_and_a_closed_bound(capsys: pytest.CaptureFixture[str]) -> None:
    two_pairs()
    ready_candidate(TESTIVSKA)
    found = printed(capsys, "--as-of", "2026-11-23")
    assert set(found) == {"run", "pairs", "total", "bound", "proved", "worst", "unmatched", "seconds"}
    assert (found["pairs"], found["proved"], found["total"]) == (2, True, found["bound"])
    assert set(found["seconds"]) == {"read", "score", "solve", "prove", "write"}
    assert (found["unmatched"]["municipalities"], len(found["unmatched"]["candidates"])) == ([], 1)


def test_json_is_equal_on_repetition_apart_from_run_and_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    two_pairs()
    first, second = (printed(capsys, "--as-of", "2026-11-23") for _time in range(2))
    assert first["run"] != second["run"]
    for found in (first, second):
        del found["run"], found["seconds"]
    assert first == second


def test_run_of_the_command_belongs_to_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys)
    assert MatchRun.objects.get(pk=found["run"]).requested_by is None


def test_odd_date_is_refused_in_words() -> None:
    with pytest.raises(CommandError, match="'yesterday' is not a date like 2026-11-23"):
        call_command("run_matching", "--json", "--as-of", "yesterday")
