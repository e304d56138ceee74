"""A register file is read whole or not at all, and each fault is named by file and line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation

from kommunesamarbeid.core.files.columns import (
    YES_NO,
    Column,
    code,
    decimal,
    exact_day,
    one_of,
    text_up_to,
    whole,
)
from kommunesamarbeid.core.files.sheets import Table, read_register

COLUMNS = (
    Column("number", code(r"\d{4}")),
    Column("name", text_up_to(12)),
    Column("inhabitants", whole, required=False),
    Column("founded", exact_day, required=False),
    Column("area", decimal(1, 0, 100), required=False),
    Column("coastal", YES_NO, required=False),
)
HEADER = "number,name,inhabitants,founded,area,coastal\n"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def read(tmp_path: Path, content: str | bytes) -> Table:
    file = tmp_path / "places.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_register(file, COLUMNS, key="number")


def faults(table: Table) -> list[str]:
    return [str(problem) for problem in table.problems]


def test_cells_are_trimmed_and_read_by_their_column(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + "1804 , Bodø\t ,53712,1816-05-20,12.34,yes\n")
    assert table.problems == []
    assert table.rows == {
        2: {
            "number": "1804",
            "name": "Bodø",
            "inhabitants": 53712,
            "founded": date(1816, 5, 20),
            "area": Decimal("12.3"),
            "coastal": True,
        }
    }


def test_empty_cells_are_unknown_and_empty_lines_nothing(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + "1804,Bodø,,,,\n,,,,,\n\n")
    assert table.problems == []
    assert table.rows == {
        2: {
            "number": "1804",
            "name": "Bodø",
            "inhabitants": None,
            "founded": None,
            "area": None,
            "coastal": None,
        }
    }


def test_file_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    table = read(tmp_path, "\ufeff" + HEADER.replace("\n", "\r\n") + '1804,"Bodø",,,,no\r\n')
    assert table.problems == []
    assert table.by("number")["1804"]["coastal"] is False


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("18044,Bodø,,,,", "not a valid code: 18044"),
        ("1804,,,,,", "name is missing"),
        ("1804,Bodø i Nordland,,,,", "longer than 12 characters: Bodø i Nordland"),
        ("1804,Bodø,-1,,,", "not a whole number: -1"),
        ("1804,Bodø,1 000,,,", "not a whole number: 1 000"),
        ("1804,Bodø,,20.05.1816,,", "not a date (YYYY-MM-DD): 20.05.1816"),
        ("1804,Bodø,,18160520,,", "not a date (YYYY-MM-DD): 18160520"),
        ("1804,Bodø,,,NaN,", "not a number from 0 to 100: NaN"),
        ("1804,Bodø,,,100.1,", "not a number from 0 to 100: 100.1"),
        ("1804,Bodø,,,,ja", "ja is not one of yes, no"),
        ("1804,Bodø", "2 cells, expected 6"),
        ('1804,"Bodø,,,,', "unexpected end of data"),
    ],
)
def test_bad_line_is_refused_with_its_number(tmp_path: Path, line: str, fault: str) -> None:
    table = read(tmp_path, f"{HEADER}5501,Tromsø,,,,\n{line}\n")
    assert faults(table) == [f"places.csv:3: {fault}"]
    assert list(table.by("number")) == ["5501"]


def test_every_fault_of_a_line_is_told_at_once(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + "x,Bodø,many,,,\n")
    assert faults(table) == ["places.csv:2: not a valid code: x", "places.csv:2: not a whole number: many"]


def test_duplicate_code_names_the_first_line(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER + "1804,Bodø,,,,\n5501,Tromsø,,,,\n1804,Bodø,,,,\n")
    assert faults(table) == ["places.csv:4: duplicate number 1804, first on line 2"]


def test_other_header_is_refused_whole(tmp_path: Path) -> None:
    table = read(tmp_path, "nummer,name\n1804,Bodø\n")
    assert faults(table) == [
        "places.csv:1: the header is nummer,name, expected number,name,inhabitants,founded,area,coastal"
    ]
    assert table.rows == {}


@pytest.mark.parametrize(("content", "fault"), [("", "the header is –"), (HEADER, "the file has no rows")])
def test_file_without_rows_is_refused(tmp_path: Path, content: str, fault: str) -> None:
    assert [text.startswith(f"places.csv:1: {fault}") for text in faults(read(tmp_path, content))] == [True]


def test_bad_utf8_names_the_line(tmp_path: Path) -> None:
    table = read(tmp_path, HEADER.encode() + b"5501,Troms,,,,\n1804,Bod\xf8,,,,\n")
    assert faults(table) == ["places.csv:3: the line is not UTF-8; save the file as CSV UTF-8"]


def test_missing_file_is_a_fault_too(tmp_path: Path) -> None:
    assert faults(read_register(tmp_path / "none.csv", COLUMNS)) == ["none.csv:1: the file cannot be read"]


def test_reference_to_an_unknown_code_is_refused() -> None:
    table = Table("places.csv", {2: {"county": "18"}, 3: {"county": "99"}, 4: {"county": ""}})
    table.refer("county", {"18"})
    assert faults(table) == ["places.csv:3: unknown county: 99"]
    assert list(table.rows) == [2, 4]


def test_words_of_a_file_may_stand_for_values() -> None:
    assert one_of({"yes": True, "no": False})("no") is False
    assert one_of(["nb", "nn"])("nn") == "nn"
