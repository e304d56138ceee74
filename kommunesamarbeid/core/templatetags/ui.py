"""Small template filters the whole portal shares."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.filter
def points(value: Any) -> str:
    """Show integer points as a plain number with a thin space: 8 421."""
    return "" if value is None else f"{int(value):,}".replace(",", "\u202f")
