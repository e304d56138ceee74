"""Several proposals approved at once: one page that confirms, then each by its own decision, and every refusal listed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kommunesamarbeid.core.accounts import step_up
from kommunesamarbeid.core.desk.act_pages import act_url, page
from kommunesamarbeid.core.lifecycle import LifecycleError
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import May
from matching.admin.proposals.decision_forms import BulkForm
from matching.admin.proposals.decision_page import pair_name
from matching.choices import DecisionKind
from matching.decisions import decisions
from matching.models import Proposal

if TYPE_CHECKING:
    from matching.admin.proposals.proposal_desk import ProposalAdmin

MOST = 50
DECIDERS = (May.APPROVE_FIRST, May.APPROVE_SECOND, May.APPROVE_AUC)


def urls(admin: ProposalAdmin) -> list[Any]:
    """Return the address."""
    return [path("bulk/", act_url(admin, partial(bulk, admin), *DECIDERS), name="matching_proposal_bulk")]


def bulk(admin: ProposalAdmin, request: HttpRequest) -> HttpResponse:
    """Confirm which proposals are approved, then approve each on its own; what is refused is listed with the reason."""
    chosen = _chosen(admin, request)
    actor = admin.actor(request)
    kinds = {
        row.pk: decisions.open_kinds(row, actor=actor, required=settings.APPROVALS_REQUIRED) for row in chosen
    }
    open_ones = [row for row in chosen if kinds[row.pk]]
    if not open_ones and request.method != "POST":
        messages.warning(request, _("None of the chosen proposals waits for an approval of yours."))
        return HttpResponseRedirect(reverse("admin:matching_proposal_changelist"))
    if any(DecisionKind.KS_SECOND in found for found in kinds.values()) and (sent := step_up(request)):
        return sent
    form = BulkForm(request.POST or None, initial={"ids": ",".join(str(row.pk) for row in open_ones)})
    shared: dict[str, Any] = {
        "subtitle": None,
        "form": form,
        "back": reverse("admin:matching_proposal_changelist"),
    }
    if request.method == "POST" and form.is_valid():
        done = [(row, _approve(admin, request, row, form.cleaned_data["reason"])) for row in chosen]
        rows = [(pair_name(row), row, said) for row, said in done]
        return page(
            admin,
            request,
            "admin/matching/bulk/done.html",
            title=_("Result of the approval"),
            rows=rows,
            **shared,
        )
    rows = [(pair_name(row), row, str(DecisionKind(kinds[row.pk][0]).label)) for row in open_ones]
    left_out = [pair_name(row) for row in chosen if not kinds[row.pk]]
    title = _("Approve several proposals")
    return page(
        admin,
        request,
        "admin/matching/bulk/confirm.html",
        title=title,
        rows=rows,
        left_out=left_out,
        **shared,
    )


def _chosen(admin: ProposalAdmin, request: HttpRequest) -> list[Proposal]:
    text = (request.POST if request.method == "POST" else request.GET).get("ids", "")
    ids = [int(part) for part in text.split(",") if part.isdecimal() and len(part) < 12][:MOST]
    return list(admin.get_queryset(request).filter(pk__in=ids).order_by("-points", "id"))


def _approve(admin: ProposalAdmin, request: HttpRequest, proposal: Proposal, reason: str) -> str:
    """Approve one; return what hinders it in words, blank when it is done. Each approval is a transaction of its own."""
    actor = admin.actor(request)
    kinds = decisions.open_kinds(proposal, actor=actor, required=settings.APPROVALS_REQUIRED)
    if not kinds:
        return _("There is no approval for you to give here.")
    try:
        decisions.approve_proposal(
            proposal=proposal,
            kind=kinds[0],
            by=actor,
            at=timezone.now(),
            no_conflict=True,
            required=settings.APPROVALS_REQUIRED,
            undo_minutes=settings.UNDO_MINUTES,
            reason=reason,
        )
    except LifecycleError:
        return _("Somebody else has decided this in the meantime.")
    except Refused as refusal:
        return str(refusal)
    return ""
