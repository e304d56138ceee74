"""The language buttons of the header belong to the form of a page that has one, so that nothing written is
lost by them (F-28).
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse

# The id of the page's form.
FORM = "page-form"


def set_language_cookie(http_response: HttpResponse, language: str) -> None:
    """Remember the language that was chosen, as Django's own switch does."""
    http_response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        samesite="Lax",
        httponly=True,
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )
