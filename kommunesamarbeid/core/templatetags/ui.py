"""Small template filters the whole portal shares; they compute what a template cannot, and never query."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm, BoundField

register = template.Library()

ALERT_COLORS = {"success": "success", "warning": "warning", "error": "danger"}
DESCRIPTION, ERROR = "_helptext", "_error"  # the ids Django 5.2 gives to aria-describedby


@register.filter
def points(value: Any) -> str:
    """Show integer points as a plain number with a thin space: 8 421."""
    return "" if value is None else f"{int(value):,}".replace(",", "\u202f")


@register.filter
def alert_color(message: Message) -> str:
    """Return the `data-color` of the alert that shows a message."""
    return ALERT_COLORS.get(message.level_tag, "info")


@register.filter
def first_input(field: BoundField) -> str:
    """Return the id of a field's first input: where an error's link leads."""
    if field.errors and field.field.widget.use_fieldset:
        return f"{field.auto_id}_0"
    return field.id_for_label or str(field.auto_id)


@register.filter
def must_fill(field: BoundField) -> bool:
    """Say whether a field must be filled in; a form that saves drafts says so by `must_fill` on its field."""
    return bool(getattr(field.field, "must_fill", field.field.required))


@register.filter
def all_required(form: BaseForm) -> bool:
    """Say whether every visible field must be filled in, so that one sentence says it instead of a tag per field."""
    return all(must_fill(field) for field in form.visible_fields())


@register.filter
def input_kind(field: BoundField) -> str:
    """Return how a field is drawn: hidden, group (radios, checkboxes), parts (several inputs), tick or plain."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if getattr(widget, "input_type", "") == "checkbox" and not widget.use_fieldset:
        return "tick"
    if widget.use_fieldset:
        return "group" if hasattr(widget, "optgroups") else "parts"
    return "plain"


@register.filter
def described_by(field: BoundField) -> str:
    """Return the ids that describe a field's inputs, the error before the description; empty when there is none."""
    ids = [f"{field.auto_id}{ERROR}"] if field.errors else []
    if field.help_text and not field.field.widget.use_fieldset:
        ids.append(f"{field.auto_id}{DESCRIPTION}")
    return " ".join(ids)
