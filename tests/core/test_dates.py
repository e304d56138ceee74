"""A day is read by one table of shapes at every door, and each door refuses what makes no sense there."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from kommunesamarbeid.core.dates import (
    ANSWER,
    FORM,
    MILESTONE,
    REGISTER_FILE,
    SPREADSHEET,
    Door,
    NotADay,
    read_date,
    read_day,
)
from kommunesamarbeid.core.form_fields import DayField, PartialDateField

THE_DAY = date(2026, 3, 29)
SHAPES = [
    "29.3.2026", "29.03.2026", "29/03/2026", "29/3/26", "29-03-2026", "2026-03-29", "2026-3-29", "29.3.26",
    "29 . 03 .\u00a02026",
    "29. mars 2026", "29 mar. 2026", "29 March 2026", "Mar 29, 2026", "29 березня 2026", "29.03.2026\u200b",
]  # fmt: skip


@pytest.mark.parametrize(
    "door", [SPREADSHEET, FORM, ANSWER, MILESTONE], ids=["sheet", "form", "answer", "milestone"]
)
def test_every_door_reads_a_day_in_all_the_ways_people_write_it(door: Door) -> None:
    assert [read_day(typed, door) for typed in SHAPES] == [THE_DAY] * len(SHAPES)


@pytest.mark.parametrize(
    "typed",
    [
        "31.02.2026",
        "03.29.2026",
        "29.03",
        "29..03.2026",
        "i mars",
        "29. mrs 2026",
        "٢٩.03.2026",
        "",
        "260329",
    ],
)
def test_what_is_no_day_is_refused_at_every_door(typed: str) -> None:
    for door in (SPREADSHEET, FORM, ANSWER, REGISTER_FILE):
        with pytest.raises(NotADay):
            read_day(typed, door)


def test_a_register_file_is_written_in_one_way_only() -> None:
    assert read_day("2026-03-29", REGISTER_FILE) == THE_DAY
    for typed in ("2026-3-29", "29.03.2026", "20260329"):
        with pytest.raises(NotADay):
            read_day(typed, REGISTER_FILE)


def test_a_spreadsheet_may_keep_a_time_with_the_day() -> None:
    assert read_day("2026-03-29 13:05:00", SPREADSHEET) == THE_DAY


@pytest.mark.parametrize(("typed", "door"), [("29.03.1989", ANSWER), ("29.03.1899", MILESTONE)])
def test_a_year_that_makes_no_sense_there_is_refused(typed: str, door: Door) -> None:
    with pytest.raises(NotADay):
        read_day(typed, door)
    assert read_day(typed, SPREADSHEET).year == int(typed[-4:])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2026", (date(2026, 1, 1), "year")),
        ("06.2026", (date(2026, 6, 1), "month")),
        ("2026-06", (date(2026, 6, 1), "month")),
        ("juni 2026", (date(2026, 6, 1), "month")),
        ("12.06.2026", (date(2026, 6, 12), "day")),
    ],
)
def test_a_milestone_is_as_precise_as_it_is_known(typed: str, said: tuple[date, str]) -> None:
    assert read_date(typed, MILESTONE) == said
    assert PartialDateField().clean(typed) == said


@pytest.mark.parametrize("language", ["nb", "nn", "uk", "en"])
def test_a_form_reads_the_same_day_in_every_language(language: str) -> None:
    with translation.override(language):
        assert [DayField().clean(typed) for typed in ("2026-04-03", "03.04.2026", "3/4/2026")] == [
            date(2026, 4, 3)
        ] * 3
        with pytest.raises(ValidationError):
            DayField().clean("31.02.2026")
