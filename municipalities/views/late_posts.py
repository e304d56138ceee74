"""A page that comes too late (session over, another municipality active, form token wrong) keeps what was
written and says so.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_BAD_ORIGIN, REASON_BAD_REFERER
from django.shortcuts import redirect, render
from django.utils import timezone

from kommunesamarbeid.core.web import views
from municipalities.models import Municipality
from municipalities.questionnaire.unsaved_input import (
    KEPT,
    Unsaved,
    delete_unsaved,
    find_unsaved,
    read_ticket,
    store_input,
)

COOKIE = "kept"
TICKET = "for"
# What a page posts beside its answers; `was` is kept, for it tells whether somebody else has saved the page
# since.
NOT_ANSWERS = frozenset({"csrfmiddlewaretoken", "go", "seen", "language", "unfolds", TICKET})
FROM_ELSEWHERE = (REASON_BAD_ORIGIN.partition("%")[0], REASON_BAD_REFERER.partition("%")[0])


def ask_for_link(request: HttpRequest) -> HttpResponse:
    """Send somebody without an access to the page that mails a link; what was posted is kept."""
    http_response = redirect("register_interest")
    if request.method == "POST":
        store_posted(request, http_response)
    return http_response


def store_posted(request: HttpRequest, http_response: HttpResponse) -> bool:
    """Keep the posted page and give the browser its token with `http_response`.

    False when the page carried no ticket of ours.
    """
    ticket = read_ticket(request.POST.get(TICKET, ""))
    if ticket is None:
        return False
    values = {name: request.POST.getlist(name) for name in request.POST if name not in NOT_ANSWERS}
    token = store_input(ticket=ticket, values=values, at=timezone.now())
    if token is not None:
        http_response.set_cookie(
            COOKIE,
            token,
            max_age=KEPT,
            httponly=True,
            samesite="Lax",
            secure=bool(settings.SESSION_COOKIE_SECURE),
        )
    return token is not None


def unsaved_here(request: HttpRequest, municipality: Municipality | None = None) -> Unsaved | None:
    """Return what this browser has waiting, for one municipality when given; no query without the cookie."""
    token = request.COOKIES.get(COOKIE, "")
    return find_unsaved(token=token, at=timezone.now(), municipality=municipality) if token else None


def forget_unsaved(request: HttpRequest, http_response: HttpResponse) -> None:
    """Forget what this browser had waiting: it is saved now."""
    delete_unsaved(token=request.COOKIES.get(COOKIE, ""))
    http_response.delete_cookie(COOKIE, samesite="Lax")


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the page had expired; what was written on a page of the questionnaire is kept (F-09).

    What another site sends is not: it could otherwise lay words into a municipality's form.
    """
    match = request.resolver_match
    is_own_page = (
        match is not None and match.url_name == "question_page" and not reason.startswith(FROM_ELSEWHERE)
    )
    if not is_own_page:
        return views.csrf_failure(request, reason)
    http_response = render(request, "errors/csrf.html", {"kept_at": request.path}, status=403)
    return http_response if store_posted(request, http_response) else views.csrf_failure(request, reason)
