"""A new edition of the official list is read from a sent file, tried, and loaded once; then it is never
rewritten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.files.columns import KATOTTG, BadCell, Column, day, one_of, text_up_to
from kommunesamarbeid.core.files.sheets import Heading, Row, Table, read_sheet
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import comparable, plain, tidy
from municipalities.choices import OfficialStatus
from municipalities.models import (
    Candidate,
    Hromada,
    ListReview,
    Oblast,
    OfficialListEdition,
    OfficialListEntry,
)
from municipalities.official_list.list_reviews import Difference, differences, open_reviews
from municipalities.registers import LEVELS, OBLAST, RAION, SETTLEMENT, rule_version_on, write_edition

MAX_ROWS = 20_000
SECTIONS = {
    OfficialStatus.POSSIBLE: "I.1", OfficialStatus.ACTIVE: "I.2", OfficialStatus.ACTIVE_EREGISTERS: "I.3",
    OfficialStatus.OCCUPIED: "II",
}  # fmt: skip
# Crimea and Sevastopol are on the list and not in the register: their entries are kept, without a hromada.
OUTSIDE = ("UA01", "UA85")
CLASSES: dict[str, str] = {
    **{value: value for value in OfficialStatus.values},
    "можливих бойових дій": OfficialStatus.POSSIBLE, "активних бойових дій": OfficialStatus.ACTIVE,
    "активних бойових дій, на яких функціонують державні електронні інформаційні ресурси": OfficialStatus.ACTIVE_EREGISTERS,
    "тимчасово окупована": OfficialStatus.OCCUPIED, "тимчасово окуповані": OfficialStatus.OCCUPIED,
    "I.1": OfficialStatus.POSSIBLE, "I.2": OfficialStatus.ACTIVE, "I.3": OfficialStatus.ACTIVE_EREGISTERS,
    "II": OfficialStatus.OCCUPIED,
}  # fmt: skip


def official_class(cell: str) -> str:
    """Read a class by its code, its section or its Ukrainian name."""
    by_name = {comparable(name): value for name, value in CLASSES.items()}
    if comparable(cell) not in by_name:
        text = _("{cell} is not one of {values}")
        raise BadCell(format_lazy(text, cell=cell[:40], values=", ".join(OfficialStatus.values)))
    return str(by_name[comparable(cell)])


HEADINGS = (
    Heading(
        Column("territory_code", KATOTTG),
        ("code", "territory_code", "katottg", "код"),
        must_stand=True,
    ),
    Heading(Column("status", official_class), ("class", "status", "клас"), must_stand=True),
    Heading(Column("starts_on", day), ("from", "starts_on", "початок"), must_stand=True),
    Heading(Column("ends_on", day, required=False), ("to", "ends_on", "завершення"), must_stand=True),
    Heading(
        Column("except_uk", text_up_to(5_000), required=False, empty=""), ("except", "except_uk", "крім")
    ),
    Heading(Column("name_uk", text_up_to(200), required=False, empty=""), ("name", "name_uk", "назва")),
    Heading(Column("level", one_of(LEVELS), required=False, empty=""), ("level",)),
    Heading(Column("hromada", KATOTTG, required=False, empty=""), ("hromada",)),
    Heading(Column("section", text_up_to(5), required=False, empty=""), ("section",)),
)


class OrderMissing(Refused):
    """An edition is an order with a number."""

    message = _("Write the order's number and date.")
    field = "order_number"


class EditionAhead(Refused):
    """An edition cannot be of a day to come."""

    message = _("The date is in the future.")
    field = "edition_on"


class EditionInUse(Refused):
    """An edition that somebody's decision rests on is never rewritten."""

    message = _(
        "An edition of this date is loaded with other content, and decisions rest on it. It is never rewritten."
    )
    field = "edition_on"


@dataclass(frozen=True)
class Order:
    """What is told beside the file."""

    order_number: str
    edition_on: date
    source: str

    @property
    def rule_version(self) -> str:
        """The rules by which the edition was made, by its date."""
        return rule_version_on(self.edition_on)


@dataclass(frozen=True)
class Preview:
    """What loading would do. `entries` and `by_status` count rows, `hromadas` who is concerned."""

    entries: int
    by_status: Mapping[str, int]
    is_same: bool
    is_newest: bool
    differences: tuple[Difference, ...]
    rule_before: str


@dataclass(frozen=True)
class Loaded:
    """What a load did; nothing when the same edition was there already."""

    edition: OfficialListEdition
    tasks: tuple[ListReview, ...]
    is_same: bool


def read_edition(name: str, raw: bytes) -> Table:
    """Read a sent edition: code, class, from, to, and what is printed beside them; rows come out as register
    rows.

    A level or hromada that is not given follows from the code's own digits.
    """
    table = read_sheet(name, raw, HEADINGS, max_rows=MAX_ROWS)
    if table.problems and not table.rows:
        return table
    places = _Places()
    seen: dict[tuple[Any, ...], int] = {}
    for line, row in list(table.rows.items()):
        fault = places.complete(row) or _period_fault(row)
        entry = tuple(row[name] for name in ("territory_code", "status", "starts_on", "ends_on", "except_uk"))
        if not fault and entry in seen:
            fault = format_lazy(_("the same entry stands on line {first}"), first=seen[entry])
        if fault:
            table.refuse(line, fault)
        else:
            seen[entry] = line
            table.rows[line] = {name: row[name] for name in REGISTER}
    return table


REGISTER = (
    "territory_code",
    "level",
    "name_uk",
    "hromada",
    "status",
    "starts_on",
    "ends_on",
    "except_uk",
    "section",
)


def _period_fault(row: Row) -> Any:
    if row["ends_on"] and row["ends_on"] < row["starts_on"]:
        return _("the period ends before it starts")
    return None


class _Places:
    """The register by code, to complete an entry with; three queries."""

    def __init__(self) -> None:
        hromadas = list(Hromada.objects.values_list("katottg", "name_uk", "raion_code", "raion_uk"))
        self.names = dict(Oblast.objects.values_list("code", "name_uk"))
        self.oblasts = {oblast[:4] for oblast in self.names}
        self.names |= {raion: name for _code, _name, raion, name in hromadas if raion}
        self.names |= {katottg: name for katottg, name, _raion, _raion_uk in hromadas}
        # The first seven digits are the hromada's, in its own code and in those of its settlements.
        self.hromadas = {katottg[:9]: katottg for katottg, *_rest in hromadas}

    def complete(self, row: Row) -> Any:
        """Fill in level, hromada, name and section.

        Return the fault when the code and the register disagree.
        """
        territory = row["territory_code"]
        level = (
            "city"
            if self.hromadas.get(territory[:9]) == territory and territory[4:6] == "00"
            else _level(territory)
        )
        hromada = self.hromadas.get(territory[:9], "") if level not in (OBLAST, RAION) else ""
        is_registered = (
            territory in self.names
            if level in (OBLAST, RAION)
            else bool(hromada) and (level == SETTLEMENT or hromada == territory)
        )
        # Chornobyl lies in its oblast, and in no hromada.
        lies_in_no_hromada = (
            level == SETTLEMENT and territory[4:9] == "00000" and territory[:4] in self.oblasts
        )
        if not is_registered and not lies_in_no_hromada and not territory.startswith(OUTSIDE):
            return format_lazy(_("unknown territory: {code}"), code=territory)
        if row["hromada"] and row["hromada"] != hromada:
            return format_lazy(_("{code} does not lie in {hromada}"), code=territory, hromada=row["hromada"])
        row["level"] = row["level"] or level
        if (row["level"] == SETTLEMENT) != (level == SETTLEMENT):
            return format_lazy(_("{code} is no {level}"), code=territory, level=row["level"])
        row["hromada"] = hromada
        row["name_uk"] = row["name_uk"] or self.names.get(territory) or self.names.get(hromada, territory)
        row["section"] = row["section"] or SECTIONS[OfficialStatus(row["status"])]
        return None


def _level(territory: str) -> str:
    """Read the level off a code: UA, then two digits of the oblast, two of the raion, three of the hromada,
    three of the settlement.
    """
    if territory[9:12] != "000":
        return SETTLEMENT
    if territory[6:9] != "000":
        return "hromada"
    return OBLAST if territory[4:6] == "00" else RAION


def preview_edition(*, order: Order, table: Table, by: Actor, at: datetime) -> Preview:
    """Say what loading would do, and do nothing.

    Raises NotAllowed, OrderMissing, EditionAhead, EditionInUse.
    """
    require(by, May.REVIEW_CANDIDATES)
    loaded = _check(order, table, at)
    edition = OfficialListEdition(edition_on=order.edition_on, rule_version=order.rule_version)
    is_newest = not OfficialListEdition.objects.filter(edition_on__gt=order.edition_on).exists()
    old = OfficialListEdition.objects.filter(edition_on__lt=order.edition_on).order_by("-edition_on").first()
    pool = list(Candidate.objects.values_list("hromada_id", flat=True))
    changes = differences(old, edition, _unsaved(table), pool) if is_newest else []
    return Preview(
        len(table.rows),
        dict(Counter(row["status"] for row in table.rows.values())),
        loaded is not None and _is_same(loaded, table),
        is_newest,
        tuple(changes),
        old.rule_version if old else "",
    )


@transaction.atomic
def load_edition(*, order: Order, table: Table, by: Actor, at: datetime) -> Loaded:
    """Load a faultless edition and open the tasks that follow; the same edition a second time changes
    nothing.

    Raises NotAllowed, OrderMissing, EditionAhead, EditionInUse, ValueError (the table has faults).
    """
    require(by, May.REVIEW_CANDIDATES)
    if table.problems:
        raise ValueError(table.file)
    # Of two who load at once the second waits at the oblasts, and finds the edition of the first: before any
    # is loaded, there is no edition to wait at. The editions are locked so that nobody builds on one while it
    # is rewritten.
    list(Oblast.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    list(OfficialListEdition.objects.select_for_update().order_by("pk").values_list("pk"))
    loaded = _check(order, table, at)
    if loaded is not None and _is_same(loaded, table):
        return Loaded(loaded, (), True)
    edition = loaded or OfficialListEdition(edition_on=order.edition_on)
    edition.order_number, edition.source = plain(order.order_number), plain(order.source) or table.file
    edition.rule_version, edition.loaded_at = order.rule_version, at
    edition.save()
    entries, statuses = write_edition(edition, table, dict(Hromada.objects.values_list("katottg", "id")))
    data = {
        "edition_on": order.edition_on.isoformat(),
        "entries": entries.changes,
        "statuses": statuses.changes,
    }
    record("edition.loaded", edition, by=by, at=at, data=data)
    return Loaded(edition, tuple(open_reviews(edition=edition, by=by, at=at)), False)


def _check(order: Order, table: Table, at: datetime) -> OfficialListEdition | None:
    """Return the edition of that date when it is loaded."""
    if not plain(order.order_number):
        raise OrderMissing
    if order.edition_on > at.date():
        raise EditionAhead
    loaded = OfficialListEdition.objects.filter(edition_on=order.edition_on).first()
    if loaded is None or _is_same(loaded, table):
        return loaded
    rests = loaded.categoryassessment_set.exists() or loaded.reviews.filter(closed_by__isnull=False).exists()
    if rests or OfficialListEdition.objects.filter(edition_on__gt=loaded.edition_on).exists():
        raise EditionInUse
    return loaded


def _is_same(loaded: OfficialListEdition, table: Table) -> bool:
    names = tuple(name for name in REGISTER if name not in ("hromada", "name_uk"))
    stored = Counter(_in_one_form(row) for row in loaded.entries.values_list(*names))
    return stored == Counter(_in_one_form(row[name] for name in names) for row in table.rows.values())


def _in_one_form(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return the values with their texts tidied: what is stored may be older than the form texts
    are read in.
    """
    return tuple(tidy(value, lines=True) if isinstance(value, str) else value for value in values)


def _unsaved(table: Table) -> list[OfficialListEntry]:
    ids = dict(Hromada.objects.values_list("katottg", "id"))
    return [
        OfficialListEntry(
            line=line,
            hromada_id=ids.get(row["hromada"]),
            **{name: value for name, value in row.items() if name != "hromada"},
        )
        for line, row in table.rows.items()
    ]
