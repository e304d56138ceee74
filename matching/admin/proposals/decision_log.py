"""Every decision on every proposal, newest first, filtered and as a file: who decided what, when and why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.lists import Column, ListPage
from kommunesamarbeid.core.roles import Actor, May
from matching.admin.proposals.decision_forms import LogForm
from matching.admin.proposals.decision_page import decision_words
from matching.admin.proposals.pair_words import pair_name
from matching.models import Decision


def _rows(form: forms.Form) -> QuerySet[Decision]:
    decisions = Decision.objects.select_related(
        "decided_by", "proposal__response__municipality", "proposal__candidate__hromada__oblast"
    ).order_by("-decided_at", "-id")
    if not form.is_valid():
        return decisions
    chosen = form.cleaned_data
    wanted = {
        "verdict": chosen["verdict"],
        "kind": chosen["kind"],
        "decided_by__organisation": chosen["organisation"],
        "reason_code": chosen["code"],
        "decided_at__date__gte": chosen["since"],
        "decided_at__date__lte": chosen["until"],
    }
    return decisions.filter(**{name: value for name, value in wanted.items() if value})


def _line(row: Decision, reader: Actor) -> dict[str, Any]:
    """A decision as its proposal's page words it, with its day as text and the pair it is about."""
    return {
        **decision_words(row, reader),
        "at": date_format(timezone.localtime(row.decided_at), "SHORT_DATETIME_FORMAT"),
        "proposal": row.proposal_id,
        "pair": pair_name(row.proposal),
        "run": row.proposal.run_id,
    }


LOG = ListPage(
    "log",
    _("Decision log"),
    (May.READ_PROPOSALS, May.APPROVE_FIRST, May.APPROVE_AUC),
    filters=LogForm,
    rows=_rows,
    line=_line,
    columns=(
        Column("at", _("Time"), lambda line: line["at"]),
        Column("pair", _("Pair"), lambda line: line["pair"]),
        Column("run", _("Run"), lambda line: line["run"]),
        Column("verdict", _("Decision"), lambda line: line["verdict"]),
        Column("kind", _("Approval"), lambda line: line["kind"]),
        Column("who", _("Who"), lambda line: line["who"]),
        Column("code", _("Reason"), lambda line: line["code"]),
        Column("reason", _("Explanation"), lambda line: line["reason"]),
    ),
    file_name="decisions",
    template="admin/matching/log.html",
)
