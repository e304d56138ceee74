"""The registers in the database say what their files say: all of them in one transaction, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import CharField, Max
from django.db.models.functions import Length
from django.utils import translation

from kommunesamarbeid.core.models import AuditEvent
from municipalities.choices import PartyKind, ThemeScope
from municipalities.models import (
    County,
    Hromada,
    HromadaStatus,
    KnownPartnership,
    Municipality,
    Oblast,
    OfficialListEntry,
    Theme,
)
from municipalities.registers.loader import Count, load_registers
from municipalities.registers.register_files import DATA, RegistersRefused
from tests.municipalities.registers_copy import change, copy_registers
from tests.people import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_registers(tmp_path)


def test_load_makes_every_party_and_unit() -> None:
    report = load_registers(at=NOW)
    assert Municipality.objects.filter(kind=PartyKind.MUNICIPALITY).count() == 357
    assert Municipality.objects.filter(kind=PartyKind.COUNTY).count() == 14
    assert Hromada.objects.count() == 1_470
    assert (County.objects.count(), Oblast.objects.count()) == (15, 25)
    assert (Theme.objects.live().count(), Theme.objects.filter(scope=ThemeScope.OUT).count()) == (26, 3)
    assert KnownPartnership.objects.filter(municipality__isnull=False).count() == 14
    assert report.changes == 371 + 1_470 + 15 + 25 + 29 + 68 + 1 + 3_196 + 443


def test_second_load_changes_nothing() -> None:
    first = load_registers(at=NOW)
    second = load_registers(at=NOW)
    assert second.changes == 0
    assert {name: count.unchanged for name, count in second.tables.items()} == {
        name: count.created for name, count in first.tables.items()
    }
    assert AuditEvent.objects.filter(action="registers.loaded").count() == 1


def test_place_is_shown_with_county_or_oblast_because_names_occur_twice() -> None:
    load_registers(at=NOW)
    heroy = Municipality.objects.filter(name="Herøy").select_related("county").order_by("number")
    mykolaiv = Hromada.objects.filter(centre_en="Mykolaiv").select_related("oblast").order_by("katottg")
    assert [party.place for party in heroy] == ["Herøy (Møre og Romsdal)", "Herøy (Nordland)"]
    assert [unit.place for unit in mykolaiv] == ["Mykolaiv (Lviv Oblast)", "Mykolaiv (Mykolaiv Oblast)"]


@pytest.mark.parametrize(
    ("language", "oblast", "city", "place"),
    [
        ("en", "Cherkasy Oblast", "Kyiv City", "Uman (Cherkasy Oblast)"),
        ("nb", "Cherkasy oblast", "Kyiv by", "Uman (Cherkasy oblast)"),
        ("nn", "Cherkasy oblast", "Kyiv by", "Uman (Cherkasy oblast)"),
        ("uk", "Черкаська область", "м. Київ", "Умань (Черкаська область)"),
    ],
)
def test_oblast_is_told_in_the_readers_language(language: str, oblast: str, city: str, place: str) -> None:
    load_registers(at=NOW)
    with translation.override(language):
        assert [str(each) for each in Oblast.objects.filter(iso__in=("UA-71", "UA-30"))] == [oblast, city]
        assert Hromada.objects.select_related("oblast").get(centre_en="Uman").place == place
        kyiv = Hromada.objects.select_related("oblast").get(centre_en="Kyiv")
        assert kyiv.place == {"uk": "Київ"}.get(language, "Kyiv")


@pytest.mark.parametrize(
    ("language", "name"), [("nb", "Den autonome republikken Krim"), ("en", "Autonomous Republic of Crimea")]
)
def test_crimea_and_sevastopol_have_their_words_before_the_register_has_them(
    language: str, name: str
) -> None:
    crimea, sevastopol = Oblast(name_en="Autonomous Republic of Crimea"), Oblast(name_en="Sevastopol City")
    with translation.override(language):
        assert str(crimea) == name
        assert str(sevastopol) == ("Sevastopol by" if language == "nb" else "Sevastopol City")


def test_county_authority_has_the_sum_of_its_municipalities_and_nothing_guessed() -> None:
    load_registers(at=NOW)
    nordland = Municipality.objects.get(number="18")
    members = Municipality.objects.filter(county__number="18", kind=PartyKind.MUNICIPALITY)
    assert nordland.name == "Nordland fylkeskommune"
    assert nordland.population == sum(member.population or 0 for member in members)
    assert (nordland.organisation_number, nordland.website, nordland.coastal) == ("", "", None)


def test_changed_file_changes_the_same_row(folder: Path) -> None:
    load_registers(folder=folder, at=NOW)
    before = Municipality.objects.get(number="1804")
    change(folder / "norwegian_parties.csv", "1804,municipality,Bodø,", "1804,municipality,Ny Bodø,")
    report = load_registers(folder=folder, at=NOW)
    assert report.tables["municipalities"] == Count(changed=1, unchanged=370)
    assert Municipality.objects.get(pk=before.pk).name == "Ny Bodø"


def test_row_that_left_the_file_is_kept_and_told(folder: Path) -> None:
    load_registers(folder=folder, at=NOW)
    change(
        folder / "themes.csv",
        next(line for line in (DATA / "themes.csv").read_text("utf-8").splitlines(True) if "youth" in line),
        "",
    )
    assert load_registers(folder=folder, at=NOW).tables["themes"] == Count(unchanged=28, absent=1)
    assert Theme.objects.filter(slug="youth").exists()


def test_entry_that_left_an_edition_is_removed_with_what_followed_from_it(folder: Path) -> None:
    load_registers(folder=folder, at=NOW)
    file = folder / "official_list_2025-05-07.csv"
    last = file.read_text("utf-8").splitlines(True)[-1]
    change(file, last, "")
    report = load_registers(folder=folder, at=NOW)
    assert report.tables["entries 2025-05-07"] == Count(unchanged=3_195, removed=1)
    assert OfficialListEntry.objects.count() == 3_195


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        (
            "counties.csv",
            "number,name",
            "nr,name",
            "counties.csv:1: the header is nr,name, expected number,name",
        ),
        (
            "hromadas.csv",
            "UA05020030000031457",
            "UA05020010000053508",
            "hromadas.csv:3: duplicate katottg UA05020010000053508",
        ),
        (
            "oblasts.csv",
            "UA05000000000010236",
            "UA05000000000010237",
            "hromadas.csv:2: unknown oblast: UA05000000000010236",
        ),
        ("partnerships.csv", ",4601,", ",4699,", "unknown municipality: 4699"),
        (
            "official_list_2025-05-07.csv",
            ",2024-09-27,,",
            ",2024-09-27,2024-09-26,",
            "the period ends before it starts",
        ),
        (
            "official_list_editions.csv",
            "2025-05-07",
            "2025-06-07",
            "official_list_2025-06-07.csv:1: the file cannot be read",
        ),
    ],
)
def test_bad_file_loads_nothing(folder: Path, file: str, old: str, new: str, fault: str) -> None:
    change(folder / file, old, new)
    with pytest.raises(RegistersRefused) as refusal:
        load_registers(folder=folder, at=NOW)
    assert fault in str(refusal.value)
    assert (Municipality.objects.count(), Hromada.objects.count(), County.objects.count()) == (0, 0, 0)


def test_bad_utf8_loads_nothing(folder: Path) -> None:
    file = folder / "themes.csv"
    file.write_bytes(file.read_bytes().decode().encode("utf-16"))
    with pytest.raises(RegistersRefused, match=r"themes.csv:1: the line is not UTF-8"):
        load_registers(folder=folder, at=NOW)
    assert Theme.objects.count() == 0


def test_trailing_spaces_are_no_change(folder: Path) -> None:
    load_registers(folder=folder, at=NOW)
    change(folder / "hromadas.csv", ",Вінницька,", ",Вінницька ,")
    assert load_registers(folder=folder, at=NOW).changes == 0


def test_command_reports_each_table() -> None:
    out = StringIO()
    call_command("load_registers", stdout=out)
    lines = {line[:22].strip(): line[22:].split() for line in out.getvalue().splitlines()}
    assert lines[""] == ["created", "changed", "unchanged", "removed", "absent", "refused"]
    assert lines["municipalities"] == ["371", "0", "0", "0", "0", "0"]


def test_command_names_the_faults_and_how_many_rows_were_refused(folder: Path) -> None:
    change(folder / "themes.csv", "local-democracy,1,", "Local Democracy,one,")
    with pytest.raises(CommandError) as error:
        call_command("load_registers", folder=folder, stdout=StringIO())
    assert str(error.value).splitlines() == [
        "Nothing was loaded:",
        "themes.csv:2: not a valid code: Local Democracy",
        "themes.csv:2: not a whole number: one",
        "themes.csv: 1 rows refused",
    ]


def test_every_value_fits_its_column() -> None:
    load_registers(at=NOW)
    models = (
        County,
        Municipality,
        Oblast,
        Hromada,
        Theme,
        KnownPartnership,
        OfficialListEntry,
        HromadaStatus,
    )
    for model in models:
        fields = [field for field in model._meta.concrete_fields if isinstance(field, CharField)]
        longest = model._default_manager.aggregate(
            **{field.name: Max(Length(field.name)) for field in fields}
        )
        # SQLite does not care how long a text is; PostgreSQL refuses it.
        assert {field.name for field in fields if longest[field.name] > (field.max_length or 0)} == set()
