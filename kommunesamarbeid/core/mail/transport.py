"""Outside a demo mail goes where somebody has chosen: until then nothing is served, and no mail is thrown
away and called sent.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.base import BaseEmailBackend

NOT_CHOSEN = (
    "EMAIL_URL is not set, and outside a demo mail must have a way out: "
    "smtp+tls://user:password@mail.example:587 for a mail "
    "server, filemail:///folder to write mails into a folder, consolemail:// to print them."
)


class MissingTransport(BaseEmailBackend):
    """Stands where no transport has been chosen; it refuses, so that mails stay in the outbox."""

    def open(self) -> NoReturn:
        """Refuse.

        Raises ImproperlyConfigured, always.
        """
        raise ImproperlyConfigured(NOT_CHOSEN)

    def send_messages(self, email_messages: Any) -> NoReturn:
        """Refuse, as `open` does."""
        self.open()


def require_transport() -> None:
    """Return when mail has a way out, so that what is about to serve may.

    Raises ImproperlyConfigured with one line that names the setting.
    """
    if is_missing():
        raise ImproperlyConfigured(NOT_CHOSEN)


def is_missing() -> bool:
    """Say whether nobody has chosen a transport."""
    backends: dict[str, str] = settings.POST_OFFICE["BACKENDS"]
    return backends["default"] == f"{__name__}.{MissingTransport.__name__}"


def check_transport(**_about: Any) -> list[CheckMessage]:
    """Tell `check --deploy` when mail has no way out."""
    return [Error(NOT_CHOSEN, id="core.E001")] if is_missing() else []
