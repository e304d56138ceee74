"""The old Office form's import: looked through before it is written, duplicates flagged, twice is once, every row kept."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from openpyxl import Workbook

from kommunesamarbeid.core.files.containers import MAX_UNPACKED
from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.roles import NotAllowed
from municipalities.models import ContactPerson, OldFormRow, Response
from municipalities.people.retention import erase
from municipalities.responses.old_form import (
    NotATable,
    Table,
    guess,
    import_rows,
    plan,
    read_table,
    table_from_json,
)
from tests.desk import desk
from tests.municipalities.answers import submitted_response
from tests.municipalities.browsing import browser
from tests.people import NOW, actor
from tests.places import municipality, round_open, theme

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
HEADINGS = [
    "Starttidspunkt",
    "Navn på kommunen",
    "Kontaktperson i kommunen",
    "E-post",
    "Hvilke temaer kan dere bidra med?",
    "Andre kommentarer",
]
BODO = [
    "2025-03-01",
    "Bodø kommune",
    "Mona Berg",
    "Mona@bodo.kommune.no",
    "Barnehage og skole;Romfart",
    "Vi har mye å by på",
]
BINDAL = ["2025-03-02", "1811", "Per Vik", "per@bindal.kommune.no", "", ""]
PAGE = "/desk/municipalities/response/old-form/"


@pytest.fixture(autouse=True)
def _places() -> None:
    """Make what the rows name."""
    municipality("1804")
    municipality("1811")
    theme("education")


def table(*rows: list[str]) -> Table:
    """Return a table of the old form."""
    return Table(HEADINGS, list(rows), list(range(2, len(rows) + 2)))


def workbook(*rows: list[str]) -> bytes:
    """Return the same as an XLSX file."""
    book, out = Workbook(), io.BytesIO()
    for row in (HEADINGS, *rows):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def imported(*rows: list[str]) -> list[Any]:
    """Import rows as Kari does, with the columns guessed."""
    return import_rows(table(*rows), guess(HEADINGS), round=round_open(), by=actor("kari"), at=NOW)


def test_columns_are_guessed_by_their_headings() -> None:
    assert guess(HEADINGS) == {1: "municipality", 2: "name", 3: "email", 4: "offers", 5: "notes"}


def test_looking_through_writes_nothing() -> None:
    (row,) = plan(table(BODO), guess(HEADINGS), round=round_open())

    assert (row.makes_draft, row.values["offers"], [str(flag) for flag in row.flags]) == (
        True,
        ["education"],
        ["some themes are not known; they stand in the kept row"],
    )
    assert (Response.objects.count(), OldFormRow.objects.count(), ContactPerson.objects.count()) == (0, 0, 0)


def test_a_row_becomes_a_draft_that_the_municipality_goes_on_with() -> None:
    imported(BODO)

    client = browser("1804")

    assert client.get("/skjema/side/notes/").context["form"]["notes"].value() == "Vi har mye å by på"
    assert client.get("/skjema/side/offers/").context["form"]["offers"].value() == ["education"]
    assert (Response.objects.get().state, Response.objects.get().contact) == (
        "draft",
        ContactPerson.objects.get(email="mona@bodo.kommune.no"),
    )


def test_the_source_row_is_kept_without_the_person_in_it() -> None:
    imported(BODO)

    row = OldFormRow.objects.get()
    assert dict(row.cells) == {
        "Starttidspunkt": "2025-03-01",
        "Navn på kommunen": "Bodø kommune",
        "Hvilke temaer kan dere bidra med?": "Barnehage og skole;Romfart",
        "Andre kommentarer": "Vi har mye å by på",
    }
    assert (
        row.contact and row.contact.name,
        "Mona" in str(AuditEvent.objects.values_list("data", "reason")),
    ) == (
        "Mona Berg",
        False,
    )


def test_a_kept_row_cannot_be_changed_or_deleted_but_its_person_is_erased() -> None:
    imported(BODO)
    for attempt in (lambda: OldFormRow.objects.update(cells=[]), lambda: OldFormRow.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()

    erase(ContactPerson.objects.get(), by=actor("kari"), at=NOW)

    row = OldFormRow.objects.get()
    assert (row.contact and row.contact.name, len(row.cells)) == ("", 4)


def test_importing_twice_changes_nothing() -> None:
    imported(BODO, BINDAL)
    before = (
        list(Response.objects.values_list("pk", "draft")),
        OldFormRow.objects.count(),
        ContactPerson.objects.count(),
    )

    again = imported(BODO, BINDAL)

    assert before == (
        list(Response.objects.values_list("pk", "draft")),
        OldFormRow.objects.count(),
        ContactPerson.objects.count(),
    )
    assert [str(flag) for flag in again[1].flags] == [
        "imported before",
        "has begun or answered already; nothing is overwritten",
    ]


def test_of_several_rows_of_a_municipality_the_last_one_counts_and_all_are_flagged_and_kept() -> None:
    rows = imported([*BODO[:5], "Først"], [*BODO[:5], "Sist"])

    assert [
        ("several rows for this municipality; the last one counts" in map(str, row.flags), row.makes_draft)
        for row in rows
    ] == [(True, False), (True, True)]
    assert (Response.objects.get().draft["notes"], OldFormRow.objects.count()) == ("Sist", 2)


def test_what_a_municipality_has_answered_is_never_overwritten() -> None:
    answers = submitted_response("1804").response.draft

    imported(BODO)

    assert (Response.objects.get().draft, OldFormRow.objects.get().response) == (answers, None)


def test_a_row_that_names_no_municipality_is_told_and_a_number_of_a_person_is_not_kept() -> None:
    unknown = [BODO[0], "Ingensteds", *BODO[2:]]
    numbered = [*BINDAL[:5], "Ring 01010750160"]

    rows = imported(unknown, numbered)

    assert [str(flag) for flag in rows[0].flags][-1:] == ["no municipality found"]
    assert (
        "01010750160" in str(OldFormRow.objects.get().cells),
        "01010750160" in str(Response.objects.get().draft),
    ) == (
        False,
        False,
    )


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04", b"not a workbook", b"\x00" * 100])
def test_what_is_no_workbook_is_refused(body: bytes) -> None:
    with pytest.raises(NotATable):
        read_table(body)
    with pytest.raises(NotATable):
        table_from_json(body.decode(errors="replace"))


def test_only_who_reviews_imports() -> None:
    for who in ("lars", "andrij", "astrid"):
        with pytest.raises(NotAllowed):
            import_rows(
                table(BODO), guess(HEADINGS), round=round_open(), by=actor(who), at=NOW + timedelta(1)
            )


def test_the_desk_looks_through_and_then_imports() -> None:
    kari = desk("kari")
    file = SimpleUploadedFile("svar.xlsx", workbook(BODO))

    first = kari.post(PAGE, {"round": round_open().pk, "file": file})
    mapping = first.context["mapping"]
    assert (Response.objects.count(), [row.makes_draft for row in first.context["planned"]]) == (0, [True])
    kari.post(PAGE, {**{name: mapping[name].value() or "" for name in mapping.fields}, "do": "import"})

    assert (Response.objects.get().municipality.number, OldFormRow.objects.count()) == ("1804", 1)


def test_two_columns_for_one_thing_and_none_for_the_municipality_are_said() -> None:
    kari = desk("kari")
    posted = {
        "round": round_open().pk,
        "table": table(BODO).as_json(),
        "column_2": "name",
        "column_3": "name",
        "do": "import",
    }

    page = kari.post(PAGE, posted)

    assert len(page.context["mapping"].non_field_errors()) == 2
    assert OldFormRow.objects.count() == 0


def test_a_second_person_that_no_column_was_mapped_to_stands_in_no_kept_row() -> None:
    asked = Table(
        [*HEADINGS, "Navn på stedfortreder", "Telefon til stedfortreder"],
        [[*BODO, "Per Berg", "900 00 000"]],
        [2],
    )
    import_rows(asked, guess(asked.headings), round=round_open(), by=actor("kari"), at=NOW)
    kept = str(OldFormRow.objects.get().cells)
    assert [word in kept for word in ("Per Berg", "900 00 000", "Mona", "Romfart")] == [
        False,
        False,
        False,
        True,
    ]


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", b" " * (MAX_UNPACKED + 1))
    with pytest.raises(NotATable):
        read_table(out.getvalue())
