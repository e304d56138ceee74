"""One act on many candidates, chosen or all that the filter leaves, asks first and tells afterwards."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.lists import filtered, kept_query
from kommunesamarbeid.core.desk.pages import WRITE, Page, page
from kommunesamarbeid.core.form_fields import TextField
from kommunesamarbeid.core.roles import May
from municipalities.candidates import bulk_review
from municipalities.candidates.candidates import CLOSED_STATES
from municipalities.models import Candidate
from municipalities.states import CandidateState

MAX_BULK = 5_000
WORDS = {
    CandidateState.READY.value: _("Ready for matching"),
    CandidateState.ON_HOLD.value: _("Put on hold"),
    bulk_review.ASK: _("Ask AUC to update"),
}


class BulkForm(forms.Form):
    """What the reader has seen and agrees to: the act, exactly which candidates, and why."""

    act = forms.ChoiceField(choices=list(WORDS.items()), widget=forms.HiddenInput)
    ids = forms.RegexField(r"^\d{1,12}(,\d{1,12})*$", max_length=13 * MAX_BULK, widget=forms.HiddenInput)
    filters = forms.CharField(max_length=2_000, required=False, widget=forms.HiddenInput)
    reason = TextField(label=_("Reason"), max_length=300, required=False)


def act_on_many(admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """From the list: ask. From the question: do it, and say whom it could not be done to and why."""
    if "confirmed" in request.POST:
        return _do(admin, request)
    act, filters = request.POST.get("act", ""), request.POST.get("filters", "")
    ids = (
        listed_ids(admin, request, filters)
        if _is_whole_list(request)
        else _numbers(request.POST.getlist("chosen"))
    )
    if act not in WORDS or not ids or len(ids) > MAX_BULK:
        messages.error(request, str(_("Choose an act, and at least one candidate.")))
        return HttpResponseRedirect(_back(admin, filters))
    form = BulkForm(initial={"act": act, "ids": ",".join(map(str, ids)), "filters": filters})
    return _ask(admin, request, form, Chosen(act, ids, filters))


class Chosen(NamedTuple):
    """The act, on which candidates, and the filters of the list they were chosen from."""

    act: str
    ids: list[int]
    filters: str


def _is_whole_list(request: HttpRequest) -> bool:
    return request.POST.get("scope") == "all"


def listed_ids(admin: DeskAdmin, request: HttpRequest, filters: str) -> list[int]:
    """Return the ids of the list with these filters, in its order; none when they are no filters."""
    rows = filtered(admin, request, QueryDict(filters.replace("\0", "")))
    return [] if rows is None else list(rows.values_list("pk", flat=True))


def _ask(admin: DeskAdmin, request: HttpRequest, form: BulkForm, chosen: Chosen) -> HttpResponse:
    outcomes = bulk_review.preview(act=chosen.act, candidates=_in_order(chosen.ids), at=timezone.now())
    needs_reason = chosen.act in CLOSED_STATES
    return _show(admin, request, "ask", outcomes, chosen, form=form, needs_reason=needs_reason)


def _do(admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
    form = BulkForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(_("Choose an act, and at least one candidate.")))
        return HttpResponseRedirect(_back(admin, ""))
    data = form.cleaned_data
    chosen = Chosen(data["act"], _numbers(data["ids"].split(",")), data["filters"])
    if chosen.act in CLOSED_STATES and not data["reason"].strip():
        form.add_error("reason", str(_("Write the reason.")))
        return _ask(admin, request, form, chosen)
    outcomes = bulk_review.act_on_many(
        act=chosen.act,
        candidates=_in_order(chosen.ids),
        by=admin.actor(request),
        at=timezone.now(),
        reason=data["reason"],
    )
    return _show(admin, request, "done", outcomes, chosen)


def _show(
    admin: DeskAdmin,
    request: HttpRequest,
    step: str,
    outcomes: list[bulk_review.Outcome],
    chosen: Chosen,
    **more: Any,
) -> HttpResponse:
    return page(
        admin,
        request,
        f"admin/municipalities/candidate/bulk_{step}.html",
        title=WORDS[chosen.act],
        act=chosen.act,
        back=_back(admin, chosen.filters),
        able=[outcome.candidate for outcome in outcomes if not outcome.why_not],
        refused=[outcome for outcome in outcomes if outcome.why_not],
        kept=kept_query(chosen.filters),
        **more,
    )


def _numbers(values: list[str]) -> list[int]:
    """Return the numbers among `values`, each once, in their order."""
    return list(
        dict.fromkeys(
            int(value) for value in values if value.isascii() and value.isdecimal() and len(value) < 13
        )
    )


def _in_order(ids: list[int]) -> list[Candidate]:
    """Return the candidates in the order of the list; who is gone is left out."""
    candidates = Candidate.objects.select_related("hromada__oblast").in_bulk(ids)
    return [candidates[pk] for pk in ids if pk in candidates]


def _back(admin: DeskAdmin, filters: str) -> str:
    return admin.list_url() + (f"?{filters}" if filters else "")


PAGES = (Page("bulk", act_on_many, (May.REVIEW_CANDIDATES,), "many/", methods=WRITE),)
