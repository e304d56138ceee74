"""The register files are one set: each has its columns and key, and every code one names
stands in another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.files.columns import (
    COUNTRY,
    KATOTTG,
    NORWEGIAN_NUMBER,
    YES_NO,
    Column,
    code,
    decimal,
    exact_day,
    one_of,
    text_up_to,
    whole,
)
from kommunesamarbeid.core.files.sheets import Problem, Row, Table, read_register
from municipalities.choices import (
    HromadaType,
    OfficialStatus,
    PartyKind,
    ThemeHorizon,
    ThemeScope,
    WrittenStandard,
)
from municipalities.registers.official_statuses import LEVELS

DATA = Path(__file__).parents[1] / "data"
YEAR = code(r"(19|20)\d\d")


def _text(name: str, longest: int) -> Column:
    return Column(name, text_up_to(longest), required=False, empty="")


def _maybe(name: str, parse: Any, empty: Any = None) -> Column:
    return Column(name, parse, required=False, empty=empty)


def _year(cell: str) -> int:
    return int(YEAR(cell))


# Each file: its columns, in order, and the one that is its key.
LAYOUTS: dict[str, tuple[tuple[Column, ...], str]] = {
    "counties.csv": ((Column("number", code(r"\d{2}")), Column("name", text_up_to(80))), "number"),
    "norwegian_parties.csv": (
        (
            Column("number", NORWEGIAN_NUMBER), Column("kind", one_of(PartyKind.values)),
            Column("name", text_up_to(80)),
            _text("name_sami", 80), _text("name_kven", 80), Column("name_official", text_up_to(160)),
            Column("county", code(r"\d{2}")), _maybe("population", whole), _maybe("population_year", _year),
            _maybe("area_km2", decimal(2, 0, 100_000)), _text("centre", 80),
            _maybe("latitude", decimal(4, 57, 82)),
            _maybe("longitude", decimal(4, 4, 35)), _maybe("organisation_number", code(r"\d{9}"), ""),
            Column("written_standard", one_of(WrittenStandard.values)), _maybe("centrality_class", whole),
            _maybe("coastal", YES_NO),
            _maybe("website", code(r"https?://\S{4,190}"), ""),
        ),
        "number",
    ),
    "oblasts.csv": (
        (
            Column("code", KATOTTG), Column("iso", code(r"UA-\d\d")), Column("name_uk", text_up_to(80)),
            Column("name_en", text_up_to(80)),
        ),
        "code",
    ),
    "hromadas.csv": (
        (
            Column("katottg", KATOTTG), Column("name_uk", text_up_to(120)),
            Column("name_en", text_up_to(120)),
            _text("former_name_uk", 120), Column("kind", one_of(HromadaType.values)),
            Column("centre_uk", text_up_to(120)),
            Column("centre_en", text_up_to(120)), _maybe("centre_code", KATOTTG, ""),
            Column("oblast", KATOTTG),
            _maybe("raion_code", KATOTTG, ""), _text("raion_uk", 120), _text("raion_en", 120),
            _maybe("population", whole),
            _maybe("population_year", _year), _maybe("area_km2", decimal(1, 0, 100_000)),
            _maybe("latitude", decimal(4, 44, 53)),
            _maybe("longitude", decimal(4, 22, 41)),
        ),
        "katottg",
    ),
    "themes.csv": (
        (
            Column("slug", code(r"[a-z]+(-[a-z]+)*")), Column("position", whole),
            Column("horizon", one_of(ThemeHorizon.values)),
            Column("scope", one_of(ThemeScope.values)), _text("sdg", 8), _text("cofog", 10),
            Column("name_nb", text_up_to(120)),
            Column("name_nn", text_up_to(120)), Column("name_en", text_up_to(120)),
            Column("name_uk", text_up_to(160)),
        ),
        "slug",
    ),
    "partnerships.csv": (
        (
            Column("key", text_up_to(160)), _maybe("hromada", KATOTTG, ""),
            _maybe("municipality", NORWEGIAN_NUMBER, ""),
            Column("partner_country", COUNTRY), Column("partner_name", text_up_to(120)),
            Column("partner_level", text_up_to(20)), _text("place_text", 160), Column("kind", text_up_to(20)),
            _maybe("year", _year),
            _text("reported_on", 10), Column("source", code(r"https?://\S{4,390}")), _text("note", 2_000),
        ),
        "key",
    ),
    "official_list_editions.csv": (
        (
            Column("edition_on", exact_day), Column("order_number", text_up_to(40)),
            Column("rule_version", text_up_to(40)),
            Column("source", text_up_to(2_000)),
        ),
        "edition_on",
    ),
}  # fmt: skip
ENTRIES: tuple[Column, ...] = (
    Column("territory_code", KATOTTG), Column("level", one_of(LEVELS)), Column("name_uk", text_up_to(200)),
    _maybe("hromada", KATOTTG, ""), Column("status", one_of(OfficialStatus.values)),
    Column("starts_on", exact_day),
    _maybe("ends_on", exact_day), _text("except_uk", 5_000), Column("section", text_up_to(5)),
)  # fmt: skip


class RegistersRefused(Exception):
    """A file has faults, so nothing was loaded; `problems` names each by file and line, `refused` counts rows
    by file.
    """

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
        lines = {(problem.file, problem.line) for problem in problems}
        self.refused = dict(sorted(Counter(file for file, _line in lines).items()))


def read_registers(folder: Path) -> dict[str, Table]:
    """Return the tables of every register file, by file name.

    Raises RegistersRefused with every fault of every file.
    """
    files = {name: read_register(folder / name, columns, key=key) for name, (columns, key) in LAYOUTS.items()}
    for edition in files["official_list_editions.csv"].rows.values():
        name = entries_file(edition)
        files[name] = read_register(folder / name, ENTRIES)
    _check_references(files)
    problems = [problem for table in files.values() for problem in table.problems]
    if problems:
        raise RegistersRefused(problems)
    return files


def entries_file(edition: Row) -> str:
    """Return the name of the file that holds an edition's entries."""
    return f"official_list_{edition['edition_on']:%Y-%m-%d}.csv"


def _check_references(files: Mapping[str, Table]) -> None:
    hromadas = files["hromadas.csv"].by("katottg")
    files["norwegian_parties.csv"].refer("county", files["counties.csv"].by("number"))
    files["hromadas.csv"].refer("oblast", files["oblasts.csv"].by("code"))
    files["partnerships.csv"].refer("hromada", hromadas)
    files["partnerships.csv"].refer("municipality", files["norwegian_parties.csv"].by("number"))
    for name in files.keys() - LAYOUTS.keys():
        files[name].refer("hromada", hromadas)
        for line, row in list(files[name].rows.items()):
            if row["ends_on"] and row["ends_on"] < row["starts_on"]:
                files[name].refuse(line, _("the period ends before it starts"))
