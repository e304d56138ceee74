"""Needs by spreadsheet: what goes out comes in unchanged, every wrong row is named, and all rows are done or none."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation
from openpyxl import Workbook, load_workbook

from kommunesamarbeid.core.files.containers import MAX_BYTES
from kommunesamarbeid.core.files.sheets import Table
from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.roles import NotAllowed
from municipalities.choices import NeedStatus
from municipalities.models import Need, Upload
from municipalities.needs import need_template, need_workbook, needs
from tests.municipalities.pool import LVIV, POLTAVA, TESTIVSKA, add_need, categorised, pooled_candidate
from tests.people import NOW, TODAY, actor
from tests.places import hromada, theme

pytestmark = pytest.mark.django_db

NAMES = [column.name for column in need_workbook.COLUMNS]


def template() -> Any:
    return load_workbook(io.BytesIO(need_template.write_template(by=actor("andrij"), at=NOW)))


def packed(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(book: Any) -> Table:
    return need_workbook.read_needs("needs.xlsx", packed(book))


def upload(book: Any) -> Upload:
    return need_workbook.store_needs(table=read(book), by=actor("andrij"), at=NOW)


def cell(book: Any, row: int, name: str) -> Any:
    return book["needs"].cell(row, NAMES.index(name) + 1)


def add_row(book: Any, **values: Any) -> int:
    """Append a row for a new need of Poltava, as somebody would type it; return its number."""
    row = {"katottg": POLTAVA, "theme": "youth", "horizon": "long", "urgency": 2, **values}
    book["needs"].append([row.get(name) for name in NAMES])
    return int(book["needs"].max_row)


def everything() -> list[Any]:
    return list(Need.objects.order_by("pk").values())


def test_the_template_holds_the_current_needs_the_themes_and_stable_keys() -> None:
    need = add_need(
        pooled_candidate(),
        text_uk="Поради",
        text_nb="Råd",
        text_nb_by_machine=True,
        valid_to=date(2027, 5, 1),
    )
    book = template()
    assert [sheet.title for sheet in book] == ["needs", "themes", "codes", "columns"]
    row = dict(
        zip(*[[one.value for one in line] for line in book["needs"].iter_rows(max_row=2)], strict=True)
    )
    assert (row["need"], row["edition"], row["katottg"], row["theme"]) == (need.pk, 1, POLTAVA, "education")
    assert (row["text_uk"], row["text_nb_by_machine"], row["valid_to"].date()) == (
        "Поради",
        "yes",
        date(2027, 5, 1),
    )
    assert [line[0].value for line in book["columns"].iter_rows(min_row=2)] == NAMES


def test_a_text_that_a_spreadsheet_would_compute_stays_a_text() -> None:
    add_need(pooled_candidate(), text_uk='=HYPERLINK("x")', text_en="@sum", quantity="+1")
    book = template()
    kept = [
        (cell(book, 2, name).data_type, cell(book, 2, name).quotePrefix)
        for name in ("text_uk", "text_en", "quantity")
    ]
    assert kept == [("s", True)] * 3


def test_an_unchanged_template_changes_nothing() -> None:
    add_need(
        pooled_candidate(),
        text_uk="=1+1",
        quantity="12",
        valid_to=date(2027, 5, 1),
        urgent_to=date(2027, 1, 1),
    )
    add_need(pooled_candidate(LVIV), "winter-relief", "short", 1)
    before = everything()
    report = need_workbook.apply_needs(
        upload=upload(template()), by=actor("andrij"), at=NOW + timedelta(days=1)
    )
    assert (report.unchanged, report.acts, report.faults) == (2, 0, [])
    assert everything() == before


def test_rows_add_change_confirm_and_close_needs_and_each_leaves_its_row_in_the_trail() -> None:
    theme("youth")
    first, second, third = (add_need(pooled_candidate(place)) for place in (LVIV, TESTIVSKA, POLTAVA))
    book = template()
    rows = {cell(book, number, "need").value: number for number in (2, 3, 4)}
    cell(book, rows[first.pk], "urgency").value = 1
    cell(book, rows[second.pk], "confirm").value = "yes"
    cell(book, rows[third.pk], "status").value = "withdrawn"
    add_row(book, text_uk="Обміни", valid_to="31.12.2027")
    kept = upload(book)
    before = AuditEvent.objects.latest("id").pk
    report = need_workbook.apply_needs(upload=kept, by=actor("andrij"), at=NOW + timedelta(days=1))
    assert [len(lines) for lines in (report.added, report.changed, report.confirmed, report.closed)] == [
        1,
        1,
        1,
        1,
    ]
    assert Need.objects.get(pk=first.pk).urgency == 1
    assert Need.objects.get(pk=second.pk).confirmed_on == TODAY + timedelta(days=1)
    assert Need.objects.get(pk=third.pk).status == NeedStatus.WITHDRAWN
    assert Need.objects.get(theme__slug="youth").valid_to == date(2027, 12, 31)
    trail = AuditEvent.objects.filter(pk__gt=before, object_type="municipalities.need")
    assert sorted(trail.values_list("action", flat=True)) == [
        "need.added",
        "need.changed",
        "need.confirmed",
        "need.withdrawn",
    ]
    assert [bytes(kept.content) for kept in Upload.objects.all()] == [b""]


def test_twelve_kinds_of_errors_give_twelve_row_messages_and_change_nothing() -> None:
    candidate = pooled_candidate()
    need, stale = add_need(candidate), add_need(candidate, "winter-relief", "short")
    hromada(LVIV)
    for slug in ("youth", "municipal-finance"):
        theme(slug)
    book = template()
    needs.change_need(need=stale, seen_edition=1, changes={"urgency": 4}, by=actor("andrij"), at=NOW)
    rows = {cell(book, number, "need").value: number for number in (2, 3)}
    cell(book, rows[need.pk], "text_uk").value = "я" * 501
    cell(book, rows[stale.pk], "quantity").value = "20"
    add_row(book, katottg="UA99999999999999999")
    add_row(book, katottg=LVIV)
    add_row(book, theme="no-such-theme")
    add_row(book, theme="municipal-finance", horizon="short")
    add_row(book, urgency=5)
    add_row(book, valid_to="soon")
    add_row(book, valid_to="2020-01-01")
    add_row(book, visibility="public")
    add_row(book, text_uk="=1+1")
    add_row(book, need=99999)
    add_row(book, text_uk="a good row, which is not done either")
    before, table = everything(), read(book)
    with translation.override("en"):
        report = need_workbook.check_needs(table=table, by=actor("andrij"), at=NOW)
    assert {line.line: line.text for line in report.faults} == {
        rows[need.pk]: f"text_uk: longer than 500 characters: {'я' * 40}",
        rows[
            stale.pk
        ]: "Somebody else has changed this need in the meantime. Check both versions and save again.",
        4: "no hromada has the code UA99999999999999999",
        5: "the hromada is not a candidate",
        6: "no theme has the key no-such-theme; see the sheet “themes”",
        7: "horizon: This theme is not meant for that horizon.",
        8: "urgency: 5 is not one of 1, 2, 3, 4",
        9: "valid_to: not a date (2026-12-31 or 31.12.2026): soon",
        10: "valid_to: The date has passed.",
        11: "visibility: A need cannot be public while the candidate is in the war zone or undetermined.",
        12: "text_uk holds a formula; paste the value",
        13: "the hromada has no need with the number 99999",
    }
    assert len(report.added) == 1
    with pytest.raises(need_workbook.HasFaults):
        need_workbook.store_needs(table=table, by=actor("andrij"), at=NOW)
    assert (everything(), Upload.objects.count()) == (before, 0)


def test_a_file_whose_needs_were_changed_after_its_dry_run_changes_nothing() -> None:
    need = add_need(pooled_candidate())
    book = template()
    cell(book, 2, "urgency").value = 1
    kept = upload(book)
    needs.change_need(need=need, seen_edition=1, changes={"urgency": 4}, by=actor("andrij"), at=NOW)
    before = everything()
    with pytest.raises(need_workbook.HasFaults):
        need_workbook.apply_needs(upload=kept, by=actor("andrij"), at=NOW)
    assert everything() == before
    assert Upload.objects.get().applied_at is None


def test_the_same_need_twice_and_a_doubled_new_need_are_named() -> None:
    need = add_need(pooled_candidate())
    theme("youth")
    book = template()
    book["needs"].append([one.value for one in book["needs"][2]])
    add_row(book)
    add_row(book)
    report = need_workbook.check_needs(table=read(book), by=actor("andrij"), at=NOW)
    assert [line.line for line in report.faults] == [3, 5]
    assert Need.objects.get() == need


def test_a_row_that_may_give_away_a_place_waits_for_a_yes() -> None:
    pooled_candidate()
    theme("youth")
    book = template()
    line = add_row(book, text_uk="49.5883, 34.5514")
    kept = upload(book)
    with translation.override("en"):
        report = need_workbook.check_needs(table=need_workbook.stored_needs(kept), by=actor("andrij"), at=NOW)
    assert [(one.line, one.text) for one in report.warnings] == [(line, "coordinates")]
    with pytest.raises(needs.Sensitive):
        need_workbook.apply_needs(upload=kept, by=actor("andrij"), at=NOW)
    assert not Need.objects.exists()
    need_workbook.apply_needs(upload=kept, by=actor("andrij"), at=NOW, is_checked=True)
    assert Need.objects.get().text_uk == "49.5883, 34.5514"


def test_the_dry_run_promises_what_applying_does() -> None:
    categorised(pooled_candidate())
    theme("youth")
    book = template()
    add_row(book, visibility="public", text_uk="Обміни")
    kept = upload(book)
    promised = need_workbook.check_needs(table=need_workbook.stored_needs(kept), by=actor("andrij"), at=NOW)
    assert not Need.objects.exists()
    assert need_workbook.apply_needs(upload=kept, by=actor("andrij"), at=NOW) == promised


def wrong_header() -> bytes:
    book = template()
    cell(book, 1, "urgency").value = "haste"
    return packed(book)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            lambda: b"PK\x03\x04 no file",
            "the file is no workbook that can be read; save it as XLSX or CSV UTF-8",
        ),
        (lambda: b"need;edition", f"column “katottg” is missing; known are {', '.join(NAMES)}"),
        (lambda: packed(Workbook()), "the file has no rows"),
        (wrong_header, f"column “haste” is unknown or stands twice; known are {', '.join(NAMES)}"),
        (lambda: b"x" * (MAX_BYTES + 1), "the file is larger than 5 MB"),
    ],
)
def test_what_is_not_the_template_is_refused(content: Callable[[], bytes], fault: str) -> None:
    with translation.override("en"):
        table = need_workbook.read_needs("needs.xlsx", content())
        assert [str(problem.text) for problem in table.problems] == [fault]
        with pytest.raises(need_workbook.HasFaults):
            need_workbook.store_needs(table=table, by=actor("andrij"), at=NOW)
    assert not Upload.objects.exists()


def test_a_national_identity_number_is_not_kept_between_dry_run_and_applying() -> None:
    pooled_candidate()
    theme("youth")
    book = template()
    add_row(book, text_uk="Поради 01010000110 про школи")
    kept = bytes(upload(book).content).decode()
    assert ("01010000110" in kept, POLTAVA in kept) == (False, True)


@pytest.mark.parametrize("who", ["kari", "olena", "astrid"])
def test_only_auc_editors_use_files(who: str) -> None:
    with pytest.raises(NotAllowed):
        need_template.write_template(by=actor(who), at=NOW)
    with pytest.raises(NotAllowed):
        need_workbook.store_needs(table=Table("needs.xlsx"), by=actor(who), at=NOW)
