"""AUC's list of candidates is read from a sent file by code or name, tried, and applied; a second time
changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.files.columns import KATOTTG, BadCell, Column, one_of, text_up_to, whole
from kommunesamarbeid.core.files.sheets import Heading, Row, Table, read_sheet
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor, May, require
from municipalities.candidates.candidates import add_candidate, describe_candidate, norwegian_partners
from municipalities.choices import Authority, Language, Priority
from municipalities.models import Candidate, Hromada, Upload
from municipalities.registers import Finder, TriedFile, hromada_finder

MAX_ROWS = 2_000
FACTS = ("priority", "capacity", "authority", "languages")
Meant = tuple[tuple[Hromada, ...], str | Promise]
"""The hromadas a row may mean, and the fault when it can mean none."""


def partners_wished(cell: str) -> int:
    """Read a number of partners."""
    number = whole(cell)
    if not 1 <= number <= 20:
        raise BadCell(_("Write a number from 1 to 20."))
    return number


def language_codes(cell: str) -> list[str]:
    """Read languages by their codes, with blanks, commas or semicolons between."""
    codes = list(dict.fromkeys(cell.replace(",", " ").replace(";", " ").split()))
    for code in codes:
        one_of(Language.values)(code)
    return codes


HEADINGS = (
    Heading(Column("katottg", KATOTTG, required=False, empty=""), ("katottg", "code", "код", "кодифікатор")),
    Heading(Column("name", text_up_to(120), required=False, empty=""), ("name", "назва", "громада")),
    Heading(Column("oblast", text_up_to(80), required=False, empty=""), ("oblast", "область")),
    Heading(Column("priority", one_of({"1": Priority.HIGH, "2": Priority.MEDIUM, "3": Priority.LOW}), required=False), ("priority", "пріоритет")),
    Heading(Column("capacity", partners_wished, required=False), ("capacity", "partners", "партнерів")),
    Heading(Column("authority", one_of(Authority.values), required=False), ("authority", "влада")),
    Heading(Column("languages", language_codes, required=False), ("languages", "мови")),
)  # fmt: skip


class ChoiceMissing(Refused):
    """A name that several hromadas have was not decided."""

    message = _("Choose which hromada is meant in every row.")


@dataclass(frozen=True)
class Listed:
    """One row of the list, and what it would do: `hromada` is None while `options` wait for a choice."""

    line: int
    name: str
    hromada: Hromada | None
    options: tuple[Hromada, ...]
    by_name: bool
    candidate: Candidate | None
    changes: Mapping[str, Any]
    partners: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """`choose`, `new`, `changed` or `same`."""
        if self.hromada is None:
            return "choose"
        return "new" if self.candidate is None else "changed" if self.changes else "same"


CandidateList = TriedFile[Listed]


def read_candidate_list(name: str, raw: bytes, choices: Mapping[int, int] | None = None) -> CandidateList:
    """Read a sent list and look each row up; `choices` gives the hromada's id for a line whose name several
    have.

    The same few queries at any number of rows.
    """
    table = read_sheet(name, raw, HEADINGS, key="katottg", max_rows=MAX_ROWS)
    listed: CandidateList = TriedFile(table)
    if not table.rows:
        return listed
    finder = hromada_finder()
    meant = {line: _meant(row, finder) for line, row in table.rows.items()}
    first: dict[int, int] = {}
    for line, (hromadas, fault) in meant.items():
        chosen = _chosen(hromadas, (choices or {}).get(line))
        if fault:
            table.refuse(line, fault)
        elif chosen is not None and chosen.pk in first:
            text = _("duplicate {column} {code}, first on line {first}")
            table.refuse(
                line, format_lazy(text, column="katottg", code=chosen.katottg, first=first[chosen.pk])
            )
        elif chosen is not None:
            first[chosen.pk] = line
    if not table.problems:
        listed.rows = _listed(
            table, {line: hromadas for line, (hromadas, _fault) in meant.items()}, choices or {}
        )
    table.problems.sort(key=lambda problem: problem.line)
    return listed


def _chosen(hromadas: tuple[Hromada, ...], choice: int | None) -> Hromada | None:
    if len(hromadas) == 1:
        return hromadas[0]
    return next((hromada for hromada in hromadas if hromada.pk == choice), None)


def _listed(
    table: Table, meant: Mapping[int, tuple[Hromada, ...]], choices: Mapping[int, int]
) -> list[Listed]:
    chosen = {line: _chosen(meant[line], choices.get(line)) for line in table.rows}
    ids = [hromada.pk for hromada in chosen.values() if hromada is not None]
    candidates = {candidate.hromada_id: candidate for candidate in Candidate.objects.filter(hromada__in=ids)}
    partners = norwegian_partners(ids)
    return [
        Listed(
            line,
            row["name"],
            hromada,
            () if hromada else meant[line],
            not row["katottg"],
            candidates.get(hromada.pk) if hromada else None,
            _changes(row, candidates.get(hromada.pk) if hromada else None),
            tuple(partners.get(hromada.pk, ())) if hromada else (),
        )
        for line, row in table.rows.items()
        for hromada in [chosen[line]]
    ]


def _changes(row: Row, candidate: Candidate | None) -> dict[str, Any]:
    """Return what the row says and the candidate does not have yet; an empty cell says nothing."""
    facts = {name: row[name] for name in FACTS if row[name] is not None}
    if candidate is None:
        return facts
    return {name: value for name, value in facts.items() if getattr(candidate, name) != value}


def _meant(row: Row, finder: Finder[Hromada]) -> Meant:
    """Return the hromadas a row may mean, and the fault when it can mean none."""
    oblasts = finder.areas(row["oblast"])
    if row["oblast"] and not oblasts:
        return (), format_lazy(_("unknown {column}: {code}"), column="oblast", code=row["oblast"][:40])
    if not row["katottg"] and not row["name"]:
        return (), _("neither code nor name")
    named = finder.named(row["name"], area=row["oblast"]).places if row["name"] else ()
    if row["katottg"]:
        return _coded(row, finder.by_code.get(row["katottg"]), named, oblasts)
    if not named:
        return (), format_lazy(_("no hromada is called {name} there"), name=row["name"][:40])
    return named, ""


def _coded(row: Row, hromada: Hromada | None, named: tuple[Hromada, ...], oblasts: Collection[str]) -> Meant:
    if hromada is None:
        return (), format_lazy(_("unknown {column}: {code}"), column="katottg", code=row["katottg"])
    if oblasts and hromada.oblast.code not in oblasts:
        return (), format_lazy(_("{code} lies in {oblast}"), code=hromada.katottg, oblast=hromada.oblast)
    if row["name"] and hromada not in named:
        text = _("{code} is {place}, not {name}")
        return (), format_lazy(text, code=hromada.katottg, place=hromada.place, name=row["name"][:40])
    return (hromada,), ""


@transaction.atomic
def apply_candidate_list(
    *, listed: CandidateList, upload: Upload | None = None, by: Actor, at: datetime
) -> dict[str, int]:
    """Add the new candidates and write what the list says of the known ones; return how many of each.

    Raises NotAllowed, ChoiceMissing, ValueError (the list has faults).
    """
    require(by, May.REVIEW_CANDIDATES)
    if listed.table.problems:
        raise ValueError(listed.table.file)
    if listed.count("choose"):
        raise ChoiceMissing
    for row in listed.rows:
        if row.candidate is None and row.hromada is not None:
            add_candidate(hromada=row.hromada, by=by, at=at, **row.changes)
        elif row.candidate is not None and row.changes:
            describe_candidate(candidate=row.candidate, changes=row.changes, by=by, at=at)
    if upload is not None:
        record("candidates.imported", upload, by=by, at=at, data={**listed.counts, "digest": upload.digest})
    return listed.counts
