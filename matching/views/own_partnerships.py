"""A party's own partnership behind its link: who the partner is, the answer to the introduction, steps,
and its council's decision.
"""

from __future__ import annotations

from typing import NamedTuple

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kommunesamarbeid.core import languages
from kommunesamarbeid.core.lifecycle import LifecycleError
from kommunesamarbeid.core.refusals import Refused
from matching.agreements import follow_up, introductions
from matching.choices import Side
from matching.models import Agreement
from matching.reports import partner_view
from matching.reports.sheet_files import sheet_answer
from matching.views.forms import ReplyForm, ReportForm
from municipalities.access import HromadaRequest, LinkRequest, Party, hromada_required, link_required
from municipalities.choices import LinkRight


class Addresses(NamedTuple):
    """The names of one side's addresses."""

    page: str
    reply: str
    sheet: str
    file: str
    home: str


ADDRESSES = {
    Side.NORWEGIAN: Addresses(
        "partnership", "partnership_reply", "partnership_profile", "partnership_profile_pdf", "own_side"
    ),
    Side.UKRAINIAN: Addresses(
        "hromada_partnership", "hromada_reply", "hromada_profile", "hromada_profile_pdf", "hromada_side"
    ),
}


@link_required
@require_safe
def partnership(request: LinkRequest, reference: str) -> HttpResponse:
    """Show a municipality its partnership."""
    return _page(request, request.access.municipality, reference)


@hromada_required
@require_safe
def hromada_partnership(request: HromadaRequest, reference: str) -> HttpResponse:
    """Show a hromada its partnership."""
    return _page(request, request.access.hromada, reference)


@link_required
@require_POST
def partnership_reply(request: LinkRequest, reference: str) -> HttpResponse:
    """Take a municipality's answer to the introduction."""
    return _reply(request, request.access.municipality, reference)


@hromada_required
@require_POST
def hromada_reply(request: HromadaRequest, reference: str) -> HttpResponse:
    """Take a hromada's answer to the introduction."""
    return _reply(request, request.access.hromada, reference)


@link_required
@require_safe
def partnership_profile(request: LinkRequest, reference: str) -> HttpResponse:
    """Show a municipality its partner's sheet."""
    return _profile(request, request.access.municipality, reference)


@hromada_required
@require_safe
def hromada_profile(request: HromadaRequest, reference: str) -> HttpResponse:
    """Show a hromada its partner's sheet."""
    return _profile(request, request.access.hromada, reference)


@link_required
@require_safe
def partnership_profile_pdf(request: LinkRequest, reference: str) -> HttpResponse:
    """Give a municipality its partner's sheet as PDF, in the language it reads."""
    return _profile_pdf(request, request.access.municipality, reference)


@hromada_required
@require_safe
def hromada_profile_pdf(request: HromadaRequest, reference: str) -> HttpResponse:
    """Give a hromada its partner's sheet as PDF, in the language it reads."""
    return _profile_pdf(request, request.access.hromada, reference)


@link_required
@require_http_methods(["GET", "HEAD", "POST"])
def partnership_decision(request: LinkRequest, reference: str) -> HttpResponse:
    """Let a municipality report its own council's decision; KS confirms it."""
    agreement = _own(request.access.municipality, reference)
    form = ReportForm(request.POST or None)
    back = reverse("partnership", args=[reference])
    if request.method == "POST" and form.is_valid():
        on, precision = form.cleaned_data["on"]
        cleaned = form.cleaned_data
        try:
            _require_right(request)
            follow_up.report_decision(
                agreement=agreement,
                on=on,
                precision=precision,
                case_number=cleaned["case_number"],
                source=cleaned["source"],
                by=request.access.actor,
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("KS has got your report and will confirm it."))
            return HttpResponseRedirect(back)
    return render(
        request, "matching/report_decision.html", {"agreement": agreement, "form": form, "back": back}
    )


class MayNotAnswer(Refused):
    """This link is for filling in, not for answering on the party's behalf."""

    def __str__(self) -> str:
        return _(
            "Your link lets you fill in, not answer on behalf of the municipality. Ask the contact person to answer."
        )


def _own(party: Party, reference: str) -> Agreement:
    """Return the party's own agreement; another's is as if it were not there."""
    return get_object_or_404(partner_view.agreements_of(party), reference=reference)


def _page(
    request: LinkRequest | HromadaRequest, party: Party, reference: str, form: ReplyForm | None = None
) -> HttpResponse:
    agreement = _own(party, reference)
    now = timezone.now()
    seen, addresses = partner_view.seen_by(agreement, party, at=now), ADDRESSES[partner_view.side_of(party)]
    context = {
        "seen": seen,
        "reply_url": reverse(addresses.reply, args=[reference]),
        "sheet_url": reverse(addresses.sheet, args=[reference]),
        "profiles": partner_view.partner_profiles(agreement, seen.side, at=now),
        "form": form or (ReplyForm(initial={"reply": seen.reply}) if seen.asks else None),
    }
    status = 200 if form is None else 422
    return render(request, "matching/partnership.html", context, status=status)


def _reply(request: LinkRequest | HromadaRequest, party: Party, reference: str) -> HttpResponse:
    agreement, side = _own(party, reference), partner_view.side_of(party)
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return _page(request, party, reference, form)
    cleaned = form.cleaned_data
    try:
        _require_right(request)
        introductions.record_reply(
            agreement=agreement,
            side=side,
            reply=cleaned["reply"],
            reason=cleaned["reason"],
            by=request.access.actor,
            at=timezone.now(),
        )
    except LifecycleError:
        return render(
            request,
            "errors/conflict.html",
            {"back_url": reverse(ADDRESSES[side].page, args=[reference])},
            status=409,
        )
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _page(request, party, reference, form)
    messages.success(request, _("Thank you. Your answer is recorded."))
    if cleaned["reply"] == "no":  # the partnership is over, and its page with it
        return redirect(ADDRESSES[side].home)
    return redirect(ADDRESSES[side].page, reference)


def _profile(request: LinkRequest | HromadaRequest, party: Party, reference: str) -> HttpResponse:
    agreement, side = _own(party, reference), partner_view.side_of(party)
    now = timezone.now()
    profiles = partner_view.partner_profiles(agreement, side, at=now)
    back = reverse(ADDRESSES[side].page, args=[reference])
    pdf = reverse(ADDRESSES[side].file, args=[reference])
    context = {"profiles": profiles, "back": back, "as_of": now, "reference": reference, "pdf": pdf}
    return render(request, "matching/profile.html", context)


def _profile_pdf(request: LinkRequest | HromadaRequest, party: Party, reference: str) -> HttpResponse:
    agreement, side = _own(party, reference), partner_view.side_of(party)
    now = timezone.now()
    back = reverse(ADDRESSES[side].page, args=[reference])
    return sheet_answer(
        request,
        lambda: partner_view.partner_profiles(agreement, side, at=now),
        languages.active(),
        now,
        reference=reference,
        back=back,
    )


def _require_right(request: LinkRequest | HromadaRequest) -> None:
    if LinkRight.EDIT in {request.access.link.right, request.access.contact.right}:
        raise MayNotAnswer
