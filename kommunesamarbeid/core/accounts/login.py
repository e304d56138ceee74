"""Login of KS and AUC staff: no sign-up, a proved address, a second factor in this session, no link access
beside a login.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.account.signals import password_reset
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from kommunesamarbeid.core.models import User

LINK_SESSION_KEYS = ("access", "language")


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are made by an administrator, never by signing up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask again only when nothing was given within 15 minutes: a first login gives password and code
        once.
        """
        return bool(super().is_reauthentication_required(app=app, **kwargs)) and not was_recent(self.request)


def was_recent(request: HttpRequest) -> bool:
    """Say whether the session was opened within 15 minutes, with a second factor by whoever has one."""
    if not request.user.is_authenticated:
        return False
    return _is_fresh(request, needs_factor=is_mfa_enabled(request.user))


def _is_fresh(request: HttpRequest, *, needs_factor: bool) -> bool:
    """Say whether something was given within 15 minutes, or a second factor where that is needed."""
    records = get_authentication_records(request, request.user)
    newest = max(
        (record["at"] for record in records if not needs_factor or record["method"] == "mfa"), default=0.0
    )
    return time.time() - newest <= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def prove_address(user: User) -> None:
    """Note that the user reads the mail of their address, which is then the only one.

    Enrolling a second factor asks for it.
    """
    # A proof that somebody else left behind would send this user's login and reset mail their way.
    EmailAddress.objects.filter(email=user.email).exclude(user=user).delete()
    forget_other_addresses(user)
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


def is_address_proved(user: User) -> bool:
    """Say whether the user is known to read the mail of their address."""
    return bool(EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists())


def forget_other_addresses(user: User) -> None:
    """Drop proofs of addresses the user no longer has.

    Whoever reads mail there has no claim on the account.
    """
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()


def has_second_factor(request: HttpRequest) -> bool:
    """Say whether this session was opened with a second factor (always true in demo mode)."""
    if settings.DEMO:
        return True
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records)


def step_up(request: HttpRequest) -> HttpResponseRedirect | None:
    """Return the way to give the second factor again, or None when it is fresh (15 minutes) or the portal is
    a demo.
    """
    if settings.DEMO or _is_fresh(request, needs_factor=True):
        return None
    return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")


@receiver(user_logged_in, dispatch_uid="core.end_link_access")
def end_link_access(sender: Any, request: HttpRequest | None, **kwargs: Any) -> None:
    """A staff login in the same browser ends the access a link gave."""
    if request is not None and hasattr(request, "session"):
        for key in LINK_SESSION_KEYS:
            request.session.pop(key, None)


@receiver(password_reset, dispatch_uid="core.prove_address_by_reset")
def prove_address_by_reset(sender: Any, user: User, **kwargs: Any) -> None:
    """Whoever has opened the link of a reset mail reads the mail of that address."""
    prove_address(user)
