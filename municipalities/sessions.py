"""The database session a link opens: it holds one active access, slides for 20 hours, and ends when the link is revoked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation

from kommunesamarbeid.core.roles import Actor
from municipalities.choices import LinkRight, LinkStatus
from municipalities.models import AccessLink, ContactPerson, Hromada, Municipality

P = ParamSpec("P")
# The sliding end is written again when it is this old: a page view costs no write for every click.
WRITTEN_EVERY = 10 * 60


@dataclass(frozen=True)
class Access:
    """What the active link of this session gives: a municipality, by an address, with a right."""

    link: AccessLink
    contact: ContactPerson
    municipality: Municipality

    @property
    def actor(self) -> Actor:
        """Return who acts, for a call into a room."""
        return Actor.contact(self.contact.pk)

    @property
    def address(self) -> str:
        """Return the address the link was sent to."""
        return self.contact.email

    @property
    def party(self) -> str:
        """Return on whose behalf."""
        return self.municipality.place

    @property
    def may_submit(self) -> bool:
        """Whether the holder may submit, not only edit."""
        return self.link.right == LinkRight.SUBMIT


@dataclass(frozen=True)
class HromadaAccess:
    """What the active link of this session gives a hromada's contact: its own hromada, by an address."""

    link: AccessLink
    contact: ContactPerson
    hromada: Hromada

    @property
    def actor(self) -> Actor:
        """Return who acts, for a call into a room."""
        return Actor.hromada_contact(self.contact.pk)

    @property
    def address(self) -> str:
        """Return the address the link was sent to."""
        return self.contact.email

    @property
    def party(self) -> str:
        """Return on whose behalf."""
        return self.hromada.place


class LinkRequest(HttpRequest):
    """A request that came through a municipality's link."""

    access: Access


class HromadaRequest(HttpRequest):
    """A request that came through a hromada's link."""

    access: HromadaAccess


def begin_access(request: HttpRequest, link: AccessLink) -> None:
    """Give this browser the link's access: a new session id, no staff login beside it, the party's language."""
    if request.user.is_authenticated:
        logout(request)
    links = [*_stored(request).get("links", ()), link.pk]
    request.session.cycle_key()
    request.session["access"] = {"active": link.pk, "links": links, "seen": _now()}
    language = link.contact.municipality.language if link.contact.municipality is not None else "uk"
    request.session["language"] = language
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(language)


def end_access(request: HttpRequest) -> None:
    """Forget the access in this browser; the draft is in the database."""
    request.session.flush()


def load_access(request: HttpRequest) -> Access | None:
    """Return the municipal access of this session, checked against the link's row now; None when there is none."""
    link = _active_link(request)
    if link is None or link.contact.municipality is None:
        return None
    return Access(link, link.contact, link.contact.municipality)


def load_hromada_access(request: HttpRequest) -> HromadaAccess | None:
    """Return the hromada's access of this session, checked against the link's row now; None when there is none."""
    link = _active_link(request)
    if link is None or link.contact.hromada is None:
        return None
    return HromadaAccess(link, link.contact, link.contact.hromada)


def link_required(
    view: Callable[Concatenate[LinkRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let in whoever holds a municipal link, as `request.access`; send others to the page that mails one."""

    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        access = load_access(request)
        if access is None:
            return redirect("register_interest")
        mine = cast("LinkRequest", request)
        mine.access = access
        return view(mine, *args, **kwargs)

    return login_not_required(checked)


def hromada_required(
    view: Callable[Concatenate[HromadaRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let in whoever holds a hromada's link, as `request.access`; send others to the page that mails one."""

    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        access = load_hromada_access(request)
        if access is None:
            return redirect("hromada_link")
        mine = cast("HromadaRequest", request)
        mine.access = access
        return view(mine, *args, **kwargs)

    return login_not_required(checked)


def _active_link(request: HttpRequest) -> AccessLink | None:
    """Return the session's link as its row stands now; None when it is over, revoked or its contact erased."""
    stored = _stored(request)
    if not stored or _now() - int(stored["seen"]) > settings.LINK_SESSION_HOURS * 3600:
        return None
    link = (
        AccessLink.objects.select_related("contact__municipality__county", "contact__hromada__oblast")
        .filter(pk=stored["active"], status=LinkStatus.ACCEPTED, revoked_at__isnull=True, contact__erased_at__isnull=True)
        .first()
    )
    if link is not None and _now() - int(stored["seen"]) > WRITTEN_EVERY:
        request.session["access"] = {**stored, "seen": _now()}
    return link


def _stored(request: HttpRequest) -> dict[str, Any]:
    return dict(request.session.get("access") or {})


def _now() -> int:
    return int(timezone.now().timestamp())
