"""Around one proposal: notes, who has the case, and KS's question to AUC with its answer."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.act_pages import act_url, page, tap
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.roles import May
from kommunesamarbeid.core.visibility import Level, reach_of
from matching.admin.proposals.case_forms import AnswerForm, InquiryForm, NoteForm
from matching.choices import Side
from matching.decisions import casework
from matching.models import Inquiry, Proposal
from matching.reports.profiles import Profile, norwegian_profile, ukrainian_profile
from matching.reports.sheet_files import sheet_answer, sheet_files

if TYPE_CHECKING:
    from matching.admin.proposals.proposal_desk import ProposalAdmin

READERS = (May.READ_PROPOSALS, *casework.WRITERS)
KS, AUC, WRITERS = (May.APPROVE_FIRST,), (May.APPROVE_AUC,), casework.WRITERS


def urls(admin: ProposalAdmin) -> list[Any]:
    """Return the addresses."""
    post = ("POST",)
    return [
        path(
            "<int:pk>/note/",
            act_url(admin, partial(note, admin), *WRITERS, methods=post),
            name="matching_proposal_note",
        ),
        path(
            "<int:pk>/assign/",
            act_url(admin, partial(assign, admin), *KS, methods=post),
            name="matching_proposal_assign",
        ),
        path(
            "<int:pk>/ask-auc/",
            act_url(admin, partial(ask_auc, admin), *KS),
            name="matching_proposal_ask_auc",
        ),
        path(
            "<int:pk>/profile/<slug:side>/",
            act_url(admin, partial(profile, admin), *READERS, methods=("GET", "HEAD")),
            name="matching_proposal_profile",
        ),
        path(
            "<int:pk>/profile/<slug:side>/<slug:language>.pdf",
            act_url(admin, partial(profile_pdf, admin), *READERS, methods=("GET", "HEAD")),
            name="matching_proposal_profile_pdf",
        ),
        path(
            "<int:pk>/answer-ks/",
            act_url(admin, partial(answer_ks, admin), *AUC),
            name="matching_proposal_answer_ks",
        ),
    ]


def note(admin: ProposalAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Write an internal note."""
    proposal, form = admin.proposal(request, pk), NoteForm(request.POST)
    back = admin.url_of(proposal, request) + "#notes"
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return HttpResponseRedirect(back)
    return tap(
        request,
        back=back,
        done=_("The note is written."),
        room=lambda: casework.add_note(
            proposal=proposal, text=form.cleaned_data["text"], by=admin.actor(request), at=timezone.now()
        ),
    )


def assign(admin: ProposalAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Give the case to somebody, or to nobody."""
    proposal, owner = admin.proposal(request, pk), request.POST.get("owner", "")
    person = get_object_or_404(User, pk=owner) if owner.isdecimal() else None
    return tap(
        request,
        back=admin.url_of(proposal, request) + "#case",
        done=_("The case owner is changed."),
        room=lambda: casework.assign(
            proposal=proposal, owner=person, by=admin.actor(request), at=timezone.now()
        ),
    )


def ask_auc(admin: ProposalAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Ask AUC; the proposal waits on hold."""
    proposal, actor = admin.proposal(request, pk), admin.actor(request)
    act = admin.act(
        request,
        proposal,
        _("Ask AUC about %(pair)s"),
        _("Ask AUC"),
        done=_("AUC is asked. The proposal is on hold."),
    )
    act.intro = _(
        "The proposal is on hold until AUC has answered. AUC sees the question on the proposal's page."
    )
    act.room = lambda data: _nowhere(
        casework.ask_auc(proposal=proposal, text=data["text"], by=actor, at=timezone.now())
    )
    return admin.answer(request, InquiryForm(request.POST or None), act)


def answer_ks(admin: ProposalAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Answer KS's open question."""
    proposal, actor = admin.proposal(request, pk), admin.actor(request)
    inquiry = Inquiry.objects.filter(proposal=proposal, answered_at__isnull=True).first()
    if inquiry is None:
        if request.method == "POST":
            raise PermissionDenied
        messages.warning(request, _("KS has no open question here."))
        return HttpResponseRedirect(admin.url_of(proposal, request))
    act = admin.act(
        request,
        proposal,
        _("Answer KS about %(pair)s"),
        _("Send the answer"),
        done=_("KS has got the answer."),
    )
    act.intro = inquiry.question
    act.room = lambda data: casework.answer_ks(
        inquiry=inquiry, text=data["text"], by=actor, at=timezone.now()
    )
    return admin.answer(request, AnswerForm(request.POST or None), act)


def profile(admin: ProposalAdmin, request: HttpRequest, pk: int, side: str) -> HttpResponse:
    """Show one party of the pair on one sheet, as far as this reader may see it."""
    if side not in Side.values:
        raise Http404
    proposal, now = admin.proposal(request, pk), timezone.now()
    found = _sheet(proposal, side, reach_of(admin.actor(request)), now)
    context: dict[str, Any] = {
        "title": found.place,
        "subtitle": None,
        "profiles": [found],
        "files": sheet_files("admin:matching_proposal_profile_pdf", proposal.pk, side),
        "back": admin.url_of(proposal, request),
        "as_of": now,
    }
    return page(admin, request, "admin/matching/profile.html", **context)


def profile_pdf(
    admin: ProposalAdmin, request: HttpRequest, pk: int, side: str, language: str
) -> HttpResponse:
    """Give one party's sheet as a PDF to pass on, in a language, as a partner may see it."""
    if side not in Side.values:
        raise Http404
    proposal, now = admin.proposal(request, pk), timezone.now()
    reach = min(reach_of(admin.actor(request)), Level.PARTNERS)
    return sheet_answer(request, lambda: [_sheet(proposal, side, reach, now)], language, now)


def _sheet(proposal: Proposal, side: str, reach: Level, now: datetime) -> Profile:
    if side == Side.UKRAINIAN:
        return ukrainian_profile(proposal.candidate.hromada, reach=reach, on=timezone.localdate(now))
    return norwegian_profile(proposal.response.municipality, reach=reach)


def _nowhere(_made: object) -> None:
    """Stay on the proposal's page."""
