"""What every template may ask for: the mode, the languages, and the access behind a link."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from kommunesamarbeid.core import languages


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return the portal's own template variables; no query."""
    return {
        "demo": settings.DEMO,
        "portal_languages": languages.OWN_NAMES,
        "shortcuts": getattr(getattr(request, "user", None), "shortcuts", False),
        "access": getattr(request, "access", None),
    }
