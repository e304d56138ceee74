"""The queue: from the front page straight to the first proposal that waits, then on to the next with the same filters."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import path, reverse
from django.utils.translation import gettext as _

from kommunesamarbeid.core.desk.act_pages import act_url
from kommunesamarbeid.core.files.tables import csv_download
from kommunesamarbeid.core.roles import May
from matching.decisions import workload
from matching.models import Proposal

if TYPE_CHECKING:
    from matching.admin.proposals.proposal_desk import ProposalAdmin

KEPT_FILTERS = "_changelist_filters"
READERS = (May.READ_PROPOSALS, May.APPROVE_FIRST, May.APPROVE_AUC)
# What each queue holds, as filters of the list: the queue and the list show the same.
QUEUES = ("to_approve", "second", "mine", "stale")


def urls(admin: ProposalAdmin) -> list[Any]:
    """Return the addresses."""
    read = ("GET", "HEAD")
    return [
        path(
            "queue/<slug:kind>/",
            act_url(admin, partial(first, admin), *READERS, methods=read),
            name="matching_proposal_queue",
        ),
        path(
            "proposals.csv",
            act_url(admin, partial(export, admin), *READERS, methods=read),
            name="matching_proposal_csv",
        ),
    ]


def first(admin: ProposalAdmin, request: HttpRequest, kind: str) -> HttpResponse:
    """Lead to the first proposal of a queue; to the front page when it is empty."""
    if kind not in QUEUES:
        raise Http404
    found = _queue(admin, request, kind)[:1]
    if not found:
        messages.success(request, _("Nothing waits here now."))
        return HttpResponseRedirect(reverse("admin:index"))
    kept = urlencode({KEPT_FILTERS: urlencode({"queue": kind})})
    return HttpResponseRedirect(f"{reverse('admin:matching_proposal_change', args=[found[0]])}?{kept}")


def place_in_queue(admin: ProposalAdmin, request: HttpRequest, proposal: Proposal) -> dict[str, Any]:
    """Return the place among the proposals of the queue or filtered list one came from, else of the run, and the neighbours."""
    kept = request.GET.get(KEPT_FILTERS, "")
    if kept:
        ids = _filtered(admin, request, kept)
    else:
        ids = list(proposal.run.proposals.order_by("-points", "id").values_list("pk", flat=True))
    if proposal.pk not in ids:  # it left the queue by the decision just made: on to what remains
        return {
            "number": 0,
            "count": len(ids),
            "previous": None,
            "next": ids[0] if ids else None,
            "is_filtered": True,
        }
    place = ids.index(proposal.pk)
    return {
        "number": place + 1,
        "count": len(ids),
        "previous": ids[place - 1] if place else None,
        "next": ids[place + 1] if place + 1 < len(ids) else None,
        "is_filtered": bool(kept),
    }


def export(admin: ProposalAdmin, request: HttpRequest) -> HttpResponse:
    """Give the list as it is filtered."""
    query = request.GET.copy()
    ids = _listed(admin, request, query)
    rows = {row.pk: row for row in admin.get_queryset(request).prefetch_related(None).filter(pk__in=ids)}
    header = [
        _("Norwegian municipality"),
        _("County"),
        _("Ukrainian municipality"),
        _("Oblast"),
        _("Category"),
        _("Score"),
        _("State"),
        _("Run"),
        _("Origin"),
        _("Demo record"),
    ]
    return csv_download(request, "proposals", header, (_cells(rows[pk]) for pk in ids if pk in rows))


def _cells(row: Proposal) -> list[object]:
    party, hromada = row.response.municipality, row.candidate.hromada
    return [
        party.name,
        party.county.name,
        hromada.name,
        hromada.oblast,
        row.assessment.get_category_display(),
        row.points,
        row.get_state_display(),
        row.run_id,
        row.get_origin_display(),
        _("yes") if row.candidate.is_fictional else "",
    ]


def _queue(admin: ProposalAdmin, request: HttpRequest, kind: str) -> list[int]:
    actor, required = admin.actor(request), settings.APPROVALS_REQUIRED
    review = workload.under_review().order_by("-run_id", "-points", "id")
    found: dict[str, QuerySet[Any]] = {
        "to_approve": workload.waiting_for(actor, required),
        "second": workload.waiting_for_second(actor, required),
        "mine": review.filter(assigned_to=actor.id),
        "stale": workload.with_staleness(review).filter(stale=True),
    }
    return list(found[kind].values_list("pk", flat=True))


def _filtered(admin: ProposalAdmin, request: HttpRequest, kept: str) -> list[int]:
    query = QueryDict(kept, mutable=True)
    if query.get("queue") in QUEUES:
        return _queue(admin, request, str(query["queue"]))
    return _listed(admin, request, query)


def _listed(admin: ProposalAdmin, request: HttpRequest, query: QueryDict) -> list[int]:
    """Return the ids of the list under the filters in `query`, in its order; nothing when they cannot be read."""
    own = request.GET
    try:
        request.GET = query  # type: ignore[assignment]  # the admin's list reads its filters from here alone
        listing = admin.get_changelist_instance(request)
        return list(listing.get_queryset(request).values_list("pk", flat=True))
    except (IncorrectLookupParameters, SuspiciousOperation, ValueError):
        return []
    finally:
        request.GET = own
