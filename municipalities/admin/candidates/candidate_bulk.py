"""One act on many candidates of the list: chosen rows or all that the filter leaves, asked about first, told of afterwards."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.act_pages import act_url, page
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.form_fields import TextField
from kommunesamarbeid.core.roles import May
from municipalities.admin.candidates.candidate_list import KEPT, ordered_ids
from municipalities.candidates import bulk_review
from municipalities.candidates.candidates import CLOSED_STATES
from municipalities.models import Candidate
from municipalities.states import CandidateState

MOST = 5_000
WORDS = {
    CandidateState.READY.value: _("Ready for matching"),
    CandidateState.ON_HOLD.value: _("Put on hold"),
    bulk_review.ASK: _("Ask AUC to update"),
}


class BulkForm(forms.Form):
    """What the reader has seen and agrees to: the act, exactly which candidates, and why."""

    act = forms.ChoiceField(choices=list(WORDS.items()), widget=forms.HiddenInput)
    ids = forms.RegexField(r"^\d{1,12}(,\d{1,12})*$", max_length=13 * MOST, widget=forms.HiddenInput)
    filters = forms.CharField(max_length=2_000, required=False, widget=forms.HiddenInput)
    reason = TextField(label=_("Reason"), max_length=300, required=False)


class CandidateBulk(ReadAdmin):
    """The form above the list, and the page that asks and tells."""

    def get_urls(self) -> list[URLPattern]:
        """Before the admin's own catch-all."""
        view = act_url(self, self.bulk_view, May.REVIEW_CANDIDATES, methods=("POST",))
        return [path("many/", view, name="municipalities_candidate_bulk"), *super().get_urls()]

    def may_review(self, request: HttpRequest) -> bool:
        """Say whether the reader may act on candidates at all."""
        return self.actor(request).may(May.REVIEW_CANDIDATES)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the form for whoever may act."""
        context = {
            "bulk_acts": list(WORDS.items()) if self.may_review(request) else [],
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def bulk_view(self, request: HttpRequest) -> HttpResponse:
        """From the list: ask. From the question: do it, and say whom it could not be done to and why."""
        if "confirmed" in request.POST:
            return self._do(request)
        act, filters = request.POST.get("act", ""), request.POST.get("filters", "")
        ids = (
            ordered_ids(self, request, filters)
            if request.POST.get("scope") == "all"
            else _numbers(request.POST.getlist("chosen"))
        )
        if act not in WORDS or not ids or len(ids) > MOST:
            messages.error(request, str(_("Choose an act, and at least one candidate.")))
            return HttpResponseRedirect(_back(filters))
        form = BulkForm(initial={"act": act, "ids": ",".join(map(str, ids)), "filters": filters})
        return self._ask(request, form, act, ids, filters)

    def _ask(
        self, request: HttpRequest, form: BulkForm, act: str, ids: list[int], filters: str
    ) -> HttpResponse:
        return self._page(
            request,
            "ask",
            bulk_review.preview(act=act, candidates=_in_order(ids), at=timezone.now()),
            act,
            filters,
            form=form,
            needs_reason=act in CLOSED_STATES,
        )

    def _do(self, request: HttpRequest) -> HttpResponse:
        form = BulkForm(request.POST)
        if not form.is_valid():
            messages.error(request, str(_("Choose an act, and at least one candidate.")))
            return HttpResponseRedirect(_back(""))
        data = form.cleaned_data
        act, ids = data["act"], _numbers(data["ids"].split(","))
        if act in CLOSED_STATES and not data["reason"].strip():
            form.add_error("reason", str(_("Write the reason.")))
            return self._ask(request, form, act, ids, data["filters"])
        outcomes = bulk_review.act_on_many(
            act=act,
            candidates=_in_order(ids),
            by=self.actor(request),
            at=timezone.now(),
            reason=data["reason"],
        )
        return self._page(request, "done", outcomes, act, data["filters"])

    def _page(
        self,
        request: HttpRequest,
        step: str,
        outcomes: list[bulk_review.Outcome],
        act: str,
        filters: str,
        **more: Any,
    ) -> HttpResponse:
        return page(
            self,
            request,
            f"admin/municipalities/candidate/bulk_{step}.html",
            title=WORDS[act],
            act=act,
            back=_back(filters),
            able=[each.candidate for each in outcomes if not each.why_not],
            refused=[each for each in outcomes if each.why_not],
            kept=f"?{KEPT}={filters}" if filters else "",
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
    found = Candidate.objects.select_related("hromada__oblast").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _back(filters: str) -> str:
    return reverse("admin:municipalities_candidate_changelist") + (f"?{filters}" if filters else "")
