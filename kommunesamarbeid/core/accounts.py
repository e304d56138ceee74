"""Login of KS and AUC staff: no sign-up, a second factor in this session, and no link access beside a login."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

LINK_SESSION_KEYS = ("access", "language")


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
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


def step_up(request: HttpRequest) -> HttpResponseRedirect | None:
    """Return the way to give the second factor again, or None when it is fresh (15 minutes) or the portal is a demo."""
    if settings.DEMO:
        return None
    newest = max(
        (r["at"] for r in get_authentication_records(request, request.user) if r["method"] == "mfa"),
        default=0.0,
    )
    if time.time() - newest <= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
        return None
    return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")


@receiver(user_logged_in, dispatch_uid="core.end_link_access")
def end_link_access(sender: Any, request: HttpRequest | None, **kwargs: Any) -> None:
    """A staff login in the same browser ends the access a link gave."""
    if request is not None and hasattr(request, "session"):
        for key in LINK_SESSION_KEYS:
            request.session.pop(key, None)
