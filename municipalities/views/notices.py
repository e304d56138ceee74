"""Leaving an address while registration is closed, and taking it off again (F-30)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_safe

from municipalities.models import Municipality
from municipalities.people.notices import NoSuchNotice, ask_for_notice, end_notice, find_notice
from municipalities.questionnaire.forms import NoticeForm
from municipalities.responses.rounds import open_round
from municipalities.views.limits import too_many_links


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def notice_page(request: HttpRequest) -> HttpResponse:
    """Take an address to write to when registration opens; while it is open, lead to it."""
    now = timezone.now()
    if open_round(now) is not None:
        return redirect("register_interest")
    form = NoticeForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "municipalities/public/notice.html", {"form": form})
    if not form.is_valid():
        return render(request, "municipalities/public/notice.html", {"form": form}, status=422)
    if request.POST.get("website"):
        return redirect("notice_noted")
    if too_many_links(request, form.cleaned_data["email"]):
        form.add_error(None, translation.gettext("You have asked many times. Wait an hour and try again."))
        return render(request, "municipalities/public/notice.html", {"form": form}, status=429)
    municipality = get_object_or_404(
        Municipality, number=form.cleaned_data["municipality"], valid_to__isnull=True
    )
    ask_for_notice(municipality=municipality, email=form.cleaned_data["email"], at=now)
    return redirect("notice_noted")


@login_not_required
@require_safe
def notice_noted(request: HttpRequest) -> HttpResponse:
    """Say what happens now, alike for every address."""
    return render(request, "municipalities/public/notice_noted.html")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def notice_off(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, and with the button take the address off and erase it.

    A link that is used says the same as one that never was.
    """
    try:
        if request.method == "POST":
            end_notice(token=token, at=timezone.now())
            return render(request, "municipalities/public/notice_off.html", {"done": True})
        find_notice(token)
    except NoSuchNotice:
        return render(request, "municipalities/public/notice_off.html", {"done": True})
    return render(request, "municipalities/public/notice_off.html", {"done": False})
