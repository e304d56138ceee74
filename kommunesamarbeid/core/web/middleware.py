"""What every response carries and every request knows: an error id, strict headers, the reader's language."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django_structlog.signals import bind_extra_request_metadata

from kommunesamarbeid.core import languages
from kommunesamarbeid.core.lifecycle import LifecycleError

Handler = Callable[[HttpRequest], HttpResponse]

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "payment",
        "usb",
    )
)


class ErrorIdMiddleware:
    """Give each request a short id that error pages show and logs carry."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set `request.error_id` and pass on."""
        request.error_id = secrets.token_hex(4).upper()  # type: ignore[attr-defined]  # ours, read by error pages
        return self.get_response(request)


@receiver(bind_extra_request_metadata, dispatch_uid="core.bind_error_id")
def bind_error_id(request: HttpRequest, **kwargs: Any) -> None:
    """Let every log line of the request carry the id its error page shows."""
    structlog.contextvars.bind_contextvars(error_id=getattr(request, "error_id", ""))


class SecurityHeadersMiddleware:
    """Add the headers Django and django-csp do not, and keep personal pages out of caches."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on and add headers that are not set already."""
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class ConflictMiddleware:
    """Answer 409 when somebody else was first and the view did not say so itself: nothing was changed, and it
    is nobody's fault.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a state that did not move into the plain page; the transaction is rolled back by now."""
        if not isinstance(exception, LifecycleError):
            return None
        return render(
            request,
            "errors/conflict.html",
            {"back_url": request.path if request.method == "GET" else ""},
            status=409,
        )


class UserLanguageMiddleware:
    """The language is the browser's own choice, else the link's municipality's, else the account's, else
    bokmål.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate the language of the session or account for readers who have not chosen one."""
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            language: str = settings.LANGUAGE_CODE
            if settings.SESSION_COOKIE_NAME in request.COOKIES:
                language = str(request.session.get("language") or getattr(request.user, "language", language))
            translation.activate(language)
            request.LANGUAGE_CODE = languages.active()
        response = self.get_response(request)
        patch_vary_headers(response, ("Cookie",))
        return response
