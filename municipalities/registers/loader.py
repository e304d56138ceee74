"""The registers in the database say what their files say: all of them in one transaction, or
nothing at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.events import emit
from kommunesamarbeid.core.files.sheets import Row, Table
from kommunesamarbeid.core.roles import SYSTEM
from municipalities.models import (
    County,
    Hromada,
    HromadaStatus,
    KnownPartnership,
    Municipality,
    Oblast,
    OfficialListEdition,
    OfficialListEntry,
    Theme,
)
from municipalities.registers.official_statuses import derive_statuses
from municipalities.registers.register_files import DATA, entries_file, read_registers


@dataclass(frozen=True)
class Count:
    """What became of one table's rows. `absent` ones are kept: what refers to them outlives the register."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    absent: int = 0

    @property
    def changes(self) -> int:
        """Rows created, changed and removed."""
        return self.created + self.changed + self.removed


@dataclass(frozen=True)
class LoadReport:
    """What a load did, by table."""

    tables: dict[str, Count] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        """Rows created, changed and removed in all."""
        return sum(count.changes for count in self.tables.values())


def load_registers(*, folder: Path = DATA, at: datetime) -> LoadReport:
    """Make the registers equal to the files in `folder` and tell what changed; a second load changes nothing.

    Raises RegistersRefused when a file has faults.
    """
    files = read_registers(folder)
    with transaction.atomic():
        report = _write(files, at)
        if report.changes:
            edition = OfficialListEdition.objects.latest("edition_on")
            data = {
                name: [count.created, count.changed, count.removed] for name, count in report.tables.items()
            }
            record("registers.loaded", edition, by=SYSTEM, at=at, data=data)
        emit("registers_loaded", by=SYSTEM, at=at, report=report)
    if report.changes:
        _analyze()
    return report


def _write(files: Mapping[str, Table], at: datetime) -> LoadReport:
    tables: dict[str, Count] = {}
    tables["counties"] = _merge(County.objects.all(), "number", files["counties.csv"])
    tables["oblasts"] = _merge(Oblast.objects.all(), "code", files["oblasts.csv"])
    tables["themes"] = _merge(Theme.objects.all(), "slug", files["themes.csv"])
    counties = dict(County.objects.values_list("number", "id"))
    oblasts = dict(Oblast.objects.values_list("code", "id"))
    parties = Municipality.objects.filter(valid_to__isnull=True)
    tables["municipalities"] = _merge(
        parties, "number", files["norwegian_parties.csv"], refer={"county": counties}
    )
    tables["hromadas"] = _merge(
        Hromada.objects.all(), "katottg", files["hromadas.csv"], refer={"oblast": oblasts}
    )
    hromadas = dict(Hromada.objects.values_list("katottg", "id"))
    refer = {"hromada": hromadas, "municipality": dict(parties.values_list("number", "id"))}
    tables["partnerships"] = _merge_partnerships(files["partnerships.csv"], refer)
    editions = files["official_list_editions.csv"]
    tables["editions"] = _merge(
        OfficialListEdition.objects.all(), "edition_on", editions, new={"loaded_at": at}
    )
    for row in editions.rows.values():
        edition = OfficialListEdition.objects.get(edition_on=row["edition_on"])
        name = f"{edition.edition_on:%Y-%m-%d}"
        tables[f"entries {name}"], tables[f"statuses {name}"] = write_edition(
            edition, files[entries_file(row)], hromadas
        )
        if tables[f"entries {name}"].changes:
            emit("edition_loaded", by=SYSTEM, at=at, edition=edition)
    return LoadReport(tables)


def write_edition(
    edition: OfficialListEdition, table: Table, hromadas: Mapping[str, int]
) -> tuple[Count, Count]:
    """Make an edition's entries equal to the table's and derive its statuses.

    `hromadas` gives ids by code.
    """
    return _write_entries(edition, table, hromadas), _write_statuses(edition)


def _merge_partnerships(table: Table, refer: Mapping[str, Mapping[str, int]]) -> Count:
    """Make the known partnerships equal to the file's, but leave alone what KS or AUC has since
    kept by hand.
    """
    by_hand = set(KnownPartnership.objects.filter(edited_at__isnull=False).values_list("key", flat=True))
    rest = Table(table.file, {line: row for line, row in table.rows.items() if row["key"] not in by_hand})
    return _merge(KnownPartnership.objects.filter(edited_at__isnull=True), "key", rest, refer=refer)


def _write_entries(edition: OfficialListEdition, table: Table, hromadas: Mapping[str, int]) -> Count:
    """Entries are known by their place in the document; what the document no longer has is removed."""
    placed = Table(
        table.file,
        {number: row | {"line": number} for number, row in enumerate(table.rows.values(), start=1)},
    )
    entries = OfficialListEntry.objects.filter(edition=edition)
    return _merge(entries, "line", placed, refer={"hromada": hromadas}, new={"edition": edition}, remove=True)


def _write_statuses(edition: OfficialListEdition) -> Count:
    fields = ("hromada_id", "whole", "part", "ever", "first_on", "closed_on")
    derived = Table(
        "",
        {
            number: {name: getattr(row, name) for name in fields}
            for number, row in enumerate(derive_statuses(edition))
        },
    )
    statuses = HromadaStatus.objects.filter(edition=edition)
    return _merge(statuses, "hromada_id", derived, new={"edition": edition}, remove=True)


def _merge(
    stored: models.QuerySet[Any],
    key: str,
    table: Table,
    *,
    refer: Mapping[str, Mapping[str, int]] | None = None,
    new: Row | None = None,
    remove: bool = False,
) -> Count:
    """Make the rows of `stored` equal to the table's, by `key`; `refer` turns codes into ids, `new` is set on
    new rows only.
    """
    missing = {getattr(obj, key): obj for obj in stored}
    created: list[Any] = []
    changed: list[Any] = []
    fields: set[str] = set()
    for row in table.rows.values():
        values = _resolved(row, refer or {})
        obj = missing.pop(values[key], None)
        if obj is None:
            created.append(stored.model(**values, **(new or {})))
        elif different := {name for name, value in values.items() if getattr(obj, name) != value}:
            for name in different:
                setattr(obj, name, values[name])
            fields |= different
            changed.append(obj)
    stored.model._default_manager.bulk_create(created, batch_size=500)
    if changed:
        stored.model._default_manager.bulk_update(
            changed, sorted(name.removesuffix("_id") for name in fields), batch_size=200
        )
    if remove and missing:
        stored.filter(pk__in=[obj.pk for obj in missing.values()]).delete()
    gone = len(missing)
    return Count(
        len(created),
        len(changed),
        len(table.rows) - len(created) - len(changed),
        gone if remove else 0,
        0 if remove else gone,
    )


def _resolved(row: Row, refer: Mapping[str, Mapping[str, int]]) -> Row:
    """Return the row with ids for codes; an empty code is no reference."""
    values = {name: value for name, value in row.items() if name not in refer}
    return values | {f"{name}_id": ids[row[name]] if row[name] else None for name, ids in refer.items()}


def _analyze() -> None:
    """Tell the database's planner how many rows there are now; it has just grown from nothing."""
    with connection.cursor() as cursor:
        for model in (Municipality, Hromada, OfficialListEntry, HromadaStatus, KnownPartnership, Theme):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
