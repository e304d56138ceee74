"""How any field's stored value reads on the desk."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext


def yes_no(value: bool | None) -> str:
    """Say what is known; unknown is said, never shown as no."""
    return {True: gettext("yes"), False: gettext("no"), None: gettext("not known")}[value]


def field_label(field: Any) -> str:
    """Return a model field's own name."""
    name = str(field.verbose_name)
    return name[:1].upper() + name[1:]


def show(field: Any, value: Any) -> str:
    """Show a stored value as the reader knows it; an unknown value as a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return yes_no(value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
