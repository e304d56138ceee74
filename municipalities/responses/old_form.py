"""The old Office form's answers come in once: looked through first, duplicates flagged, every source row
kept.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.files.containers import BadFile, read_workbook
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import comparable, tidy, without_identity_numbers
from municipalities.models import ContactPerson, Municipality, OldFormRow, Response, Round, Theme
from municipalities.questionnaire import is_email
from municipalities.registers import Finder, municipality_finder
from municipalities.responses.drafts import COLUMN_WIDTHS
from municipalities.responses.references import unused_reference

MAX_ROWS, MAX_COLUMNS = 2000, 80
# What a column of the old form can become, with the words by which its heading is recognised.
TARGETS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "municipality": (_("Municipality: name or number"), ("kommune", "municipality", "fylkeskommune")),
    "name": (_("Contact person: name"), ("kontaktperson", "navn", "namn", "contact person", "name")),
    "title": (_("Contact person: job title"), ("stilling", "tittel", "title", "position", "role")),
    "email": (_("Contact person: e-mail address"), ("e-post", "epost", "email", "e-mail", "mail")),
    "phone": (_("Contact person: phone number"), ("telefon", "phone", "mobil")),
    "offers": (_("Themes the municipality offers"), ("tema", "theme", "bidra", "offer", "contribute")),
    "notes": (_("Anything else KS should know"), ("annet", "anna", "kommentar", "comment", "other", "notes")),
}
# Tried in this order: «E-post til kontaktperson» is an address, «Navn på kommunen» no person, «Kontaktperson
# i kommunen» one.
GUESSED = ("email", "phone", "title", "municipality", "name", "offers", "notes")
NO_MUNICIPALITY = ("kontakt", "contact")
PERSONAL = ("name", "title", "email", "phone")


class NotATable(Exception):
    """The file is no workbook with a heading row, or is larger than any form's answers are."""


@dataclass(frozen=True)
class Table:
    """A sheet as texts: the headings, the rows beneath, each as long as the headings, and their numbers in
    the sheet.
    """

    headings: list[str]
    rows: list[list[str]]
    lines: list[int]

    def as_json(self) -> str:
        """Return the table as text, to be carried along between two pages."""
        return json.dumps([self.headings, self.rows, self.lines], ensure_ascii=False)


@dataclass
class Planned:
    """What becomes of one row: the municipality it names, the values it gives, and the words that say why it
    is set aside.
    """

    line: int
    digest: str
    municipality: Municipality | None
    values: dict[str, Any]
    cells: list[list[str]]
    flags: list[str | Promise] = field(default_factory=list)
    makes_draft: bool = False


def read_table(body: bytes) -> Table:
    """Return the first sheet of an XLSX file. Raises NotATable."""
    try:
        sheet = read_workbook(body, max_columns=MAX_COLUMNS + 1, formulas_as_values=True)
        lines = [
            (number, [tidy(cell, lines=True) for cell in cells])
            for number, cells in islice(sheet.lines, MAX_ROWS + 2)
        ]
    except BadFile as error:
        raise NotATable from error
    headings = lines[0][1] if lines else []
    filled = [(number, cells) for number, cells in lines[1:] if any(cells)]
    return checked_table(
        headings, [cells for _number, cells in filled], [number for number, _cells in filled]
    )


def table_from_json(text: str) -> Table:
    """Return the table that `Table.as_json` wrote. Raises NotATable."""
    try:
        headings, rows, lines = json.loads(text)
        return checked_table(
            [str(cell) for cell in headings],
            [[str(cell) for cell in row] for row in rows],
            [int(line) for line in lines],
        )
    except (ValueError, TypeError) as error:
        raise NotATable from error


def checked_table(headings: list[str], rows: list[list[str]], lines: list[int]) -> Table:
    """Return the table with every row as long as its headings. Raises NotATable."""
    while headings and not headings[-1]:
        headings = headings[:-1]
    if not headings or len(headings) > MAX_COLUMNS or len(rows) > MAX_ROWS or len(rows) != len(lines):
        raise NotATable
    width = len(headings)
    return Table(headings, [(row + [""] * width)[:width] for row in rows], lines)


def guess(headings: Sequence[str]) -> dict[int, str]:
    """Return a target by column where the heading says one; a target is given to its first column only."""
    targets: dict[int, str] = {}
    for target in GUESSED:
        columns = (
            column
            for column, heading in enumerate(headings)
            if column not in targets and _means(heading.lower(), target)
        )
        if (column := next(columns, None)) is not None:
            targets[column] = target
    return targets


def _is_personal(heading: str) -> bool:
    """Say whether a heading asks for a person's name, title, address or number («Navn på stedfortreder»)."""
    return any(word in heading for target in PERSONAL for word in TARGETS[target][1])


def _means(heading: str, target: str) -> bool:
    if target == "municipality" and any(word in heading for word in NO_MUNICIPALITY):
        return False
    return any(word in heading for word in TARGETS[target][1])


def plan(
    table: Table,
    mapping: Mapping[int, str],
    *,
    round: Round,  # noqa: A002  # the domain's word
) -> list[Planned]:
    """Return what an import would do with each row; nothing is written.

    Of several rows of one municipality the last one counts. A municipality that has begun or answered in the
    round keeps what it has. `mapping` gives targets by column.
    """
    finder = municipality_finder()
    themes = {
        comparable(name): theme.slug
        for theme in Theme.objects.live()
        for name in (theme.name_nb, theme.name_nn, theme.name_en)
    }
    planned = [
        _read(line, row, table.headings, mapping, finder, themes)
        for line, row in zip(table.lines, table.rows, strict=True)
    ]
    imported = set(
        OldFormRow.objects.filter(digest__in=[row.digest for row in planned]).values_list("digest", flat=True)
    )
    begun = set(Response.objects.open().filter(round=round).values_list("municipality_id", flat=True))
    last = {row.municipality.pk: row.line for row in planned if row.municipality is not None}
    times = Counter(row.municipality.pk for row in planned if row.municipality is not None)
    for row in planned:
        if row.municipality is None:
            row.flags.append(_("no municipality found"))
            continue
        if row.digest in imported:
            row.flags.append(_("imported before"))
        if times[row.municipality.pk] > 1:
            row.flags.append(_("several rows for this municipality; the last one counts"))
        if row.municipality.pk in begun:
            row.flags.append(_("has begun or answered already; nothing is overwritten"))
        row.makes_draft = (
            row.digest not in imported
            and last[row.municipality.pk] == row.line
            and row.municipality.pk not in begun
        )
    return planned


@transaction.atomic
def import_rows(
    table: Table,
    mapping: Mapping[int, str],
    *,
    round: Round,  # noqa: A002  # the domain's word
    by: Actor,
    at: datetime,
) -> list[Planned]:
    """Import what `plan` says: keep every new row, and begin a draft where there is none. Twice changes
    nothing.

    Raises NotAllowed.
    """
    require(by, May.REVIEW_RESPONSES)
    require(by, May.READ_NORWEGIAN_CONTACTS)
    planned = plan(table, mapping, round=round)
    imported = set(OldFormRow.objects.values_list("digest", flat=True))
    for row in planned:
        if row.municipality is None or row.digest in imported:
            continue
        imported.add(row.digest)
        contact = _contact(row, row.municipality, at)
        response = _draft(row, row.municipality, round, contact, by, at) if row.makes_draft else None
        OldFormRow.objects.create(
            digest=row.digest,
            line=row.line,
            cells=row.cells,
            municipality=row.municipality,
            round=round,
            contact=contact,
            response=response,
            imported_at=at,
            imported_by_id=by.id or 0,
        )
    record(
        "oldform.imported",
        round,
        by=by,
        at=at,
        data={"rows": len(planned), "drafts": sum(row.makes_draft for row in planned)},
    )
    return planned


def _draft(
    row: Planned,
    party: Municipality,
    round: Round,  # noqa: A002  # the field it fills has this name
    contact: ContactPerson | None,
    by: Actor,
    at: datetime,
) -> Response:
    """Begin a draft from a row; the municipality looks through it and submits it itself."""
    draft = {key: value for key, value in row.values.items() if key in {"offers", "notes"} and value}
    response = Response(
        municipality=party,
        round=round,
        contact=contact,
        reference=unused_reference(),
        started_at=at,
        draft=draft,
        draft_number=1,
        draft_saved_at=at,
    )
    vars(response)["_history_date"] = at  # read by simple-history
    response.save()
    record("response.started", response, by=by, at=at, data={"from": "old form"})
    return response


def _contact(row: Planned, party: Municipality, at: datetime) -> ContactPerson | None:
    """Return the person a row names, kept where persons are kept; the address may be known already."""
    person = {name: str(row.values.get(name, ""))[: COLUMN_WIDTHS[name]] for name in PERSONAL}
    if not any(person.values()):
        return None
    person["email"] = person["email"].lower()
    if is_email(person["email"]):
        same = ContactPerson.objects.filter(municipality=party, email=person["email"], erased_at__isnull=True)
        if (contact := same.order_by("id").first()) is not None:
            return contact
    return ContactPerson.objects.create(municipality=party, created_at=at, **person)


def _read(
    line: int,
    row: list[str],
    headings: list[str],
    mapping: Mapping[int, str],
    finder: Finder[Municipality],
    themes: Mapping[str, str],
) -> Planned:
    cells_by_target = {
        target: without_identity_numbers(row[column])[0]
        for column, target in mapping.items()
        if target and column < len(row)
    }
    values: dict[str, Any] = {
        target: text for target, text in cells_by_target.items() if target not in {"municipality", "offers"}
    }
    offers = cells_by_target.get("offers", "").replace("\n", ";").split(";")
    named = [name for offer in offers if (name := comparable(offer))]
    values["offers"] = [themes[name] for name in named if name in themes]
    # Persons and national identity numbers never stand in the kept row: nor does a second person's column
    # that nobody mapped.
    cells = [
        [heading, without_identity_numbers(row[column])[0]]
        for column, heading in enumerate(headings)
        if mapping.get(column) not in PERSONAL
        and not (not mapping.get(column) and _is_personal(heading.lower()))
    ]
    digest = hashlib.sha256(json.dumps([headings, row], ensure_ascii=False).encode()).hexdigest()
    # A name of several is none: only the number tells.
    party = finder.find(cells_by_target.get("municipality", "")).only
    planned = Planned(line, digest, party, values, cells)
    if len(values["offers"]) < len(named):
        planned.flags.append(_("some themes are not known; they stand in the kept row"))
    return planned
