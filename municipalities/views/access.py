"""How a municipal contact comes in: ask for a link, open it with a button, leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kommunesamarbeid.core import languages
from kommunesamarbeid.core.roles import Actor
from municipalities.access.links import LinkNotValid, find_link, open_link, request_link
from municipalities.access.panels import panels_of
from municipalities.access.sessions import accesses_of, begin_access, end_access, load_access, switch_access
from municipalities.models import AccessLink, Municipality
from municipalities.questionnaire.forms import InterestForm
from municipalities.questionnaire.structure import find_page
from municipalities.responses.drafts import find_response
from municipalities.responses.joint_applications import memberships_of
from municipalities.responses.responses import start_response
from municipalities.responses.rounds import open_round
from municipalities.views.language import FORM, set_language_cookie
from municipalities.views.late_posts import unsaved_here
from municipalities.views.limits import too_many_links
from municipalities.views.public import contact_address


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def register_interest(request: HttpRequest) -> HttpResponse:
    """Ask for a link; whatever the address is, the answer is the same."""
    now = timezone.now()
    unsaved = unsaved_here(request)
    context = {
        "round": open_round(now),
        "mine": load_access(request),
        "kept": unsaved,
        "language_form": FORM,
        "contact": contact_address(),
    }
    if request.method != "POST":
        chosen = {"municipality": unsaved.row.municipality.number} if unsaved else None
        return render(
            request,
            "municipalities/public/register_interest.html",
            {**context, "form": InterestForm(initial=chosen)},
        )
    if (language := request.POST.get("language", "")) in languages.CODES:
        return _in_language(request, context, language)
    form = InterestForm(request.POST)
    if not form.is_valid():
        return render(
            request, "municipalities/public/register_interest.html", {**context, "form": form}, status=422
        )
    if request.POST.get("website"):
        return redirect("link_sent")
    email = form.cleaned_data["email"]
    if too_many_links(request, email):
        form.add_error(
            None, translation.gettext("You have asked for many links. Wait an hour and try again.")
        )
        return render(
            request, "municipalities/public/register_interest.html", {**context, "form": form}, status=429
        )
    municipality = get_object_or_404(
        Municipality, number=form.cleaned_data["municipality"], valid_to__isnull=True
    )
    request_link(
        municipality=municipality,
        email=email,
        at=now,
        language=languages.active(),
        demo=settings.DEMO,
        valid_for=timedelta(hours=settings.LINK_VALID_HOURS),
    )
    return redirect("link_sent")


def _in_language(request: HttpRequest, context: dict[str, Any], language: str) -> HttpResponse:
    """Show the page again in the language just chosen, with what was written in it (F-28)."""
    translation.activate(language)
    request.LANGUAGE_CODE = language
    form = InterestForm(initial={name: request.POST.get(name, "") for name in InterestForm.base_fields})
    http_response = render(request, "municipalities/public/register_interest.html", {**context, "form": form})
    set_language_cookie(http_response, language)
    return http_response


@login_not_required
@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    """Say what happens now, alike for every address."""
    return render(request, "municipalities/public/link_sent.html", {"hours": settings.LINK_VALID_HOURS})


@login_not_required
@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
def open_link_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show whom the link is for, with a button; only the button's POST consumes it."""
    now = timezone.now()
    try:
        if request.method != "POST":
            link = find_link(token=token, at=now)
            return render(
                request, "municipalities/public/open_link.html", {"link": link, "party": _place(link)}
            )
        link = open_link(token=token, at=now)
    except LinkNotValid:
        return render(request, "municipalities/public/link_invalid.html", status=404)
    begin_access(request, link)
    return _first_page(request, link)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose_party(request: HttpRequest) -> HttpResponse:
    """Let somebody who answers for several parties choose whom to answer for now; one is active at a time."""
    links = accesses_of(request)
    if not links:
        return redirect("register_interest")
    chosen = request.POST.get("link", "")
    if request.method == "POST" and chosen.isascii() and chosen.isdigit() and len(chosen) < 19:
        link = switch_access(request, int(chosen))
        if link is not None:
            return redirect("own_side" if link.contact.municipality is not None else "hromada_side")
    active = request.session["access"]["active"]
    parties = [{"pk": link.pk, "place": _place(link), "active": link.pk == active} for link in links]
    return render(request, "municipalities/public/choose_party.html", {"parties": parties})


def _place(link: AccessLink) -> str:
    party = link.contact.municipality or link.contact.hromada
    return party.place if party is not None else ""


@login_not_required
@require_POST
def end_access_page(request: HttpRequest) -> HttpResponse:
    """Leave: this browser forgets the access; what is saved stays."""
    end_access(request)
    return redirect("start")


def _first_page(request: HttpRequest, link: AccessLink) -> HttpResponse:
    """Begin a response for a municipality that has none in the open round, and lead to the first page.

    Whoever was stopped in the middle of a page is told so there, with what was written (F-09).
    """
    now, municipality = timezone.now(), link.contact.municipality
    if municipality is None:
        return redirect("hromada_side")
    current = open_round(now)
    # Something to answer comes first: the link of an introduction leads to it. So does another municipality's
    # application that this one is asked to join: it may never need a form of its own.
    if (
        current is None
        or memberships_of(municipality)
        or any(panel.urgent for panel in panels_of(municipality, at=now))
    ):
        return redirect("own_side")
    if not municipality.responses.filter(round=current).exists():
        by = Actor.contact(link.contact_id)
        start_response(municipality=municipality, round=current, contact=link.contact, by=by, at=now)
    unsaved = unsaved_here(request, municipality)
    response = find_response(municipality) if unsaved else None
    if unsaved and response and find_page(unsaved.row.page, response.draft):
        return redirect("question_page", unsaved.row.page)
    return redirect("questionnaire")
