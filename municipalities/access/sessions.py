"""The database session a link opens: it holds one active access, slides for 20 hours, and ends when the link
is revoked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
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
    parties: int = 1

    @property
    def actor(self) -> Actor:
        """Return who acts, for a call of a service."""
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
        """Whether the holder may submit, not only edit: the person's own right counts, whatever letter the
        link came in.
        """
        return self.link.right == self.contact.right == LinkRight.SUBMIT

    @property
    def several(self) -> bool:
        """Whether this browser holds access to other parties too, so that one can be chosen."""
        return self.parties > 1


@dataclass(frozen=True)
class HromadaAccess:
    """What the active link of this session gives a hromada's contact: its own hromada, by an address."""

    link: AccessLink
    contact: ContactPerson
    hromada: Hromada

    @property
    def actor(self) -> Actor:
        """Return who acts, for a call of a service."""
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
    """Give this browser the link's access: a new session id, no staff login beside it, the
    party's language.
    """
    if request.user.is_authenticated:
        logout(request)
    party = (link.contact.municipality_id, link.contact.hromada_id)
    others = [
        other
        for other in accesses_of(request)
        if (other.contact.municipality_id, other.contact.hromada_id) != party
    ]
    links = [*(other.pk for other in others), link.pk]
    if (
        request.session.session_key
    ):  # else the one it gets is new already, and is written once instead of twice
        request.session.cycle_key()
    request.session["access"] = {"active": link.pk, "links": links, "seen": _now()}
    language = link.contact.language
    request.session["language"] = language
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(language)


def end_access(request: HttpRequest) -> None:
    """Forget the access in this browser; the draft is in the database."""
    request.session.flush()


def load_access(request: HttpRequest) -> Access | None:
    """Return the municipal access of this session, checked against the link's row now.

    None when there is none.
    """
    link = _active_link(request)
    if link is None or link.contact.municipality is None:
        return None
    return Access(
        link, link.contact, link.contact.municipality, parties=len(set(_stored(request).get("links", ())))
    )


def seconds_left(request: HttpRequest) -> int:
    """Return for how long the access lives if nothing more is asked for; 0 when there is none."""
    stored = _stored(request)
    return max(0, settings.LINK_SESSION_HOURS * 3600 - (_now() - int(stored["seen"]))) if stored else 0


def extend_access(request: HttpRequest) -> None:
    """Let the access live its whole time again from now."""
    if stored := _stored(request):
        request.session["access"] = {**stored, "seen": _now()}


def load_hromada_access(request: HttpRequest) -> HromadaAccess | None:
    """Return the hromada's access of this session, checked against the link's row now.

    None when there is none.
    """
    link = _active_link(request)
    if link is None or link.contact.hromada is None:
        return None
    return HromadaAccess(link, link.contact, link.contact.hromada)


def accesses_of(request: HttpRequest) -> list[AccessLink]:
    """Return the links this browser has opened that still give access, one per party, the latest of each."""
    links = _living().filter(pk__in=_stored(request).get("links", ())).order_by("pk")
    return list({(link.contact.municipality_id, link.contact.hromada_id): link for link in links}.values())


def switch_access(request: HttpRequest, pk: int) -> AccessLink | None:
    """Make another of this browser's own links the active one; None when it is not among them."""
    link = next((link for link in accesses_of(request) if link.pk == pk), None)
    if link is not None:
        request.session["access"] = {**_stored(request), "active": link.pk, "seen": _now()}
        request.session["language"] = link.contact.language
    return link


def _ask_for_link(request: HttpRequest) -> HttpResponse:
    return redirect("register_interest")


def link_required(
    view: Callable[Concatenate[LinkRequest, P], HttpResponse],
    otherwise: Callable[[HttpRequest], HttpResponse] = _ask_for_link,
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let in whoever holds a municipal link, as `request.access`.

    Send others to the page that mails one (or `otherwise`).
    """

    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        access = load_access(request)
        if access is None:
            return otherwise(request)
        admitted = cast("LinkRequest", request)
        admitted.access = access
        return view(admitted, *args, **kwargs)

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
        admitted = cast("HromadaRequest", request)
        admitted.access = access
        return view(admitted, *args, **kwargs)

    return login_not_required(checked)


def _active_link(request: HttpRequest) -> AccessLink | None:
    """Return the session's link as its row stands now.

    None when it is over, revoked or its contact erased.
    """
    stored = _stored(request)
    if not stored or _now() - int(stored["seen"]) > settings.LINK_SESSION_HOURS * 3600:
        return None
    link = _living().filter(pk=stored["active"]).first()
    if link is not None and _now() - int(stored["seen"]) > WRITTEN_EVERY:
        request.session["access"] = {**stored, "seen": _now()}
    return link


def _living() -> QuerySet[AccessLink]:
    """Return the links that give access now."""
    living = AccessLink.objects.filter(
        status=LinkStatus.ACCEPTED,
        revoked_at__isnull=True,
        contact__erased_at__isnull=True,
        contact__access_ended_at__isnull=True,
    )
    return living.select_related("contact__municipality__county", "contact__hromada__oblast")


def _stored(request: HttpRequest) -> dict[str, Any]:
    return dict(request.session.get("access") or {})


def _now() -> int:
    return int(timezone.now().timestamp())
