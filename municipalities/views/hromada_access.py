"""How a hromada's contact comes in again: ask for a link; the answer is the same for every address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_safe

from kommunesamarbeid.core import languages
from municipalities.access.sessions import load_hromada_access
from municipalities.needs.hromada_forms import LinkForm
from municipalities.people.hromada_links import request_links
from municipalities.views.limits import too_many_links

View = Callable[[HttpRequest], HttpResponse]


def ukrainian_first(view: View) -> View:
    """Answer in Ukrainian whoever has not chosen a language and is not known by an account or a link."""

    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
        chosen = (
            settings.LANGUAGE_COOKIE_NAME in request.COOKIES
            or request.user.is_authenticated
            or request.session.get("language")
        )
        if not chosen:
            translation.activate(languages.UKRAINIAN)
            request.LANGUAGE_CODE = languages.UKRAINIAN
        return view(request)

    return answered


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@ukrainian_first
def hromada_link(request: HttpRequest) -> HttpResponse:
    """Ask for a link to the hromada's page."""
    context = {"mine": load_hromada_access(request)}
    form = LinkForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "municipalities/hromada/link.html", {**context, "form": form})
    if request.POST.get("website"):
        return redirect("hromada_link_sent")
    if not form.is_valid():
        return render(request, "municipalities/hromada/link.html", {**context, "form": form}, status=422)
    email = form.cleaned_data["email"]
    if too_many_links(request, email):
        form.add_error(
            None, translation.gettext("You have asked for many links. Wait an hour and try again.")
        )
        return render(request, "municipalities/hromada/link.html", {**context, "form": form}, status=429)
    request_links(email=email, at=timezone.now(), valid_for=timedelta(hours=settings.LINK_VALID_HOURS))
    return redirect("hromada_link_sent")


@login_not_required
@require_safe
@ukrainian_first
def hromada_link_sent(request: HttpRequest) -> HttpResponse:
    """Say what happens now, alike for every address."""
    return render(request, "municipalities/hromada/link_sent.html", {"hours": settings.LINK_VALID_HOURS})
