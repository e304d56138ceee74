"""What an administrator does for another user's way in: invite again, and take away a second factor that is
lost.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from kommunesamarbeid.core.accounts.invitations import NothingToInviteTo, invite, may_be_invited
from kommunesamarbeid.core.accounts.login import is_address_proved, step_up
from kommunesamarbeid.core.accounts.second_factors import has_second_factor_of_own, remove_second_factor
from kommunesamarbeid.core.form_fields import WordsField
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor, May

if TYPE_CHECKING:
    AnyAdmin = ModelAdmin[Any]
else:
    AnyAdmin = ModelAdmin  # not generic at run time
View = Callable[..., HttpResponse]


class RemovalForm(forms.Form):
    """Why a second factor is removed, and how it is known who asked."""

    reason = WordsField(
        label=_("Reason"),
        max_length=500,
        error_messages={"required": _("Write a reason.")},
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "What happened, and how you know that it was the user who asked. It is kept in the audit trail."
        ),
    )


class UserActs(AnyAdmin):
    """Acts at addresses of their own beside the user's page."""

    change_form_template = "admin/core/user/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        """Add an address for each act."""
        return [
            path("<int:pk>/invite/", self._act(self.invite_again, "POST"), name="core_user_invite"),
            path(
                "<int:pk>/second-factor/",
                self._act(self.remove_factor, "GET", "POST"),
                name="core_user_second_factor",
            ),
            *super().get_urls(),
        ]

    def _act(self, view: View, *methods: str) -> View:
        """Wrap an act: administrators only, and on a fresh second factor."""

        @wraps(view)
        def checked(request: HttpRequest, pk: int) -> HttpResponse:
            by = Actor.of(cast("User", request.user))
            if not by.may(May.MANAGE_USERS):
                raise PermissionDenied
            user = get_object_or_404(User, pk=pk)
            if (again := step_up(request)) is not None:
                # Whoever has given the factor again comes back by a GET, which an act without a page has not.
                return again if "GET" in methods else HttpResponseRedirect(_page_of(user))
            return view(request, user, by)

        return cast("View", self.admin_site.admin_view(require_http_methods(list(methods))(checked)))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Add how far the user has come in."""
        user = (
            User.objects.filter(pk=object_id).first()
            if object_id.isdecimal() and len(object_id) < 19
            else None
        )
        context = {**(extra_context or {}), "way_in": _way_in(user, request) if user is not None else None}
        return super().change_view(request, object_id, form_url, context)

    def invite_again(self, request: HttpRequest, user: User, by: Actor) -> HttpResponse:
        """Send the invitation again."""
        try:
            invite(user=user, by=by, at=timezone.now())
        except NothingToInviteTo:
            messages.error(
                request, _("No invitation was sent: the user is deactivated, or has come in already.")
            )
        else:
            messages.success(
                request, _("An invitation is on its way to %(address)s.") % {"address": user.email}
            )
        return HttpResponseRedirect(_page_of(user))

    def remove_factor(self, request: HttpRequest, user: User, by: Actor) -> HttpResponse:
        """Ask for the reason, and remove the second factor."""
        form = RemovalForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                remove_second_factor(user=user, by=by, at=timezone.now(), reason=form.cleaned_data["reason"])
            except Refused as refusal:
                form.add_error(refusal.field or None, str(refusal))
            else:
                messages.success(
                    request, _("The second factor is removed. You have both been told by e-mail.")
                )
                return HttpResponseRedirect(_page_of(user))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Remove the second factor"),
            "button": _("Remove the second factor"),
            "about": user,
            "back": _page_of(user),
            "form": form,
        }
        return TemplateResponse(
            request, "admin/core/user/second_factor.html", context, status=422 if form.errors else 200
        )


def _way_in(user: User, request: HttpRequest) -> dict[str, Any]:
    """Return how far the user has come in, and what may be done for it."""
    has_factor = has_second_factor_of_own(user)
    return {
        "is_address_proved": is_address_proved(user),
        "has_factor": has_factor,
        "last_login": user.last_login,
        "may_invite": may_be_invited(user),
        "may_remove_factor": has_factor and user != request.user,
    }


def _page_of(user: User) -> str:
    return reverse("admin:core_user_change", args=[user.pk])
