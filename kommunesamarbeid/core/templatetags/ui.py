"""Small template filters the whole portal shares; they compute what a template cannot, and never query."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm, BoundField, Textarea
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from kommunesamarbeid.core.demo import DEMO_LOGINS, DemoLogin

register = template.Library()

ALERT_COLORS = {"success": "success", "warning": "warning", "error": "danger"}
DJANGOS_ROWS = "10"  # what a Textarea has when nobody chose


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
    if not field.field.widget.use_fieldset:
        return field.id_for_label or str(field.auto_id)
    inputs = [part for widget in field.subwidgets for part in widget.data.get("subwidgets", [widget.data])]
    return str(inputs[0]["attrs"].get("id", field.auto_id)) if inputs else str(field.auto_id)


@register.filter
def must_fill(field: BoundField) -> bool:
    """Say whether a field must be filled in; a form that saves drafts says so by `must_fill` on its field."""
    return bool(getattr(field.field, "must_fill", field.field.required))


@register.filter
def all_required(form: BaseForm) -> bool:
    """Say whether several fields are shown and all must be filled in, so that one sentence says it instead of
    tags.
    """
    fields = form.visible_fields()
    return len(fields) > 1 and all(must_fill(field) for field in fields)


@register.filter
def input_kind(field: BoundField) -> str:
    """Return how a field is drawn: hidden, group (radios, checkboxes), parts (several inputs),
    tick or plain.
    """
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if getattr(widget, "input_type", "") == "checkbox" and not widget.use_fieldset:
        return "tick"
    if widget.use_fieldset:
        return "group" if hasattr(widget, "optgroups") else "parts"
    return "plain"


@register.filter
def ds_input(field: BoundField) -> SafeString:
    """Draw a field's own input as Designsystemet's: no placeholder, and the error is read before the
    description (D-01).
    """
    classes = f"ds-input {field.field.widget.attrs.get('class', '')}".strip()
    attrs: dict[str, str | bool] = {"class": classes, "placeholder": False}
    if described := described_by(field):
        attrs["aria-describedby"] = described
    if isinstance(field.field.widget, Textarea) and field.field.widget.attrs.get("rows") == DJANGOS_ROWS:
        attrs["rows"] = "4"
    return field.as_widget(attrs=attrs)


@register.filter
def ds_options(field: BoundField, options: list[dict[str, Any]]) -> SafeString:
    """Draw a group's radios or checkboxes in one go (D-03): with 29 themes a template loop is half of the
    page's work.
    """
    wrong = (
        format_html(' aria-invalid="true" aria-describedby="{}_error"', field.auto_id) if field.errors else ""
    )
    return mark_safe("".join(_option(option, wrong) for option in options))  # noqa: S308  # every part is escaped below


def _option(option: dict[str, Any], wrong: str) -> str:
    attrs, value = option["attrs"], option["value"]
    ident = escape(attrs.get("id", ""))
    state = (" checked" if option["selected"] else "") + (" disabled" if attrs.get("disabled") else "")
    return (
        f'<div class="ds-field"><input class="ds-input" type="{escape(option["type"])}" id="{ident}" name="{escape(option["name"])}"'
        f' value="{escape("" if value is None else value)}"{state}{wrong}>'
        f'<label class="ds-label" data-weight="regular" for="{ident}">{escape(option["label"])}</label></div>\n'
    )


def described_by(field: BoundField) -> str:
    """Return the ids that describe a field's input; the legend of a fieldset names its description itself."""
    ids = [f"{field.auto_id}_error"] if field.errors else []
    if field.help_text and not field.field.widget.use_fieldset:
        ids.append(f"{field.auto_id}_helptext")
    return " ".join(ids)


@register.simple_block_tag
def table(content: str, **inputs: Any) -> str:
    """Put the head and rows of a table into its frame: `components/table.html` says what it takes."""
    return framed("components/table.html", content, **inputs)


@register.simple_block_tag
def desk_table(content: str, **inputs: Any) -> str:
    """Put the head and rows of a desk table into its frame: `components/desk/table.html` says
    what it takes.
    """
    return framed("components/desk/table.html", content, **inputs)


def framed(template: str, content: str, *, caption: str = "", style: str = "", **inputs: Any) -> str:
    """Return a table in its frame.

    A caption and the names of styles apart by blanks, the rest as the frame takes it.
    """
    return render_to_string(
        template, {"content": content, "caption": caption, "styles": style.split(), **inputs}
    )


@register.simple_tag
def demo_logins() -> tuple[DemoLogin, ...]:
    """Return the demonstration's fictional staff; none where real people log in."""
    return DEMO_LOGINS if settings.DEMO else ()
