"""Every decision on every proposal, newest first, filtered and as a file: who decided what, when and why."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kommunesamarbeid.core.desk.act_pages import act_url, page
from kommunesamarbeid.core.files.tables import csv_download
from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.visibility import reads_words_of
from matching.admin.proposals.decision_forms import LogForm
from matching.admin.proposals.decision_page import pair_name
from matching.choices import DecisionKind, RejectReason, Verdict
from matching.models import Decision
from municipalities.admin.registers.labels import signature

if TYPE_CHECKING:
    from matching.admin.proposals.proposal_desk import ProposalAdmin

READERS = (May.READ_PROPOSALS, May.APPROVE_FIRST, May.APPROVE_AUC)
PER_PAGE = 50
READ = ("GET", "HEAD")


def urls(admin: ProposalAdmin) -> list[Any]:
    """Return the addresses."""
    return [
        path(
            "log/", act_url(admin, partial(log, admin), *READERS, methods=READ), name="matching_proposal_log"
        ),
        path(
            "log/decisions.csv",
            act_url(admin, partial(log_csv, admin), *READERS, methods=READ),
            name="matching_proposal_log_csv",
        ),
    ]


def log(admin: ProposalAdmin, request: HttpRequest) -> HttpResponse:
    """Show the log, 50 decisions a page."""
    form, reader = LogForm(request.GET or None), admin.actor(request)
    shown = Paginator(_rows(form), PER_PAGE).get_page(request.GET.get("p"))
    query = request.GET.copy()
    query.pop("p", None)
    context: dict[str, Any] = {
        "title": _("Decision log"),
        "subtitle": None,
        "form": form,
        "shown": shown,
        "query": query.urlencode(),
        "lines": [_line(row, reader) for row in shown],
    }
    return page(admin, request, "admin/matching/log.html", **context)


def log_csv(admin: ProposalAdmin, request: HttpRequest) -> HttpResponse:
    """Give exactly what is filtered."""
    reader = admin.actor(request)
    header = [
        _("Time"),
        _("Pair"),
        _("Run"),
        _("Decision"),
        _("Approval"),
        _("Who"),
        _("Reason"),
        _("Explanation"),
    ]
    lines = (_line(row, reader) for row in _rows(LogForm(request.GET or None)))
    rows = (
        [
            line["at"],
            line["pair"],
            line["run"],
            line["verdict"],
            line["kind"],
            line["who"],
            line["code"],
            line["reason"],
        ]
        for line in lines
    )
    return csv_download(request, "decisions", header, rows)


def _rows(form: LogForm) -> QuerySet[Decision]:
    found = Decision.objects.select_related(
        "decided_by", "proposal__response__municipality", "proposal__candidate__hromada__oblast"
    ).order_by("-decided_at", "-id")
    if not form.is_valid():
        return found
    said = form.cleaned_data
    wanted = {
        "verdict": said["verdict"],
        "kind": said["kind"],
        "decided_by__organisation": said["organisation"],
        "reason_code": said["code"],
        "decided_at__date__gte": said["since"],
        "decided_at__date__lte": said["until"],
    }
    return found.filter(**{name: value for name, value in wanted.items() if value})


def _line(row: Decision, reader: Actor) -> dict[str, Any]:
    """A decision in words; free text stays within the organisation that wrote it, and KS reads all."""
    reads = reads_words_of(row.decided_by.organisation, reader)
    return {
        "at": date_format(timezone.localtime(row.decided_at), "SHORT_DATETIME_FORMAT"),
        "proposal": row.proposal_id,
        "pair": pair_name(row.proposal),
        "run": row.proposal.run_id,
        "verdict": Verdict(row.verdict).label,
        "kind": DecisionKind(row.kind).label,
        "who": signature(row.decided_by, reader),
        "code": RejectReason(row.reason_code).label if row.reason_code else "",
        "reason": row.reason if reads else "",
    }
