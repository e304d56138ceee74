"""Every table goes out in one form: CSV that Norwegian and Ukrainian Excel open in columns, and no cell of it
is run.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from kommunesamarbeid.core.files.tables import csv_file, saved, write_rows
from tests.desk import desk
from tests.municipalities.answers import submitted_response

FILES = (
    "partnerships_csv", "admin:matching_agreement_csv", "admin:matching_proposal_csv",
    "admin:matching_proposal_log_csv",
    "admin:municipalities_response_export",
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", FILES)
def test_every_csv_of_the_portal_is_of_one_kind(name: str) -> None:
    submitted_response()
    body = desk("kari").get(reverse(name), {"format": "csv", "state": ""}).content.decode("utf-8")
    assert body.startswith("\ufeff")
    assert body.endswith("\r\n")
    header = next(csv.reader(io.StringIO(body.removeprefix("\ufeff")), delimiter=";"))
    assert len(header) >= 7
    assert csv.Sniffer().sniff(body.splitlines()[0], ",;").delimiter == ";"


def test_numbers_and_days_stay_what_they_are_and_texts_are_never_run() -> None:
    row = ["=1+1", "-3", -3, Decimal("2.5"), date(2026, 3, 12), True, None, "a;b", "@SUM(A1)"]
    assert csv_file(["a"], [row]).decode("utf-8-sig") == (
        "a\r\n'=1+1;'-3;-3;2.5;2026-03-12;yes;;\"a;b\";'@SUM(A1)\r\n"
    )


@pytest.mark.parametrize("typed", ["=1+1", "+47 900 00 000", "-", "@navn", "\ttab", "\nlinje"])
def test_a_workbook_that_comes_back_holds_the_text_itself_and_does_not_run_it(typed: str) -> None:
    book = Workbook()
    write_rows(book.active, [["heading"], [typed], [-3]])
    rows = load_workbook(io.BytesIO(saved(book))).active
    cell, number = rows["A2"], rows["A3"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (typed, "s", True)
    assert (number.value, number.data_type, number.quotePrefix) == (-3, "n", False)
