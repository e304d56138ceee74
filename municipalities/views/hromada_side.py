"""The hromada's own page behind the link: its needs, what it can teach, its consent, its contact.

What it says waits for AUC.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kommunesamarbeid.core.refusals import Refused
from municipalities.access.panels import panels_of
from municipalities.access.sessions import HromadaRequest, hromada_required
from municipalities.candidates.candidates import category_on, consents_on
from municipalities.choices import ConsentScope, NeedVisibility, SuggestionOutcome
from municipalities.models import Candidate, Need, Suggestion, Teaching
from municipalities.needs import suggestions
from municipalities.needs.hromada_forms import (
    CloseForm,
    HromadaForm,
    NewNeedForm,
    OwnConsentForm,
    OwnContactForm,
    OwnNeedForm,
    OwnTeachingForm,
)
from municipalities.needs.need_drafts import drop_draft, find_draft, save_need_draft
from municipalities.needs.needs import Sensitive, visibility_on
from municipalities.needs.waiting_hromadas import is_due

SHOWN = 20
Service = Callable[..., object]
Make = Callable[..., HromadaForm]


@hromada_required
@require_safe
def hromada_side(request: HromadaRequest) -> HttpResponse:
    """Show the hromada what AUC has recorded of it, what it has said, and what the upper floor
    has to show.
    """
    now, hromada = timezone.now(), request.access.hromada
    today = timezone.localdate(now)
    panels = panels_of(hromada, at=now)
    context: dict[str, Any] = {
        "urgent_panels": [panel for panel in panels if panel.urgent],
        "panels": [panel for panel in panels if not panel.urgent],
        "candidate": Candidate.objects.filter(hromada=hromada).first(),
    }
    candidate: Candidate | None = context["candidate"]
    if candidate is not None:
        waiting = list(suggestions.waiting_of(candidate))
        category = category_on(candidate, today)
        by_need = {one.need_id: one for one in waiting if one.need_id}
        current = candidate.needs.current().select_related("theme").order_by("urgency", "id")
        suggested = Suggestion.objects.filter(candidate=candidate).exclude(outcome=SuggestionOutcome.WAITING)
        context |= {
            "rows": [
                {
                    "need": need,
                    "is_due": is_due(need, today),
                    "said": by_need.get(need.pk),
                    "visibility": visibility_on(need, category).label,
                }
                for need in current
            ],
            "teachings": candidate.teachings.select_related("theme"),
            "others": [one for one in waiting if one.need_id is None],
            "consent": consents_on(today).get(candidate.pk, ConsentScope.NONE).label,
            "decided": suggested.select_related("need__theme", "theme").order_by("-decided_at")[:SHOWN],
        }
    return render(request, "municipalities/hromada/front.html", context)


# --- needs --------------------------------------------------------------------------------------------------


@hromada_required
@require_POST
def hromada_confirm(request: HromadaRequest, pk: int) -> HttpResponse:
    """Say in one tap that a need is current."""
    return _tap(request, partial(suggestions.suggest_confirm, need=_need(request, pk)))


@hromada_required
@require_POST
def hromada_confirm_all(request: HromadaRequest) -> HttpResponse:
    """Say that every need of which nothing else was said is current."""
    confirmations = suggestions.suggest_confirm_all(
        candidate=_candidate(request), by=request.access.actor, at=timezone.now()
    )
    text = ngettext(
        "%(count)d need is sent to AUC as current.",
        "%(count)d needs are sent to AUC as current.",
        len(confirmations),
    )
    messages.success(request, text % {"count": len(confirmations)})
    return redirect("hromada_side")


@hromada_required
@require_http_methods(["GET", "HEAD", "POST"])
def hromada_change(request: HromadaRequest, pk: int) -> HttpResponse:
    """Say what is different in a need."""
    need = _need(request, pk)

    def service(data: dict[str, Any], **who: Any) -> None:
        checked = bool(data.pop("is_checked", False))
        suggestions.suggest_change(need=need, changes=data, is_checked=checked, **who)

    make = partial(OwnNeedForm, initial=OwnNeedForm.initial_for(need))
    about = f"{need.theme.name} ({need.get_horizon_display()})"
    return _form_page(
        request, make, service, title=_("Change need"), about=about, drafted=(need.candidate, need)
    )


@hromada_required
@require_http_methods(["GET", "HEAD", "POST"])
def hromada_add_need(request: HromadaRequest) -> HttpResponse:
    """Say what the hromada needs that is not on the list."""
    candidate = _candidate(request)

    def service(data: dict[str, Any], **who: Any) -> None:
        suggestions.suggest_need(candidate=candidate, **data, **who)

    make = partial(NewNeedForm, initial={"visibility": NeedVisibility.INTERNAL})
    return _form_page(request, make, service, title=_("Add need"), drafted=(candidate, None))


@hromada_required
@require_http_methods(["GET", "HEAD", "POST"])
def hromada_close(request: HromadaRequest, pk: int) -> HttpResponse:
    """Say that a need is no longer current."""
    need = _need(request, pk)

    def service(data: dict[str, Any], **who: Any) -> None:
        suggestions.suggest_withdraw(need=need, **data, **who)

    about = f"{need.theme.name} ({need.get_horizon_display()})"
    return _form_page(request, CloseForm, service, title=_("No longer current"), about=about)


# --- what else the hromada says -----------------------------------------------------------------------------


@hromada_required
@require_http_methods(["GET", "HEAD", "POST"])
def hromada_teach(request: HromadaRequest) -> HttpResponse:
    """Say what the hromada can teach others."""
    candidate = _candidate(request)

    def service(data: dict[str, Any], **who: Any) -> None:
        suggestions.suggest_teaching(candidate=candidate, **data, **who)

    return _form_page(request, OwnTeachingForm, service, title=_("Add what you can teach"))


@hromada_required
@require_POST
def hromada_unteach(request: HromadaRequest, pk: int) -> HttpResponse:
    """Say that the hromada does not teach this any more."""
    teaching = get_object_or_404(
        Teaching.objects.select_related("theme", "candidate__hromada"), pk=pk, candidate=_candidate(request)
    )
    return _tap(request, partial(suggestions.suggest_no_teaching, teaching=teaching))


@hromada_required
@require_http_methods(["GET", "HEAD", "POST"])
def hromada_consent(request: HromadaRequest) -> HttpResponse:
    """Say where the hromada agrees to be listed."""
    candidate = _candidate(request)

    def service(data: dict[str, Any], **who: Any) -> None:
        suggestions.suggest_consent(candidate=candidate, **data, **who)

    now = consents_on(timezone.localdate()).get(candidate.pk)
    make = partial(OwnConsentForm, initial={"scope": now.value if now else None})
    return _form_page(
        request,
        make,
        service,
        title=_("Consent to be listed"),
        intro=_("You may change or take back your consent at any time."),
    )


@hromada_required
@require_http_methods(["GET", "HEAD", "POST"])
def hromada_contact(request: HromadaRequest) -> HttpResponse:
    """Say who answers for the hromada."""
    candidate = _candidate(request)

    def service(data: dict[str, Any], **who: Any) -> None:
        suggestions.suggest_contact(candidate=candidate, **data, **who)

    make = partial(OwnContactForm, initial=OwnContactForm.initial_for(request.access.contact))
    intro = _(
        "Correct your own details, or write who else answers for the hromada. AUC and named coordinators in "
        "KS see them, no one else."
    )
    return _form_page(request, make, service, title=_("Contact person"), intro=intro)


@hromada_required
@require_POST
def hromada_take_back(request: HromadaRequest, pk: int) -> HttpResponse:
    """Take back what AUC has not decided."""
    queryset = Suggestion.objects.select_related("candidate__hromada", "person")
    suggestion = get_object_or_404(queryset, pk=pk, candidate=_candidate(request))
    return _tap(request, partial(suggestions.take_back, suggestion=suggestion), done=_("Taken back."))


# --- how these pages act ------------------------------------------------------------------------------------


def _candidate(request: HromadaRequest) -> Candidate:
    """Return the candidate of the link's own hromada, never another one."""
    return get_object_or_404(
        Candidate.objects.select_related("hromada__oblast"), hromada=request.access.hromada
    )


def _need(request: HromadaRequest, pk: int) -> Need:
    """Return a need of the link's own hromada, or 404."""
    return get_object_or_404(
        Need.objects.select_related("theme", "candidate__hromada"),
        pk=pk,
        candidate__hromada=request.access.hromada,
    )


def _tap(request: HromadaRequest, service: Service, done: str = "") -> HttpResponse:
    try:
        service(by=request.access.actor, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done or _("Sent to AUC. It is recorded when AUC has accepted it."))
    return redirect("hromada_side")


def _form_page(
    request: HromadaRequest,
    make: Make,
    service: Service,
    *,
    title: str,
    drafted: tuple[Candidate, Need | None] | None = None,
    **shown: Any,
) -> HttpResponse:
    """Show a form or send what it says.

    What cannot be sent yet is kept as the contact's own draft where there is one.
    """
    by, now = request.access.actor, timezone.now()
    keys: dict[str, Any] = {"candidate": drafted[0], "need": drafted[1], "by": by} if drafted else {}
    context = {**shown, "title": title, "has_draft": bool(drafted)}
    if request.method != "POST":
        draft = find_draft(**keys) if drafted else None
        form = make(draft.values if draft else None)
        return render(request, "municipalities/hromada/form.html", {**context, "form": form, "draft": draft})
    form = make(request.POST)
    if "later" not in request.POST and form.is_valid():
        try:
            service(dict(form.cleaned_data), by=by, at=now)
        except Refused as refusal:
            named = "is_checked" if isinstance(refusal, Sensitive) else refusal.field
            form.add_error(named if named in form.fields else None, str(refusal))
        else:
            if drafted:
                drop_draft(**keys)
            messages.success(request, _("Sent to AUC. It is recorded when AUC has accepted it."))
            return redirect("hromada_side")
    if drafted:
        typed = {name: value for name, value in request.POST.items() if name in form.fields}
        save_need_draft(values=typed, at=now, **keys)
    if "later" in request.POST:
        messages.success(request, _("Kept as your draft. Nothing is sent to AUC yet."))
        return redirect("hromada_side")
    return render(request, "municipalities/hromada/form.html", {**context, "form": form}, status=422)
