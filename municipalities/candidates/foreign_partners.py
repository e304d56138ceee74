"""Which foreign partners a hromada has, and through which other programmes it is offered one, kept with a
source and history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.files.columns import (
    COUNTRY,
    KATOTTG,
    NORWEGIAN_NUMBER,
    YES_NO,
    Column,
    code,
    one_of,
    text_up_to,
)
from kommunesamarbeid.core.files.sheets import Heading, Row, read_sheet
from kommunesamarbeid.core.history import save_with_history
from kommunesamarbeid.core.refusals import NameMissing, Refused, SourceMissing
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import comparable, is_same, plain
from municipalities.choices import PartnershipKind, Programme, ProgrammeStatus
from municipalities.models import Hromada, KnownPartnership, Municipality, OfferedThrough, Upload
from municipalities.registers import TriedFile, hromada_finder, municipality_finder

MAX_ROWS = 5_000
EDITABLE = (
    "municipality",
    "partner_country",
    "partner_name",
    "partner_level",
    "kind",
    "year",
    "active",
    "source",
    "note",
)


class PartnerMissing(Refused):
    """A partnership is with somebody."""

    message = _("Write who the partner is.")
    field = "partner_name"


class KnownAlready(Refused):
    """The same partner is recorded."""

    message = _("This partner is recorded already.")
    field = "partner_name"


class NotNorwegian(Refused):
    """A party of the Norwegian register is in Norway."""

    message = _("A Norwegian party belongs to the country NO.")
    field = "municipality"


class ProgrammeKnown(Refused):
    """The programme is recorded for this hromada."""

    message = _("This programme is recorded already.")
    field = "programme"


@transaction.atomic
def save_partnership(
    *,
    partnership: KnownPartnership | None = None,
    hromada: Hromada | None = None,
    values: Mapping[str, Any],
    by: Actor,
    at: datetime,
) -> KnownPartnership:
    """Add a foreign partnership of `hromada`, or change a recorded one; from now the register's file leaves
    it alone.

    `values` holds fields of `EDITABLE`. Raises NotAllowed, PartnerMissing, SourceMissing, NotNorwegian,
    KnownAlready.
    """
    require(by, May.REVIEW_CANDIDATES)
    if unknown := sorted(values.keys() - set(EDITABLE)):
        raise KeyError(unknown[0])
    row = partnership or KnownPartnership(hromada=hromada, place_text=hromada.place if hromada else "")
    for name, value in values.items():
        setattr(row, name, plain(value) if isinstance(value, str) else value)
    if row.municipality is not None:
        row.partner_name = row.municipality.name
    _check(row)
    if not row.key:
        row.key = _key(row)
    row.edited_at = at
    save_with_history(row, by=by, at=at)
    record("partnership.kept", row, by=by, at=at, data={"hromada": row.hromada_id, "active": row.active})
    return row


def _check(row: KnownPartnership) -> None:
    if not row.partner_name:
        raise PartnerMissing
    if not row.source:
        raise SourceMissing
    if row.municipality is not None and row.partner_country != "NO":
        raise NotNorwegian
    same = KnownPartnership.objects.filter(
        hromada=row.hromada,
        partner_country=row.partner_country,
        partner_name__iexact=row.partner_name,
        kind=row.kind,
    )
    if row.hromada_id is not None and same.exclude(pk=row.pk).exists():
        raise KnownAlready


def _key(row: KnownPartnership) -> str:
    place = row.hromada.katottg if row.hromada else "-"
    stem = f"{row.partner_country}-{row.partner_name.casefold()}-{place}"[:140]
    taken = set(KnownPartnership.objects.filter(key__startswith=stem).values_list("key", flat=True))
    return next(
        key
        for number in range(len(taken) + 1)
        if (key := f"{stem}-{number}" if number else stem) not in taken
    )


@dataclass(frozen=True, kw_only=True)
class ProgrammeFacts:
    """A programme through which a hromada is offered a partner, as it is known."""

    programme: str
    status: str
    source: str
    name: str = ""
    since: date | None = None
    partnership: KnownPartnership | None = None


@transaction.atomic
def save_other_programme(
    *,
    offered: OfferedThrough | None = None,
    hromada: Hromada,
    facts: ProgrammeFacts,
    by: Actor,
    at: datetime,
) -> OfferedThrough:
    """Record or change a programme through which the hromada is offered a partner too.

    Raises NotAllowed, NameMissing, SourceMissing, ProgrammeKnown.
    """
    require(by, May.REVIEW_CANDIDATES)
    programme, name, source = facts.programme, plain(facts.name), plain(facts.source)
    if programme == Programme.OTHER and not name:
        raise NameMissing(message=_("Write the programme's name."))
    if not source:
        raise SourceMissing
    name = name if programme == Programme.OTHER else ""
    row = offered or OfferedThrough(hromada=hromada)
    if (
        OfferedThrough.objects.filter(hromada=hromada, programme=programme, name=name)
        .exclude(pk=row.pk)
        .exists()
    ):
        raise ProgrammeKnown
    row.programme, row.name, row.status, row.source = (
        Programme(programme),
        name,
        ProgrammeStatus(facts.status),
        source,
    )
    row.since, row.partnership, row.updated_at = facts.since, facts.partnership, at
    save_with_history(row, by=by, at=at)
    record(
        "road.kept",
        row,
        by=by,
        at=at,
        data={"hromada": hromada.pk, "programme": programme, "status": facts.status},
    )
    return row


# --- a sent file --------------------------------------------------------------------------------------------

HEADINGS = (
    Heading(Column("hromada", KATOTTG), ("katottg", "hromada", "код"), must_stand=True),
    Heading(
        Column("partner_country", COUNTRY),
        ("country", "partner_country", "країна"),
        must_stand=True,
    ),
    Heading(Column("partner_name", text_up_to(120)), ("partner", "partner_name", "партнер"), must_stand=True),
    Heading(
        Column("municipality", NORWEGIAN_NUMBER, required=False, empty=""),
        ("norwegian_number", "municipality"),
    ),
    Heading(
        Column("partner_level", text_up_to(20), required=False, empty="municipality"),
        ("level", "partner_level"),
    ),
    Heading(Column("kind", one_of(PartnershipKind.values)), ("kind", "вид"), must_stand=True),
    Heading(Column("year", code(r"(19|20)\d\d"), required=False), ("year", "рік")),
    Heading(Column("active", YES_NO, required=False), ("active", "чинне")),
    Heading(Column("source", text_up_to(400)), ("source", "джерело"), must_stand=True),
    Heading(Column("note", text_up_to(2_000), required=False, empty=""), ("note", "примітка")),
)


@dataclass(frozen=True)
class PartnershipRow:
    """One row of a sent file and what it would do: the recorded partnership it changes, and in what."""

    line: int
    hromada: Hromada
    recorded: KnownPartnership | None
    values: Mapping[str, Any]

    @property
    def what(self) -> str:
        """`new`, `changed` or `same`."""
        return "new" if self.recorded is None else "changed" if self.values else "same"


PartnershipList = TriedFile[PartnershipRow]


def read_partnerships(name: str, raw: bytes) -> PartnershipList:
    """Read a sent file of foreign partnerships and look each row up. Three queries at any number of rows."""
    table = read_sheet(name, raw, HEADINGS, max_rows=MAX_ROWS)
    listed: PartnershipList = TriedFile(table)
    if not table.rows:
        return listed
    hromadas, parties = hromada_finder().by_code, municipality_finder().by_code
    table.refer("hromada", hromadas)
    table.refer("municipality", parties)
    recorded = {
        _identity(row.hromada_id, row.partner_country, row.partner_name, row.kind): row
        for row in KnownPartnership.objects.all()
    }
    first: dict[Identity, int] = {}
    for line, row in list(table.rows.items()):
        hromada, party = hromadas[row["hromada"]], parties.get(row["municipality"])
        if party is not None:
            row["partner_name"] = party.name
        identity = _identity(hromada.pk, row["partner_country"], row["partner_name"], row["kind"])
        if party is not None and row["partner_country"] != "NO":
            table.refuse(line, NotNorwegian.message)
        elif identity in first:
            table.refuse(line, format_lazy(_("the same entry stands on line {first}"), first=first[identity]))
        else:
            first[identity] = line
            values = _values(row, party, recorded.get(identity))
            listed.rows.append(PartnershipRow(line, hromada, recorded.get(identity), values))
    table.problems.sort(key=lambda problem: problem.line)
    return listed


Identity = tuple[int | None, str, str, str]
"""The hromada's id, the country, the partner's name as names are compared, the kind."""


def _identity(hromada_id: int | None, country: str, name: str, kind: str) -> Identity:
    return hromada_id, country, comparable(name), kind


def _values(row: Row, party: Municipality | None, recorded: KnownPartnership | None) -> dict[str, Any]:
    """Return what the row says; of a recorded partnership only what it says differently: an empty cell says
    nothing.
    """
    values: dict[str, Any] = {name: row[name] for name in EDITABLE if name != "municipality"}
    values |= {"municipality": party, "year": int(row["year"]) if row["year"] else None}
    if recorded is None:
        return values
    return {
        name: value
        for name, value in values.items()
        if value not in (None, "") and not is_same(getattr(recorded, name), value)
    }


@transaction.atomic
def apply_partnerships(
    *, listed: PartnershipList, upload: Upload | None = None, by: Actor, at: datetime
) -> dict[str, int]:
    """Keep what a faultless file says; a second time changes nothing.

    Raises NotAllowed, ValueError (the file has faults).
    """
    require(by, May.REVIEW_CANDIDATES)
    if listed.table.problems:
        raise ValueError(listed.table.file)
    for row in listed.rows:
        if row.what != "same":
            save_partnership(partnership=row.recorded, hromada=row.hromada, values=row.values, by=by, at=at)
    if upload is not None:
        record("partnerships.imported", upload, by=by, at=at, data={**listed.counts, "digest": upload.digest})
    return listed.counts
