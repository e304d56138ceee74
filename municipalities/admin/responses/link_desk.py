"""The desk's pages about access links: addresses outside the municipality's domain wait here for KS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record_view
from kommunesamarbeid.core.desk.act_pages import Act, act_page, act_url, conflict, page
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.desk.search import NameSearch
from kommunesamarbeid.core.roles import May
from municipalities.access.links import LinkDecided, accept_address, refuse_address, revoke_link
from municipalities.models import AccessLink
from municipalities.registers import MUNICIPALITY_FIELDS, fields_of

Text = str | Promise


@admin.register(AccessLink)
class AccessLinkAdmin(NameSearch, ReadAdmin):
    """Links of municipal contacts. The list shows domains only; the address itself stands on the link's page, logged."""

    list_display = ("id", "place", "domain", "status", "created_at", "used_at", "revoked_at")
    list_filter = ("status",)
    list_select_related = ("contact__municipality__county",)
    search_fields = fields_of(MUNICIPALITY_FIELDS, "contact__municipality")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who accept addresses."""
        return request.user.is_authenticated and self.actor(request).may(May.ACCEPT_ADDRESSES)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return municipal links only."""
        return super().get_queryset(request).filter(contact__municipality__isnull=False)

    @admin.display(description=_("Municipality"), ordering="contact__municipality__name")
    def place(self, obj: AccessLink) -> str:
        """Name with county."""
        return obj.contact.municipality.place if obj.contact.municipality else ""

    @admin.display(description=_("Domain"))
    def domain(self, obj: AccessLink) -> str:
        """The part of the address that names nobody."""
        return obj.contact.email.rpartition("@")[2]

    def get_urls(self) -> list[URLPattern]:
        """Add an address for each act."""
        acts = [
            path(
                f"<int:pk>/{name}/",
                act_url(self, view, May.ACCEPT_ADDRESSES),
                name=f"municipalities_accesslink_{name}",
            )
            for name, view in (("accept", self.accept), ("refuse", self.refuse), ("revoke", self.revoke))
        ]
        return [*acts, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the address and what can be done; that it was shown is logged."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        link = _find(object_id)
        record_view(link.contact, by=self.actor(request), at=timezone.now(), purpose="link page")
        template = "admin/municipalities/accesslink/detail.html"
        return page(self, request, template, title=_("Access link"), subtitle=None, link=link)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What happened to a link stands on its own page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(_address(_find(object_id)))

    def accept(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Accept the address and mail the link."""
        link = _find(pk)
        return self._act(
            request,
            link,
            _("Accept the address"),
            _("The address is accepted and the link is on its way."),
            lambda: accept_address(
                link=link,
                by=self.actor(request),
                at=timezone.now(),
                valid_for=timedelta(hours=settings.LINK_VALID_HOURS),
            ),
            _("The address is kept as the municipality's, and the link is mailed."),
        )

    def refuse(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Refuse the address."""
        link = _find(pk)
        return self._act(
            request,
            link,
            _("Refuse the address"),
            _("The address is refused."),
            lambda: refuse_address(link=link, by=self.actor(request), at=timezone.now()),
            _("Nothing is mailed, and the address cannot ask again."),
        )

    def revoke(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End a link and the sessions it opened."""
        link = _find(pk)
        return self._act(
            request,
            link,
            _("Revoke the link"),
            _("The link is revoked."),
            lambda: revoke_link(link=link, by=self.actor(request), at=timezone.now()),
            _("Whoever is logged in by this link is logged out at once."),
        )

    def _act(
        self,
        request: HttpRequest,
        link: AccessLink,
        title: Text,
        done: Text,
        room: Callable[[], None],
        intro: Text,
    ) -> HttpResponse:
        def call(data: dict[str, Any]) -> str:
            room()
            return reverse("admin:municipalities_accesslink_changelist")

        template = "admin/form_page.html"
        act = Act(
            title=title,
            button=title,
            back=_address(link),
            done=done,
            room=call,
            intro=intro,
            template=template,
        )
        try:
            return act_page(
                self, request, forms.Form(request.POST if request.method == "POST" else None), act
            )
        except LinkDecided:
            return conflict(request, _address(link))


def _find(pk: int | str) -> AccessLink:
    if not str(pk).isdigit():
        raise Http404
    links = AccessLink.objects.select_related("contact__municipality__county").filter(
        contact__municipality__isnull=False
    )
    return get_object_or_404(links, pk=pk)


def _address(link: AccessLink) -> str:
    return reverse("admin:municipalities_accesslink_change", args=[link.pk])
