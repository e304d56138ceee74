"""The municipality's own side behind the link: where the case stands, what was submitted, what can be done now."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from municipalities.answers import Known
from municipalities.drafts import find_response
from municipalities.models import ResponseVersion
from municipalities.rounds import accepts_changes, open_round
from municipalities.sessions import LinkRequest, link_required
from municipalities.states import ResponseState
from municipalities.summary import parts

# What each state means to the municipality, and what happens next.
PLAIN_WORDS = {
    ResponseState.DRAFT: _("You have begun the questionnaire. Nothing has been submitted yet."),
    ResponseState.SUBMITTED: _("KS has received the questionnaire and is reading it."),
    ResponseState.AWAITING_INFO: _("KS has a question before it can go on. Change your answers and submit again."),
    ResponseState.READY: _("KS has read your answers. You are in the next search for a partner."),
    ResponseState.MATCHED: _("You have a partner. KS has been in touch, or will be soon."),
    ResponseState.DEFERRED: _("The case waits for now. KS takes it up again on the date below."),
}


@link_required
@require_safe
def own_side(request: LinkRequest) -> HttpResponse:
    """Show the municipality its own case."""
    now = timezone.now()
    response = find_response(request.access.municipality)
    context = {
        "response": response,
        "words": PLAIN_WORDS[ResponseState(response.state)] if response else "",
        "versions": list(response.versions.select_related("contact").order_by("-number")) if response else [],
        "can_change": response is not None and accepts_changes(response, at=now),
        "can_begin": response is None and open_round(now) is not None,
    }
    return render(request, "municipalities/own_side.html", context)


@link_required
@require_safe
def own_version(request: LinkRequest, number: int) -> HttpResponse:
    """Show one submitted version of the municipality's own answers."""
    response = find_response(request.access.municipality)
    version = get_object_or_404(ResponseVersion, response=response, number=number)
    context = {"version": version, "parts": parts(version.answers, Known())}
    return render(request, "municipalities/own_version.html", context)
