"""How staff come in the first time: open the invitation, choose a password, connect an app.

Nothing is asked for twice.
"""

from __future__ import annotations

from typing import Any, cast

from allauth.account.forms import ResetPasswordKeyForm
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from kommunesamarbeid.core.accounts.invitations import InvitationFault, accept_invitation, find_invited
from kommunesamarbeid.core.accounts.login import is_address_proved
from kommunesamarbeid.core.models import User


@login_not_required
@sensitive_variables("token")
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show whom the invitation is for and ask for a password; only the form's POST uses the link up."""
    now = timezone.now()
    try:
        user = find_invited(token=token, at=now)
        _speak(request, user.language)
        form = ResetPasswordKeyForm(request.POST if request.method == "POST" else None, user=user)
        if not form.is_valid():
            status = 422 if form.is_bound else 200
            return render(request, "account/invitation.html", {"form": form, "invited": user}, status=status)
        user = accept_invitation(token=token, password=form.cleaned_data["password1"], at=now)
    except InvitationFault as fault:
        _speak(request, fault.language)
        return render(request, "account/invitation_fault.html", {"why": fault.words}, status=404)
    return _enter(request, user)


def _speak(request: HttpRequest, language: str) -> None:
    """Use the account's language for whoever has not chosen one in this browser."""
    if language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(language)
        request.LANGUAGE_CODE = language


def _enter(request: HttpRequest, user: User) -> HttpResponse:
    """Log the user in and lead on to connecting an app, which a demo does without."""
    if request.user.is_authenticated and request.user != user:
        logout(request)  # a login over somebody else's would lose the record below
    record_authentication(request, user, method="invitation")
    target = reverse("admin:index") if settings.DEMO else reverse("mfa_activate_totp")
    return cast("HttpResponse", perform_login(request, user, redirect_url=target))


def is_unproved(user: Any) -> bool:
    """Say whether the user must still prove the address before an app is connected; nobody need in a demo."""
    return not settings.DEMO and user.is_authenticated and not is_address_proved(user)


class FactorsView(IndexView):  # type: ignore[misc]  # allauth ships no types
    """The state of one's second factor, and what is in the way of connecting one."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether the address is still to be proved."""
        return {**super().get_context_data(**kwargs), "unproved": is_unproved(self.request.user)}


class ConnectView(ActivateTOTPView):  # type: ignore[misc]  # allauth ships no types
    """Connect an app, at a proved address; the code that proves it is this session's second factor too."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead whoever's address is not proved to how to prove it: a password alone connects nothing."""
        if is_unproved(request.user):
            return redirect("mfa_index")
        return cast("HttpResponse", super().dispatch(request, *args, **kwargs))

    def form_valid(self, form: Any) -> HttpResponse:
        """Count the code as given, so that the desk does not ask for another."""
        http_response: HttpResponse = super().form_valid(form)
        app = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        post_authentication(self.request, app)
        return http_response
