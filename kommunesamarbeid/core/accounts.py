"""Login of KS and AUC staff: no sign-up, a second factor in this session, and no link access beside a login."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

LINK_SESSION_KEYS = ("access", "language")


class StaffAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator, never by signing up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False


def has_second_factor(request: HttpRequest) -> bool:
    """Say whether this session was opened with a second factor (always true in demo mode)."""
    if settings.DEMO:
        return True
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records)


@receiver(user_logged_in, dispatch_uid="core.end_link_access")
def end_link_access(sender: Any, request: HttpRequest | None, **kwargs: Any) -> None:
    """A staff login in the same browser ends the access a link gave."""
    if request is not None and hasattr(request, "session"):
        for key in LINK_SESSION_KEYS:
            request.session.pop(key, None)
