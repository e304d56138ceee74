"""Many rows of plain values at once, for what a run writes: thousands of rows that no form or signal has to see.

`bulk_create` spends most of its time in making objects and preparing values one by one; these rows are numbers and codes
that the engine has just made. Constraints and triggers of the database hold as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from simple_history.utils import get_history_model_for_model

MOST_PARAMETERS: Final = 900
"""Below every database's limit for one statement."""


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows whose values stand in the order of `names` (as in ``response_id``); other fields get their defaults."""
    connection = connections[router.db_for_write(model)]
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.primary_key}
    rest = [field for name, field in fields.items() if name not in names]
    order = [*(fields[name] for name in names), *rest]
    composed = [k for k, field in enumerate(order[: len(names)]) if isinstance(field, models.JSONField)]
    defaults = [field.get_db_prep_save(field.get_default(), connection) for field in rest]
    place = f"({', '.join(['%s'] * len(order))})"
    start = _insert(connection, model, order) + " VALUES "
    step = MOST_PARAMETERS // len(order)
    with connection.cursor() as cursor:
        for some in (rows[k : k + step] for k in range(0, len(rows), step)):
            values = [value for row in some for value in (*row, *defaults)]
            for k in composed:
                prepare = order[k].get_db_prep_save
                values[k :: len(order)] = [prepare(value, connection) for value in values[k :: len(order)]]
            cursor.execute(start + ", ".join([place] * len(some)), values)


def record_creation(found: models.QuerySet[Any], *, at: datetime) -> None:
    """Write the first history row of each row of a query, dated `at`, in one statement; nobody in person made them."""
    history = get_history_model_for_model(found.model)
    connection = connections[router.db_for_write(found.model)]
    own = {field.attname: field for field in history._meta.concrete_fields}
    names = [field.attname for field in found.model._meta.concrete_fields if field.attname in own]
    query, parameters = found.order_by("pk").values_list(*names).query.sql_with_params()
    start = _insert(connection, history, [*(own[name] for name in names), own["history_date"], own["history_type"]])
    date = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        # S608: no value stands in the text.
        cursor.execute(f"{start} SELECT made.*, %s, '+' FROM ({query}) AS made", (date, *parameters))  # noqa: S608


def _insert(connection: BaseDatabaseWrapper, model: type[models.Model], fields: Sequence[models.Field[Any, Any]]) -> str:
    """Return the head of an insert; all names are those of our own models."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns})"
