"""Several proposals approved at once: one page confirms, each is a decision, every refusal is listed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from kommunesamarbeid.core.accounts.login import step_up
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.pages import BOTH, Page, page
from kommunesamarbeid.core.lifecycle import LifecycleError
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor
from matching.admin.proposals.decision_acts import DECIDERS, approve, open_kinds
from matching.admin.proposals.decision_forms import BulkForm
from matching.admin.proposals.pair_words import pair_name
from matching.choices import DecisionKind
from matching.models import Proposal

MAX_BULK = 50


def approve_chosen(admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Confirm which proposals are approved, then approve each on its own; list what is refused, and why."""
    chosen = _chosen(admin, request)
    actor = admin.actor(request)
    kinds = {row.pk: open_kinds(row, actor) for row in chosen}
    open_ones = [row for row in chosen if kinds[row.pk]]
    if not open_ones and request.method != "POST":
        messages.warning(request, _("None of the chosen proposals waits for an approval of yours."))
        return HttpResponseRedirect(admin.list_url())
    if any(DecisionKind.KS_SECOND in offered for offered in kinds.values()) and (way := step_up(request)):
        return way
    form = BulkForm(request.POST or None, initial={"ids": ",".join(str(row.pk) for row in open_ones)})
    shared: dict[str, Any] = {"form": form, "back": admin.list_url()}
    if request.method == "POST" and form.is_valid():
        done = [(row, _approve(actor, row, form.cleaned_data["reason"])) for row in chosen]
        rows = [(pair_name(row), row, why_not) for row, why_not in done]
        title = _("Result of the approval")
        return page(admin, request, "admin/matching/bulk/done.html", title=title, rows=rows, **shared)
    rows = [(pair_name(row), row, str(DecisionKind(kinds[row.pk][0]).label)) for row in open_ones]
    left_out = [pair_name(row) for row in chosen if not kinds[row.pk]]
    shared |= {"title": _("Approve several proposals"), "rows": rows, "left_out": left_out}
    return page(admin, request, "admin/matching/bulk/confirm.html", **shared)


def _chosen(admin: DeskAdmin, request: HttpRequest) -> list[Proposal]:
    text = (request.POST if request.method == "POST" else request.GET).get("ids", "")
    ids = [int(part) for part in text.split(",") if part.isdecimal() and len(part) < 12][:MAX_BULK]
    return list(admin.get_queryset(request).filter(pk__in=ids).order_by("-points", "id"))


def _approve(actor: Actor, proposal: Proposal, reason: str) -> str:
    """Approve one, in a transaction of its own; return what hinders it in words, blank when it is done."""
    kinds = open_kinds(proposal, actor)
    if not kinds:
        return _("There is no approval for you to give here.")
    try:
        approve(
            proposal=proposal, kind=kinds[0], by=actor, at=timezone.now(), no_conflict=True, reason=reason
        )
    except LifecycleError:
        return _("Somebody else has decided this in the meantime.")
    except Refused as refusal:
        return str(refusal)
    return ""


PAGES = (Page("bulk", approve_chosen, DECIDERS, "bulk/", methods=BOTH),)
