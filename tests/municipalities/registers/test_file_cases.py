"""Files as real people's programs and hands make them: read as they are meant, or told truly why not, and
never an error page.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse

from municipalities.candidates.candidate_import import read_candidate_list
from municipalities.candidates.foreign_partners import read_partnerships, save_partnership
from municipalities.models import KnownPartnership, Need, OfficialListEntry
from municipalities.needs import need_workbook
from municipalities.official_list.editions import load_edition, preview_edition, read_edition
from municipalities.registers.loader import load_registers
from municipalities.responses.old_form import NotATable, read_table
from tests.desk import desk
from tests.municipalities.needs.test_need_workbook import packed, template
from tests.municipalities.official_list.test_editions import FIRST, HEADER, SECOND
from tests.municipalities.pool import POLTAVA, add_need, pooled_candidate
from tests.municipalities.sheets import csv_file, sent
from tests.people import NOW, actor
from tests.places import hromada

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
CASES = Path(__file__).parents[1] / "data" / "cases"
HAISYN, RAIHOROD, VIITIVTSI, MARIANIVKA = (
    "UA05040030000050131", "UA05040190000039450", "UA05120030000061384", "UA07080190000072811",
)  # fmt: skip


def case(name: str) -> tuple[str, bytes]:
    return name, (CASES / name).read_bytes()


def test_a_list_is_read_as_it_is_meant_whatever_program_or_keyboard_wrote_it() -> None:
    load_registers(at=NOW)
    meant = {
        "list-bom-semicolon.csv": [HAISYN], "list-cr-only.csv": [HAISYN],
        "list-macro.xlsm": [HAISYN, RAIHOROD],
        "list-no-references.xlsx": [HAISYN, RAIHOROD], "list-dimension-a1.xlsx": [HAISYN, RAIHOROD],
        "list-lower-code.xlsx": [HAISYN], "list-zero-width-in-code.xlsx": [HAISYN],
        "list-decomposed-name.csv": [VIITIVTSI],
        "list-apostrophe-0027.csv": [MARIANIVKA], "list-apostrophe-2018.csv": [MARIANIVKA],
    }  # fmt: skip
    for name, codes in meant.items():
        listed = read_candidate_list(*case(name))
        assert [str(problem) for problem in listed.table.problems] == []
        assert [row.hromada and row.hromada.katottg for row in listed.rows] == codes, name


@pytest.mark.parametrize("name", ["list-damaged.xlsx", "list-deflate64.xlsx", "list-ods.ods"])
def test_a_container_that_cannot_be_read_is_told_on_every_page_that_takes_a_file(name: str) -> None:
    fault = (1, "the file is no workbook that can be read; save it as XLSX or CSV UTF-8")
    browser = desk("andrij")
    for page in ("candidate_import", "knownpartnership_import"):
        answer = browser.post(reverse(f"admin:municipalities_{page}"), {"file": sent(case(name)[1], name)})
        assert [(problem.line, str(problem.text)) for problem in answer.context["problems"]] == [fault]
    table = need_workbook.read_needs(*case(name))
    assert [(problem.line, str(problem.text)) for problem in table.problems] == [fault]
    with pytest.raises(NotATable):
        read_table(case(name)[1])


@pytest.mark.parametrize("name", ["edition-dates.xlsx", "edition-float-date.xlsx", "edition-date-short.xlsx"])
def test_an_editions_dates_are_read_in_each_way_a_spreadsheet_keeps_them(name: str) -> None:
    load_registers(at=NOW)
    table = read_edition(*case(name))
    assert [str(problem) for problem in table.problems] == []
    assert [row["starts_on"] for row in table.rows.values()] == [date(2022, 2, 24)]


def test_partners_are_read_with_numbers_for_years_and_small_letters_for_countries() -> None:
    load_registers(at=NOW)
    for name in ("partners-country-small.xlsx", "partners-year-number.xlsx"):
        listed = read_partnerships(*case(name))
        assert [(row.what, row.values["partner_country"], row.values["year"]) for row in listed.rows] == [
            ("new", "PL", 2023)
        ]


def test_a_partner_typed_twice_in_two_forms_of_the_same_letters_is_one() -> None:
    load_registers(at=NOW)
    listed = read_partnerships(*case("partners-decomposed-twice.xlsx"))
    assert [(problem.line, str(problem.text)) for problem in listed.table.problems] == [
        (3, "the same entry stands on line 2")
    ]


def test_the_old_form_is_read_whole_whatever_the_file_says_of_its_size() -> None:
    table = read_table(case("oldform-dimension-a1.xlsx")[1])
    assert (len(table.headings), table.lines) == (13, [2, 3])
    assert [row[6] for row in table.rows] == ["Bodø", "Ålesund kommune"]


def test_every_sheet_says_its_name() -> None:
    assert read_edition(*case("edition-dates.xlsx")).sheet == "Sheet1"
    assert read_edition("list.csv", csv_file(HEADER, f"{POLTAVA},possible,2022-02-24,")).sheet == ""


# --- what was stored before texts had one form --------------------------------------------------------------


def test_an_untouched_row_of_the_needs_workbook_changes_nothing_though_its_text_is_older_than_the_form() -> (
    None
):
    need = add_need(pooled_candidate(), text_uk="Поради")
    Need.objects.filter(pk=need.pk).update(text_uk="Кам'янець:\u00a0поради")
    table = need_workbook.read_needs("needs.xlsx", packed(template()))
    upload = need_workbook.store_needs(table=table, by=actor("andrij"), at=NOW)
    report = need_workbook.apply_needs(upload=upload, by=actor("andrij"), at=NOW)
    assert (report.unchanged, report.acts) == (1, 0)


def test_the_same_edition_is_the_same_and_opens_no_task_though_its_exceptions_are_older_than_the_form() -> (
    None
):
    pooled_candidate(POLTAVA)
    first = f"{POLTAVA},possible,2022-02-24,,крім Кам’янки"
    table = read_edition("list.csv", csv_file(f"{HEADER},except", first))
    load_edition(order=FIRST, table=table, by=actor("andrij"), at=NOW)
    OfficialListEntry.objects.update(except_uk="крім\u00a0Кам'янки")
    assert preview_edition(order=FIRST, table=table, by=actor("andrij"), at=NOW).is_same
    assert load_edition(order=SECOND, table=table, by=actor("andrij"), at=NOW).tasks == ()


def test_a_partnership_stored_before_is_the_same_row_of_a_file() -> None:
    place = hromada()
    values = {
        "partner_country": "PL",
        "partner_name": "Lublin",
        "kind": "signed",
        "source": "Letter",
        "partner_level": "municipality",
    }
    save_partnership(hromada=place, values=values, by=actor("andrij"), at=NOW)
    KnownPartnership.objects.update(source="Letter\u00a0", partner_name="Lublin\u200b")
    line = f"{POLTAVA},PL,LUBLIN,signed,Letter"
    (row,) = read_partnerships("p.csv", csv_file("katottg,country,partner,kind,source", line)).rows
    assert (row.what, list(row.values)) == ("changed", ["partner_name"])
