"""Around one proposal: notes, who has the case, KS's question to AUC and its answer, the parties' sheets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.acts import Act, Visit, in_states
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.roles import May
from kommunesamarbeid.core.visibility import Level
from matching.admin.party_sheet_pages import sheet_pages
from matching.admin.proposals.case_forms import AnswerForm, InquiryForm, NoteForm
from matching.decisions import casework
from matching.models import Inquiry, Proposal
from matching.reports.profiles import Profile, profiles_of
from matching.states import UNDECIDED

KS, AUC = (May.APPROVE_FIRST,), (May.APPROVE_AUC,)


def _case_owner(visit: Visit, _form: None) -> dict[str, Any]:
    owner = visit.request.POST.get("owner", "")
    return {"owner": get_object_or_404(User, pk=owner) if owner.isdecimal() else None}


def _open_question(visit: Visit) -> HttpResponse | None:
    """Find KS's open question; without one there is nothing to answer."""
    inquiry = Inquiry.objects.filter(proposal=visit.row, answered_at__isnull=True).first()
    visit.facts["inquiry"] = inquiry
    if inquiry is not None:
        return None
    if visit.is_post:
        raise PermissionDenied
    messages.warning(visit.request, _("KS has no open question here."))
    return HttpResponseRedirect(visit.back)


def _sheets(proposal: Proposal, side: str, reach: Level, now: datetime) -> list[Profile]:
    municipality, hromada = proposal.response.municipality, proposal.candidate.hromada
    return profiles_of([municipality], hromada, side, reach=reach, on=timezone.localdate(now))


NOTE = Act(
    "note", casework.WRITERS, casework.add_note, form=NoteForm, at_once=True,
    done=_("The note is written."),
    back=lambda visit: visit.admin.url_of(visit.row, visit.request) + "#notes",
    records="proposal.noted", entry=_("Note written"),
)  # fmt: skip
ASSIGN = Act(
    "assign", KS, casework.assign,
    values=_case_owner,
    done=_("The case owner is changed."),
    back=lambda visit: visit.admin.url_of(visit.row, visit.request) + "#case",
    records="proposal.assigned", entry=_("Case owner changed"),
)  # fmt: skip
ASK_AUC = Act(
    "ask_auc", KS, casework.ask_auc, form=InquiryForm,
    is_open=in_states(*UNDECIDED),
    title=_("Ask AUC about %(pair)s"), button=_("Ask AUC"),
    intro=_("The proposal is on hold until AUC has answered. AUC sees the question on the proposal's page."),
    done=_("AUC is asked. The proposal is on hold."),
    records="proposal.asked_auc", entry=_("AUC asked"),
)  # fmt: skip
ANSWER_KS = Act(
    "answer_ks", AUC, casework.answer_ks, form=AnswerForm, subject=None,
    gate=_open_question,
    values=lambda visit, form: {"inquiry": visit.facts["inquiry"], **form.cleaned_data},
    title=_("Answer KS about %(pair)s"), button=_("Send the answer"),
    intro=lambda visit: visit.facts["inquiry"].question, done=_("KS has got the answer."),
    records="proposal.auc_answered", entry=_("AUC answered"),
)  # fmt: skip
PAGES = sheet_pages((May.READ_PROPOSALS, *casework.WRITERS), _sheets)
