"""The queue: from the front page to the first proposal that waits, then on to the next, filters kept."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.lists import KEPT, Column, Export, filtered, rank_in
from kommunesamarbeid.core.desk.pages import Page
from kommunesamarbeid.core.roles import May
from matching.decisions import workload
from matching.models import Proposal

READERS = (May.READ_PROPOSALS, May.APPROVE_FIRST, May.APPROVE_AUC)
EXPORT = Export(
    "proposals",
    READERS,
    (
        Column("municipality", _("Norwegian municipality"), lambda row: row.response.municipality.name),
        Column("county", _("County"), lambda row: row.response.municipality.county.name),
        Column("hromada", _("Ukrainian municipality"), lambda row: row.candidate.hromada.name),
        Column("oblast", _("Oblast"), lambda row: row.candidate.hromada.oblast),
        Column("category", _("Category"), lambda row: row.assessment.get_category_display()),
        Column("score", _("Score"), lambda row: row.points),
        Column("state", _("State"), lambda row: row.get_state_display()),
        Column("run", _("Run"), lambda row: row.run_id),
        Column("origin", _("Origin"), lambda row: row.get_origin_display()),
        Column("demo", _("Demo record"), lambda row: _("yes") if row.candidate.is_fictional else ""),
    ),
    rows=lambda proposals: proposals.prefetch_related(None),
)


def show_first(admin: DeskAdmin, request: HttpRequest, kind: str) -> HttpResponse:
    """Lead to the first proposal of a queue; to the front page when it is empty."""
    if kind not in workload.QUEUES:
        raise Http404
    ids = _queue(admin, request, kind)[:1]
    if not ids:
        messages.success(request, _("Nothing waits here now."))
        return HttpResponseRedirect(reverse("admin:index"))
    filters = urlencode({KEPT: urlencode({"queue": kind})})
    return HttpResponseRedirect(f"{admin.url('change', ids[0])}?{filters}")


PAGES = (Page("queue", show_first, READERS, "queue/<slug:kind>/"),)


def rank_in_queue(admin: DeskAdmin, request: HttpRequest, proposal: Proposal) -> dict[str, Any]:
    """Return the rank in the queue or filtered list one came from, else in the run, and the neighbours."""
    filters = request.GET.get(KEPT, "")
    if filters:
        ids = _filtered_ids(admin, request, filters)
    else:
        ids = list(proposal.run.proposals.order_by("-points", "id").values_list("pk", flat=True))
    rank = rank_in(ids, proposal.pk)  # number 0: it left the queue by the decision just made
    return {**rank._asdict(), "count": rank.total, "is_filtered": bool(filters) or not rank.number}


def _queue(admin: DeskAdmin, request: HttpRequest, kind: str) -> list[int]:
    proposals = workload.QUEUES[kind](admin.actor(request), settings.APPROVALS_REQUIRED)
    return list(proposals.values_list("pk", flat=True))


def _filtered_ids(admin: DeskAdmin, request: HttpRequest, filters: str) -> list[int]:
    query = QueryDict(filters)
    if query.get("queue") in workload.QUEUES:
        return _queue(admin, request, str(query["queue"]))
    rows = filtered(admin, request, query)
    return [] if rows is None else list(rows.values_list("pk", flat=True))
