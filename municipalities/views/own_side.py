"""The municipality's own side behind the link: where the case stands and what comes next, what was submitted,
who takes part.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from kommunesamarbeid.core.files.downloads import pdf_download
from municipalities.access.panels import has_undisclosed_partner, panels_of
from municipalities.access.sessions import LinkRequest, link_required
from municipalities.models import Response, ResponseVersion
from municipalities.questionnaire.answers import Codebook
from municipalities.questionnaire.journal_pdfs import version_pdf
from municipalities.questionnaire.summary import changes, parts
from municipalities.responses.drafts import find_response, find_withdrawn, people_values
from municipalities.responses.joint_applications import members_at, ties_of
from municipalities.responses.responses import ResponseRefused, ask_to_reopen
from municipalities.responses.rounds import accepts_changes, open_round
from municipalities.states import ResponseState

S = ResponseState
# What each state means to the municipality, and what happens next.
PLAIN_WORDS = {
    S.DRAFT: gettext_lazy("You have begun the questionnaire. Nothing has been submitted yet."),
    S.SUBMITTED: gettext_lazy("KS has received the questionnaire and is reading it."),
    S.AWAITING_INFO: gettext_lazy(
        "KS has a question before it can go on. Change your answers and submit again."
    ),
    S.READY: gettext_lazy("KS has read your answers. You are in the next search for a partner."),
    S.MATCHED: gettext_lazy("You have a partner. KS has been in touch, or will be soon."),
    S.DEFERRED: gettext_lazy("The case waits for now. KS takes it up again on the date below."),
}
NEXT_STEPS = {
    S.DRAFT: gettext_lazy("Answer the questions and submit. You need not do it all at once."),
    S.SUBMITTED: gettext_lazy("KS asks you if something is missing. Otherwise the answers are used in the "
                              "next search for a partner."),
    S.AWAITING_INFO: gettext_lazy("When you have submitted again, KS goes on with the case."),
    S.READY: gettext_lazy("You get an e-mail when there is a proposal for you. It can take some time: a "
                          "good partner comes before a quick one."),
    S.MATCHED: gettext_lazy("The two of you get to know each other. Your council decides whether you make "
                            "an agreement."),
    S.DEFERRED: gettext_lazy("You need not do anything before that date."),
}  # fmt: skip


@link_required
@require_safe
def own_side(request: LinkRequest) -> HttpResponse:
    """Show the municipality its own case."""
    now, municipality = timezone.now(), request.access.municipality
    response = find_response(municipality)
    panels = panels_of(municipality, at=now)
    members, memberships = ties_of(municipality)
    is_member = any(member.confirmed_at for member in memberships)
    context: dict[str, Any] = {
        "response": response,
        "is_member": is_member,
        "can_begin": response is None and not is_member and open_round(now) is not None,
        "urgent_panels": [panel for panel in panels if panel.urgent],
        "panels": [panel for panel in panels if not panel.urgent],
        "members": members,
        "memberships": memberships,
    }
    if response is not None:
        context |= _case(response, now)
    elif (withdrawn := find_withdrawn(municipality)) is not None:
        context |= {"withdrawn": withdrawn, "versions": list(withdrawn.versions.order_by("-number"))}
    return render(request, "municipalities/own_side/front.html", context)


def _case(response: Response, now: datetime) -> dict[str, Any]:
    """Return what the page says about the case."""
    can_change = accepts_changes(response, at=now)
    # A pair that is not introduced can be undone: until then the page says what it said before the approval.
    is_hidden = response.state == S.MATCHED and has_undisclosed_partner(response.municipality)
    state = S.READY if is_hidden else S(response.state)
    reopened = (
        response.reopened_until
        if response.reopened_until is not None and response.reopened_until > now
        else None
    )
    return {
        "state": state,
        "is_hidden": is_hidden,
        "words": PLAIN_WORDS[state],
        "next_step": NEXT_STEPS[state],
        "versions": list(response.versions.order_by("-number")),
        "can_change": can_change,
        "reopened": reopened,
        "closes": reopened or response.round.closes_at if can_change else None,
        "can_ask": not can_change and response.state != ResponseState.MATCHED,
        "people": [("contact", response.contact), ("deputy", response.deputy)],
    }


@link_required
@require_safe
def own_version(request: LinkRequest, number: int) -> HttpResponse:
    """Show one submitted version of the municipality's own answers, and what it changed."""
    version = _find_version(request, number)
    codebook = Codebook()
    earlier = version.response.versions.filter(number__lt=version.number).order_by("-number").first()
    context = {
        "version": version,
        "parts": parts(version.answers, codebook),
        "earlier": earlier,
        "changes": changes(earlier.answers, version.answers, codebook) if earlier is not None else [],
    }
    return render(request, "municipalities/own_side/own_version.html", context)


@link_required
@require_safe
def own_version_pdf(request: LinkRequest, number: int) -> HttpResponse:
    """Give the municipality a submitted version as tagged PDF, for its journal (F-25)."""
    version = _find_version(request, number)
    return version_answer(request, version, people_values(version.response))


@link_required
@require_POST
def ask_reopen(request: LinkRequest) -> HttpResponse:
    """Ask KS to open the answers again after the deadline (F-23)."""
    response = find_response(request.access.municipality)
    if response is not None:
        try:
            ask_to_reopen(response=response, by=request.access.actor, at=timezone.now())
            messages.success(
                request, _("KS is asked to open the answers. You get an e-mail when they are open.")
            )
        except ResponseRefused:
            pass  # they can be changed now, or never again: the page says which
    return redirect("own_side")


def version_answer(request: Any, version: ResponseVersion, people: dict[str, str] | None) -> HttpResponse:
    """Return a version as a PDF to save. Needs the response's municipality, county and round."""
    members = members_at(version.response, version.submitted_at)
    name = f"{version.response.reference}-v{version.number}.pdf"
    return pdf_download(request, lambda: version_pdf(version=version, people=people, members=members), name)


def _find_version(request: LinkRequest, number: int) -> ResponseVersion:
    """Return a version of the municipality's own case, also when it is withdrawn, else 404."""
    response = find_response(request.access.municipality) or find_withdrawn(request.access.municipality)
    related = ("response__municipality__county", "response__round", "response__contact", "response__deputy")
    return get_object_or_404(
        ResponseVersion.objects.select_related(*related), response=response, number=number
    )
