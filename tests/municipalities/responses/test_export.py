"""Responses as a table: stable keys, one row per submission, nothing a spreadsheet would run, no person without a reason."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook
from pytest_django.fixtures import DjangoAssertNumQueries

from kommunesamarbeid.core.files.tables import as_csv, as_xlsx, safe
from kommunesamarbeid.core.models import AccessLogEntry, AuditEvent
from kommunesamarbeid.core.roles import NotAllowed
from municipalities.responses.export import columns, rows
from tests.desk import desk
from tests.municipalities.answers import begun_response, ready_response, submitted_response
from tests.people import NOW, actor
from tests.places import hromada

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
EXPORT, WITH_PEOPLE = "/desk/municipalities/response/export/", "/desk/municipalities/response/export-people/"


def table(**more: Any) -> list[dict[str, Any]]:
    """Return the rows as Lars gets them."""
    return list(rows(by=more.pop("by", None) or actor("lars"), at=NOW, **more))


def read_csv(body: bytes) -> list[dict[str, str]]:
    """Return the lines of a CSV as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))


def test_one_row_per_submission_and_a_draft_is_none() -> None:
    version = submitted_response("1804")
    begun_response("5501")

    (line,) = table()

    assert [
        line[key]
        for key in (
            "reference",
            "municipality_number",
            "state",
            "version",
            "staff_hours",
            "languages",
            "offer_education_level",
        )
    ] == [version.response.reference, "1804", "submitted", 1, "10_25", "en", 3]


def test_columns_are_the_same_whatever_was_answered_and_cover_every_answer() -> None:
    hromada()
    submitted_response(
        "1804", existing_contact="yes", existing_contact_hromadas="Poltava", anchoring="council"
    )
    submitted_response("5501", anchoring="idea", existing_contact="no")

    keys = columns(people=False)

    assert len(set(keys)) == len(keys)
    assert [key for line in table() for key in line if key not in keys] == []


def test_it_is_filtered_by_state() -> None:
    submitted_response("1804")
    ready_response("5501")

    assert [line["municipality_number"] for line in table(states=["ready"])] == ["5501"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless_in_both_files(start: str) -> None:
    typed = f"{start}HYPERLINK(1)"
    line = {"a": typed, "b": "trygg", "c": 3, "d": None}

    assert read_csv(as_csv(list("abcd"), [line])) == [{"a": f"'{typed}", "b": "trygg", "c": "3", "d": ""}]
    cells = next(
        iter(
            load_workbook(io.BytesIO(as_xlsx(list("abcd"), [line], title="Svar"))).active.iter_rows(min_row=2)
        )
    )
    assert (cells[0].value.startswith("'"), cells[0].data_type, cells[2].value) == (True, "s", 3)


def test_numbers_stay_numbers_and_yes_is_a_word() -> None:
    assert [safe(value) for value in (-3, 2.5, True, False, None, "a=b", "")] == [
        -3,
        2.5,
        "yes",
        "no",
        "",
        "a=b",
        "",
    ]


def test_both_files_hold_the_same_with_norwegian_and_cyrillic_letters() -> None:
    submitted_response(offer_education_text="Blåbærsyltetøy, Полтава")
    keys, lines = columns(people=False), table()

    told = read_csv(as_csv(keys, lines))
    sheet = load_workbook(io.BytesIO(as_xlsx(keys, lines, title="Svar"))).active
    head, *body = [
        [cell if cell is not None else "" for cell in row] for row in sheet.iter_rows(values_only=True)
    ]

    assert told[0]["offer_education_text"] == "Blåbærsyltetøy, Полтава"
    assert [dict(zip(head, map(str, row), strict=True)) for row in body] == told


def test_no_person_stands_in_the_plain_table() -> None:
    submitted_response()

    body = desk("lars").get(EXPORT, {"format": "csv", "state": ""}).content.decode("utf-8-sig")

    assert (read_csv(body.encode())[0]["municipality"], "Mona" in body, "mona@" in body) == (
        "Bodø",
        False,
        False,
    )
    assert AccessLogEntry.objects.count() == 0


def test_contact_persons_take_a_reason_and_leave_an_audit_row_and_views() -> None:
    response = submitted_response().response
    kari = desk("kari")

    assert (
        "Mona" not in kari.post(WITH_PEOPLE, {"format": "csv", "state": "", "reason": " "}).content.decode()
    )
    answer = kari.post(WITH_PEOPLE, {"format": "csv", "state": "", "reason": "Invitasjon til samling"})

    assert read_csv(answer.content)[0]["contact_name"] == "Mona Berg"
    event = AuditEvent.objects.get(action="response.exported")
    assert (event.reason, event.data) == ("Invitasjon til samling", {"rows": 1, "states": []})
    assert AccessLogEntry.objects.get().object_id == str(response.contact_id)


def test_lars_gets_no_persons_and_auc_gets_nothing() -> None:
    submitted_response()

    with pytest.raises(NotAllowed):
        table(by=actor("lars"), people=True)
    with pytest.raises(NotAllowed):
        table(by=actor("andrij"))


@pytest.mark.parametrize("parties", [("1804",), ("1804", "5501", "4621")])
def test_it_costs_the_same_statements_at_any_number(
    parties: tuple[str, ...], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in parties:
        submitted_response(number)
    lars = actor("lars")

    with django_assert_num_queries(3):
        assert len(list(rows(by=lars, at=NOW))) == len(parties)
