"""The desk: the stock admin on our own site, behind a second factor.

It stands apart from the admin classes, for Django builds the site while it loads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.accounts.login import has_second_factor
from kommunesamarbeid.core.accounts.staff import choose_response_mails
from kommunesamarbeid.core.mail.delivery import standing
from kommunesamarbeid.core.models import ResponseMails, User
from kommunesamarbeid.core.roles import ROLES, Actor, May

OUR_APPS = frozenset({"core", "municipalities", "matching"})


@dataclass(frozen=True)
class Block:
    """One section of the desk's front page: a template of an app above, included with `block` = `data`."""

    template: str
    data: Any


def mail_standing(request: HttpRequest) -> Iterator[Block]:
    """Tell everybody in KS when mail stands still: what they decide reaches nobody meanwhile."""
    if Actor.of(cast("User", request.user)).is_of_ks and (now := standing(at=timezone.now())).is_still:
        yield Block("admin/mail_standing.html", now)


BLOCKS: list[Callable[[HttpRequest], Iterable[Block]]] = [mail_standing]
"""Each is called with the request of somebody at the desk, and yields what their front page shows."""
SHORTCUTS = (
    ("n", _("Next proposal")),
    ("p", _("Previous proposal")),
    ("a", _("Approve the proposal")),
    ("?", _("This list")),
)


class DeskSite(AdminSite):
    """The admin site of KS and AUC."""

    site_title = _("Kommunesamarbeid")
    site_header = _("Kommunesamarbeid")
    index_title = _("Desk")
    site_url = "/"
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take our own models only: pages of others walk round our services, and some need inline scripts."""
        models: list[Any] = (
            [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        )
        ours = [model for model in models if model._meta.app_label in OUR_APPS]
        super().register(ours, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff with a second factor in this session."""
        return super().has_permission(request) and has_second_factor(request)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send on to the step that is missing: login, then enrolling or giving the second factor."""
        target = request.GET.get("next") or reverse("admin:index")
        if self.has_permission(request):
            return redirect("admin:index")
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")
        if not request.user.is_staff:
            return redirect("start")
        if is_mfa_enabled(request.user):
            return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': target})}")
        return redirect("mfa_index")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what waits for the reader first, then what there is to work with."""
        blocks = [block for provider in BLOCKS for block in provider(request)]
        return super().index(request, {**(extra_context or {}), "blocks": blocks})

    def get_urls(self) -> list[Any]:
        """The desk's own addresses beside the admin's."""
        return [
            path("shortcuts/", self.admin_view(self.shortcuts), name="shortcuts"),
            path("settings/", self.admin_view(self.own_settings), name="own_settings"),
            *super().get_urls(),
        ]

    def own_settings(self, request: HttpRequest) -> HttpResponse:
        """Show who one is here, and let whoever reviews answers choose how to hear of them."""
        user = cast("User", request.user)
        actor = Actor.of(user)
        if request.method == "POST":
            if request.POST.get("response_mails") not in ResponseMails.values:
                raise BadRequest
            choose_response_mails(choice=request.POST["response_mails"], by=actor, at=timezone.now())
            messages.success(request, _("Your choice is saved."))
            return redirect("admin:own_settings")
        context = {
            **self.each_context(request),
            "title": _("Your settings"),
            "roles": [ROLES[code].label for code in actor.roles],
            "choices": ResponseMails.choices if actor.may(May.REVIEW_RESPONSES) else [],
        }
        return TemplateResponse(request, "admin/own_settings.html", context)

    def shortcuts(self, request: HttpRequest) -> HttpResponse:
        """List the keyboard shortcuts, and switch them on or off for oneself.

        They are off until somebody wants them.
        """
        if request.method == "POST":
            User.objects.filter(email=request.user.get_username()).update(
                shortcuts=request.POST.get("on") == "1"
            )
            return redirect("admin:shortcuts")
        context = {**self.each_context(request), "title": _("Keyboard shortcuts"), "keys": SHORTCUTS}
        return TemplateResponse(request, "admin/shortcuts.html", context)

    def logout(  # type: ignore[override]  # a redirect instead of the admin's own page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One logout for the whole portal."""
        return redirect("account_logout")

    def password_change(  # type: ignore[override]  # a redirect instead of the admin's own page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The password is changed where the second factor is kept too."""
        return redirect("account_change_password")
