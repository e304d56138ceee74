"""The desk's pages about access links: addresses outside the municipality's domain wait here for KS."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record_view
from kommunesamarbeid.core.desk.acts import Act
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.lists import Column
from kommunesamarbeid.core.roles import Actor, May
from municipalities.access.links import LinkDecided, accept_address, refuse_address, revoke_link
from municipalities.choices import LinkStatus
from municipalities.models import AccessLink
from municipalities.registers import MUNICIPALITY_FIELDS, fields_of

DECIDERS = (May.ACCEPT_ADDRESSES,)


def _accept(*, link: AccessLink, by: Actor, at: datetime) -> None:
    accept_address(link=link, by=by, at=at, valid_for=timedelta(hours=settings.LINK_VALID_HOURS))


def _waits(link: AccessLink, _reader: Actor, _at: datetime) -> bool:
    return link.status == LinkStatus.WAITING


def _works(link: AccessLink, _reader: Actor, _at: datetime) -> bool:
    return link.status == LinkStatus.ACCEPTED and link.revoked_at is None


# Each is asked about on a page of its own, and leads back to what else waits.
_DECISION: dict[str, Any] = {
    "form": forms.Form,
    "conflicts": (LinkDecided,),
    "leads_to": lambda visit, _outcome: visit.admin.list_url(),
}
ACTS = (
    Act(
        "accept", DECIDERS, _accept, is_open=_waits,
        title=_("Accept the address"),
        intro=_("The address is kept as the municipality's, and the link is mailed."),
        done=_("The address is accepted and the link is on its way."),
        records="link.accepted", **_DECISION,
    ),
    Act(
        "refuse", DECIDERS, refuse_address, is_open=_waits,
        title=_("Refuse the address"), intro=_("Nothing is mailed, and the address cannot ask again."),
        done=_("The address is refused."),
        records="link.refused", **_DECISION,
    ),
    Act(
        "revoke", DECIDERS, revoke_link, is_open=_works,
        title=_("Revoke the link"), intro=_("Whoever is logged in by this link is logged out at once."),
        done=_("The link is revoked."),
        records="link.revoked", **_DECISION,
    ),
)  # fmt: skip


def _place(link: AccessLink) -> str:
    municipality = link.contact.municipality
    return municipality.place if municipality else ""


@admin.register(AccessLink)
class AccessLinkAdmin(DeskAdmin):
    """Links of municipal contacts. The list shows domains only.

    The address itself stands on the link's page, logged.
    """

    subject = "link"
    acts = ACTS
    detail_template = "admin/municipalities/accesslink/detail.html"
    list_display = (
        "id",
        Column("place", _("Municipality"), _place, "contact__municipality__name"),
        # The part of the address that names nobody.
        Column("domain", _("Domain"), lambda link: link.contact.email.rpartition("@")[2]),
        "status",
        "created_at",
        "used_at",
        "revoked_at",
    )
    list_filter = ("status",)
    list_select_related = ("contact__municipality__county",)
    search_fields = fields_of(MUNICIPALITY_FIELDS, "contact__municipality")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who accept addresses."""
        return request.user.is_authenticated and self.actor(request).may(May.ACCEPT_ADDRESSES)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return municipal links only."""
        links: QuerySet[Any] = super().get_queryset(request).filter(contact__municipality__isnull=False)
        return links.select_related("contact__municipality__county")

    def detail(self, request: HttpRequest, row: AccessLink) -> dict[str, Any]:
        """The address and what can be done; that it was shown is logged."""
        record_view(row.contact, by=self.actor(request), at=timezone.now(), purpose="link page")
        acts = self.open_acts(row, self.actor(request), timezone.now())
        return {"title": _("Access link"), "link": row, "acts": acts}

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What happened to a link stands on its own page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(self.url_of(self.get_row(request, object_id)))
