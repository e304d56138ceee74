"""Triggers that make a table append-only in the database itself, on PostgreSQL and SQLite alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import RunPython


def append_only(
    table: str, *, once: Sequence[str] = (), columns: Sequence[str] = (), deletable: bool = False
) -> RunPython:
    """Return the migration operation that forbids UPDATE and DELETE on `table`.

    With `columns`, only those must stay as they were and the others may change; `once` names columns of which
    the first that is set closes the row for good (a confirmation). `deletable` leaves DELETE to cascades from
    an erasable parent.
    """

    def forwards(apps: Any, editor: Any) -> None:
        for statement in _statements(editor.connection.vendor, table, once, columns, deletable):
            editor.execute(statement)

    def backwards(apps: Any, editor: Any) -> None:
        postgres = editor.connection.vendor == "postgresql"
        for name in ("no_update", "no_delete"):
            editor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}" + (f" ON {table}" if postgres else ""))

    return RunPython(forwards, backwards, elidable=False)


def frozen(table: str, *, columns: Sequence[str], when: str) -> RunPython:
    """Return the migration operation that, once the column `when` is set, forbids DELETE and any change of
    `columns`.

    Until then the row is free: it is the published record that must stay, not the work on it.
    """

    def forwards(apps: Any, editor: Any) -> None:
        vendor = editor.connection.vendor
        closed = f'OLD."{when}" IS NOT NULL'
        editor.execute(
            _trigger(vendor, table, "UPDATE", f"{closed} AND ({_forbidden(vendor, (), [when, *columns])})")
        )
        editor.execute(_trigger(vendor, table, "DELETE", closed))

    def backwards(apps: Any, editor: Any) -> None:
        postgres = editor.connection.vendor == "postgresql"
        for name in ("no_update", "no_delete"):
            editor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}" + (f" ON {table}" if postgres else ""))

    return RunPython(forwards, backwards, elidable=False)


def lift(forbidden: RunPython) -> RunPython:
    """Return the operation that takes such a rule back, before the table changes: SQLite builds it anew and
    would drop it silently.
    """
    assert forbidden.reverse_code is not None
    return RunPython(forbidden.reverse_code, forbidden.code, elidable=False)


def _statements(
    vendor: str, table: str, once: Sequence[str], columns: Sequence[str], deletable: bool
) -> list[str]:
    events = ["UPDATE"] if deletable else ["UPDATE", "DELETE"]
    return [
        _trigger(vendor, table, event, _forbidden(vendor, once, columns) if event == "UPDATE" else "")
        for event in events
    ]


def _forbidden(vendor: str, once: Sequence[str], columns: Sequence[str]) -> str:
    """Return the WHEN condition: true for an update that must not happen; empty forbids every update."""
    differs = "IS NOT" if vendor == "sqlite" else "IS DISTINCT FROM"
    clauses = [f'OLD."{column}" IS NOT NULL' for column in once]
    clauses += [f'NEW."{column}" {differs} OLD."{column}"' for column in columns]
    return " OR ".join(clauses)


def _trigger(vendor: str, table: str, event: str, when: str) -> str:
    name = f"{table}_no_{event.lower()}"
    clause = f"WHEN ({when}) " if when else ""
    if vendor == "sqlite":
        return f"CREATE TRIGGER {name} BEFORE {event} ON {table} {clause}BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$; "
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {clause}EXECUTE FUNCTION {name}()"
    )
