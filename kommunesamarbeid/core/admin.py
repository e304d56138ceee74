"""The desk: the stock admin on our own site, behind a second factor, with no rights but those the roles give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.accounts import has_second_factor
from kommunesamarbeid.core.roles import Actor

if TYPE_CHECKING:
    AnyAdmin = ModelAdmin[Any]
else:
    AnyAdmin = ModelAdmin  # not generic at run time


class DeskSite(AdminSite):
    """The admin site of KS and AUC."""

    site_title = _("Kommunesamarbeid")
    site_header = _("Kommunesamarbeid")
    index_title = _("Desk")
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff with a second factor in this session."""
        return super().has_permission(request) and has_second_factor(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send on to the step that is missing: login, then enrolling or giving the second factor."""
        target = request.GET.get("next") or reverse("admin:index")
        if self.has_permission(request):
            return redirect("admin:index")
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")
        from allauth.mfa.utils import is_mfa_enabled

        if not request.user.is_staff:
            return redirect("start")
        if is_mfa_enabled(request.user):
            return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': target})}")
        return redirect("mfa_index")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One logout for the whole portal."""
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The password is changed where the second factor is kept too."""
        return redirect("account_change_password")


class ReadAdmin(AnyAdmin):
    """A desk page that shows and never edits: what changes goes through a room, by a POST of its own.

    Whoever may view the model by role sees it; add, change and delete are closed in every subclass that does not
    open them on purpose.
    """

    list_per_page = 50
    show_full_result_count = False
    actions = None

    def actor(self, request: HttpRequest) -> Actor:
        """Return who acts, for a call into a room."""
        return Actor.of(request.user)  # type: ignore[arg-type]  # the desk admits no anonymous user

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are made by rooms."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are changed by rooms."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted by hand; `purge` erases by rule."""
        return False
