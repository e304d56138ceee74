"""What an edition of the official list says of a hromada follows from its entries, whole and part apart."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from municipalities.models import Hromada, HromadaStatus, OfficialListEdition, OfficialListEntry
from municipalities.registers.loader import load_registers
from municipalities.registers.official_statuses import derive_statuses, latest_edition, status_of
from tests.people import NOW
from tests.places import hromada

pytestmark = pytest.mark.django_db
EXPECTED = Path(__file__).parents[1] / "data" / "official_list_2025-05-07_by_hromada.csv"
POLTAVA, LVIV, TESTOVE = "UA53080370000025447", "UA46060250000025047", "UA53060230000099999"


def edition(on: date = date(2025, 5, 7)) -> OfficialListEdition:
    return OfficialListEdition.objects.create(
        order_number="376", edition_on=on, rule_version="1364", source="Demo: invented edition", loaded_at=NOW
    )


def entry(
    of: OfficialListEdition,
    code: str,
    level: str,
    status: str,
    ends_on: date | None = None,
    besides: str = "",
) -> None:
    OfficialListEntry.objects.create(
        edition=of,
        line=of.entries.count() + 1,
        territory_code=code,
        level=level,
        name_uk="–",
        status=status,
        ends_on=ends_on,
        hromada=Hromada.objects.filter(katottg=code).first()
        or (hromada() if level == "settlement" else None),
        starts_on=date(2022, 2, 24),
        except_uk=besides,
        section="–",
    )


def derived(of: OfficialListEdition) -> dict[str, tuple[str, str]]:
    return {row.hromada.centre_en: (row.whole, row.part) for row in derive_statuses(of)}


def test_derived_statuses_equal_those_read_by_hand() -> None:
    load_registers(at=NOW)
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        expected = [tuple(row.values()) for row in csv.DictReader(file)]
    found = [
        (row.hromada.katottg, row.whole, row.part, row.ever, f"{row.first_on}", f"{row.closed_on or ''}")
        for row in HromadaStatus.objects.select_related("hromada").order_by("hromada__katottg")
    ]
    assert len(found) == 443
    assert found == expected


def test_oblast_and_raion_entries_spread_to_their_hromadas() -> None:
    for code in (POLTAVA, LVIV, TESTOVE):
        hromada(code)
    Hromada.objects.filter(katottg=TESTOVE).update(raion_code="UA53060000000011111")
    list_ = edition()
    entry(list_, "UA53000000000028050", "oblast", "possible")
    entry(list_, "UA53060000000011111", "raion", "active")
    assert derived(list_) == {"Poltava": ("possible", ""), "Testove": ("active", "")}


@pytest.mark.parametrize("level", ["oblast", "raion", "hromada"])
def test_entry_with_exceptions_counts_as_part_at_any_level(level: str) -> None:
    hromada()
    Hromada.objects.update(raion_code="UA53080000000011111")
    code = {"oblast": "UA53000000000028050", "raion": "UA53080000000011111", "hromada": POLTAVA}[level]
    list_ = edition()
    entry(list_, code, level, "occupied", besides="с. Тестове")
    assert derived(list_) == {"Poltava": ("", "occupied")}


def test_settlement_is_a_part_of_its_hromada() -> None:
    list_ = edition()
    entry(list_, "UA53080370010099999", "settlement", "active_eregisters")
    assert derived(list_) == {"Poltava": ("", "active_eregisters")}


@pytest.mark.parametrize(
    ("whole", "part", "told"),
    [
        ("possible", "active", "active"),
        ("active", "possible", ""),
        ("active", "active", ""),
        ("active", "active_eregisters", ""),
    ],
)
def test_part_is_told_only_where_it_is_graver(whole: str, part: str, told: str) -> None:
    hromada()
    list_ = edition()
    entry(list_, POLTAVA, "hromada", whole)
    entry(list_, "UA53080370010099999", "settlement", part)
    assert derived(list_) == {"Poltava": (whole, told)}


def test_ended_entry_leaves_its_trace_but_no_status() -> None:
    hromada()
    list_ = edition()
    entry(list_, POLTAVA, "hromada", "occupied", ends_on=date(2022, 4, 3))
    entry(list_, POLTAVA, "hromada", "possible", ends_on=date(2023, 5, 1))
    (row,) = derive_statuses(list_)
    assert (row.whole, row.part, row.ever, row.closed_on) == ("", "", "possible|occupied", date(2023, 5, 1))


def test_territory_outside_the_register_changes_nobody() -> None:
    hromada()
    list_ = edition()
    entry(list_, "UA01000000000013043", "oblast", "occupied")
    assert derive_statuses(list_) == []


def test_status_is_of_the_latest_edition_unless_another_is_named() -> None:
    poltava, lviv = hromada(), hromada(LVIV)
    old, new = edition(), edition(date(2026, 2, 1))
    for list_, status in ((old, "active"), (new, "possible")):
        HromadaStatus.objects.create(
            edition=list_, hromada=poltava, whole=status, ever=status, first_on=date(2022, 2, 24)
        )
    assert latest_edition() == new
    assert {key: row.whole for key, row in status_of([poltava.pk, lviv.pk]).items()} == {
        poltava.pk: "possible"
    }
    assert status_of([poltava.pk], old)[poltava.pk].edition == old


def test_status_is_unknown_before_any_edition_is_loaded() -> None:
    assert latest_edition() is None
    assert status_of([hromada().pk]) == {}
