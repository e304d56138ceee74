"""A sent file is CSV or XLSX, its columns in any order, and nothing of it is trusted."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time

import pytest

from kommunesamarbeid.core.files.columns import Column, code, day, text_up_to, whole
from kommunesamarbeid.core.files.containers import MAX_BYTES
from kommunesamarbeid.core.files.sheets import Heading, Table, read_sheet
from tests.municipalities.sheets import csv_file, xlsx_file

pytestmark = pytest.mark.usefixtures("english")

HEADINGS = (
    Heading(Column("number", code(r"\d{4}")), ("number", "nummer"), must_stand=True),
    Heading(Column("name", text_up_to(12), required=False, empty=""), ("name", "назва")),
    Heading(Column("people", whole, required=False), ("people",)),
    Heading(Column("since", day, required=False), ("since",)),
)


def read(raw: bytes, max_rows: int = 100) -> Table:
    return read_sheet("places", raw, HEADINGS, key="number", max_rows=max_rows)


def faults(raw: bytes, max_rows: int = 100) -> list[tuple[int, str]]:
    return [(problem.line, str(problem.text)) for problem in read(raw, max_rows).problems]


MIDNIGHT = datetime.combine(date(1816, 5, 20), time())  # a workbook keeps days as times without a zone
BODO = {"number": "1804", "name": "Bodø", "people": 53712, "since": date(1816, 5, 20)}


@pytest.mark.parametrize(
    "raw",
    [
        csv_file("number,name,people,since", "1804,Bodø,53712,1816-05-20"),
        csv_file("\ufeffsince;people;назва;NUMMER", "1816-05-20;53712; Bodø ;1804;;"),
        csv_file("number\tname\tpeople\tsince", "1804\tBodø\t53712\t1816-05-20"),
        xlsx_file(["Number", "Name", "People", "Since"], ["1804", "Bodø", 53712, MIDNIGHT]),
        xlsx_file(["people", "number", "since", "name"], [], [53712.0, 1804, date(1816, 5, 20), "Bodø"]),
    ],
    ids=["csv", "semicolons, other names, BOM", "tabs", "xlsx", "xlsx, other order, blank row"],
)
def test_the_same_table_is_read_however_it_was_saved(raw: bytes) -> None:
    table = read(raw)
    assert table.problems == []
    assert list(table.rows.values()) == [BODO]


def test_a_column_that_is_not_there_is_empty_in_every_row() -> None:
    assert read(csv_file("number", "1804")).rows == {
        2: {"number": "1804", "name": "", "people": None, "since": None}
    }


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (
            csv_file("number,colour", "1804,red"),
            (1, "column “colour” is unknown or stands twice; known are number, name, people, since"),
        ),
        (
            csv_file("number,nummer", "1804,1804"),
            (1, "column “number” is unknown or stands twice; known are number, name, people, since"),
        ),
        (csv_file("name", "Bodø"), (1, "column “number” is missing; known are number, name, people, since")),
        (csv_file("number,name", "1804,Bodø,more"), (2, "3 cells, expected 2")),
        (csv_file("number", "18"), (2, "number: not a valid code: 18")),
        (csv_file("number", "1804", "1804"), (3, "duplicate number 1804, first on line 2")),
        (csv_file("number,name", '1804,"Bodø'), (2, "unexpected end of data")),
        (xlsx_file(["number", "people"], ["1804", "=1+1"]), (2, "people holds a formula; paste the value")),
        (b"number\n\xff\xfe", (2, "the line is not UTF-8; save the file as CSV UTF-8")),
        (b"", (1, "the file has no rows")),
        (csv_file("number"), (1, "the file has no rows")),
        (
            b"PK\x03\x04 not a workbook",
            (1, "the file is no workbook that can be read; save it as XLSX or CSV UTF-8"),
        ),
        (b"x" * (MAX_BYTES + 1), (1, "the file is larger than 5 MB")),
    ],
)
def test_a_fault_is_told_once_with_its_row(raw: bytes, fault: tuple[int, str]) -> None:
    assert faults(raw) == [fault]


def test_more_rows_than_allowed_are_not_read() -> None:
    assert faults(csv_file("number", "1804", "1805", "1806"), max_rows=2) == [
        (4, "the file has more than 2 rows")
    ]


def test_a_workbook_that_unpacks_to_too_much_is_not_opened() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/workbook.xml", b"0" * (61 * 1024 * 1024))
    assert faults(packed.getvalue()) == [(1, "the workbook unpacks to too much")]


def test_a_workbook_with_entities_is_refused_and_not_expanded() -> None:
    honest, spoilt = io.BytesIO(xlsx_file(["number"], ["1804"])), io.BytesIO()
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    with zipfile.ZipFile(honest) as source, zipfile.ZipFile(spoilt, "w") as target:
        for name in source.namelist():
            target.writestr(name, bomb if name.endswith("sheet1.xml") else source.read(name))
    assert faults(spoilt.getvalue()) == [(1, "the workbook holds XML that is not allowed")]


def repacked(raw: bytes, sheet: bytes, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return the workbook with another sheet in it, packed in another way."""
    with zipfile.ZipFile(io.BytesIO(raw)) as old, io.BytesIO() as body:
        with zipfile.ZipFile(body, "w", how) as new:
            for part in old.namelist():
                new.writestr(part, sheet if part == "xl/worksheets/sheet1.xml" else old.read(part))
        return body.getvalue()


def sheet_of(raw: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        return packed.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("number", [b"400000", b"1e308"])
def test_a_row_that_says_it_stands_far_down_holds_nobody_up(number: bytes) -> None:
    raw = xlsx_file(["number"], ["1804"])
    far = sheet_of(raw).replace(b'<row r="2"', b'<row r="' + number + b'"')
    assert faults(repacked(raw, far)) == [(50_001, "the sheet has more than 50000 rows, most of them empty")]


def test_a_workbook_damaged_in_any_place_and_packed_in_any_way_is_told_as_one_that_cannot_be_read() -> None:
    raw = xlsx_file(["number"], ["1804"])
    told = "the file is no workbook that can be read; save it as XLSX or CSV UTF-8"
    for how in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        whole_file = repacked(raw, sheet_of(raw), how)
        for place in range(60, len(whole_file) - 400, 97):
            damaged = whole_file[:place] + bytes([whole_file[place] ^ 0xFF]) + whole_file[place + 1 :]
            assert {text for _line, text in faults(damaged)} <= {told}, (how, place)
