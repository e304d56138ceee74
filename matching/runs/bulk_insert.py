"""Many rows of plain values at once, for what a run writes:
thousands of rows that no form or signal has to see.

`bulk_create` spends most of its time in making objects and preparing values one by one; these rows are
numbers and codes that the engine has just made. Constraints and triggers of the database hold as ever.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from simple_history.utils import get_history_model_for_model

AT_ONCE: Final = 1 << 20
"""Characters handed to PostgreSQL at a time."""


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows whose values stand in the order of `names` (as in ``response_id``), JSON as text;
    other fields get their defaults.
    """
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.primary_key}
    rest = [field for name, field in fields.items() if name not in names]
    order = [*(fields[name] for name in names), *rest]
    defaults = [field.get_db_prep_save(field.get_default(), connection) for field in rest]
    whole = [(*row, *defaults) for row in rows]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(connection, cursor, model, order, whole)
        else:
            places = ", ".join(["%s"] * len(order))
            # S608: no value stands in the text.
            cursor.executemany(f"INSERT INTO {_into(connection, model, order)} VALUES ({places})", whole)  # noqa: S608


def _copy(
    connection: BaseDatabaseWrapper,
    cursor: CursorWrapper,
    model: type[models.Model],
    order: Sequence[models.Field[Any, Any]],
    rows: Sequence[Sequence[Any]],
) -> None:
    """Send rows by COPY, twice as fast as by INSERT; nothing between commas is NULL,
    and a blank text where there must be one.
    """
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    text.seek(0)
    filled = ", ".join(connection.ops.quote_name(str(field.column)) for field in order if not field.null)
    command = (
        f"COPY {_into(connection, model, order)} FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({filled}))"
    )
    with connection.wrap_database_errors:
        cursor.copy_expert(command, text, AT_ONCE)


def record_creation(rows: models.QuerySet[Any], *, at: datetime) -> None:
    """Write the first history row of each row of a query, dated `at`, in one statement;
    nobody in person made them.
    """
    history = get_history_model_for_model(rows.model)
    connection = connections[router.db_for_write(rows.model)]
    fields = {field.attname: field for field in history._meta.concrete_fields}
    names = [field.attname for field in rows.model._meta.concrete_fields if field.attname in fields]
    query, parameters = rows.order_by("pk").values_list(*names).query.sql_with_params()
    into = _into(
        connection,
        history,
        [*(fields[name] for name in names), fields["history_date"], fields["history_type"]],
    )
    date = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        statement = f"INSERT INTO {into} SELECT made.*, %s, '+' FROM ({query}) AS made"  # noqa: S608  # no value stands in it
        cursor.execute(statement, (date, *parameters))


def _into(
    connection: BaseDatabaseWrapper, model: type[models.Model], fields: Sequence[models.Field[Any, Any]]
) -> str:
    """Return table and columns of an insert; all names are those of our fields models."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    return f"{quote(model._meta.db_table)} ({columns})"
