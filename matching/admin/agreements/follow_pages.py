"""Follow-up of a partnership: answers taken by phone, due dates, reported decisions, sheets, and the file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.acts import Act, Visit, in_states
from kommunesamarbeid.core.desk.lists import Column, Export
from kommunesamarbeid.core.roles import May
from kommunesamarbeid.core.visibility import Level
from matching.admin.agreements.agreement_forms import DueForm, RecordReplyForm
from matching.admin.agreements.agreement_page import (
    NOT_ENDED,
    milestone_kinds,
    pair_name,
    reply_sides,
)
from matching.admin.party_sheet_pages import sheet_pages
from matching.agreements import follow_up, introductions
from matching.models import Agreement, ReportedDecision
from matching.reports import publicity
from matching.reports.profiles import Profile, agreement_profiles
from matching.states import AgreementState

KS, BOTH = (May.KEEP_AGREEMENTS,), (May.KEEP_AGREEMENTS, May.KEEP_UKRAINIAN_STEPS)
READERS = (May.READ_PROPOSALS, *BOTH)


def _report(visit: Visit) -> ReportedDecision:
    reports = ReportedDecision.objects.select_related("agreement")
    return get_object_or_404(reports, pk=visit.names["report"], agreement=visit.names["pk"])


def _is_confirmed(visit: Visit) -> bool:
    return visit.request.POST.get("confirm") == "1"


def _settled(visit: Visit, _outcome: None) -> Any:
    if _is_confirmed(visit):
        return _("The decision is recorded as a milestone.")
    return _("The report is set aside. Nothing is recorded.")


def _sheets(agreement: Agreement, side: str, reach: Level, now: datetime) -> list[Profile]:
    return agreement_profiles(agreement, side, reach=reach, on=timezone.localdate(now))


REPLY = Act(
    "reply", BOTH, introductions.record_reply, form=RecordReplyForm,
    is_open=in_states(AgreementState.INTRODUCED),
    options=lambda visit: {"sides": reply_sides(visit.by)},
    title=_("Record an answer of %(pair)s"), label=_("Record an answer"), button=_("Record"),
    intro=_("Both yes makes the partnership mutual. A no ends it, and the next best is put in line for KS."),
    done=_("The answer is recorded."),
    records="agreement.reply", entry=_("Answer to the introduction"),
)  # fmt: skip
DUE = Act(
    "due", BOTH, follow_up.set_due, form=DueForm,
    is_open=in_states(*NOT_ENDED),
    options=lambda visit: {"kinds": milestone_kinds(visit.by)},
    initial=lambda visit: {"kind": visit.request.GET.get("kind", "")},
    title=_("Set a due date of %(pair)s"), label=_("Set a due date"), button=_("Set"),
    intro=_("Whoever is responsible is reminded 14 days before."), done=_("The due date is set."),
    records="agreement.due_set", entry=_("Due date set"),
)  # fmt: skip
SETTLE = Act(
    "settle", KS, follow_up.settle_report, address="<int:pk>/report/<int:report>/", find=_report,
    subject="report",
    values=lambda visit, _form: {"confirm": _is_confirmed(visit)},
    done=_settled,
    back=lambda visit: visit.admin.url_of(visit.row.agreement),
    records="agreement.report_settled", entry=_("Report dealt with"),
)  # fmt: skip
PAGES = sheet_pages(READERS, _sheets, lambda agreement: str(agreement.reference))
EXPORT = Export(
    "partnerships",
    READERS,
    (
        Column("reference", _("Reference number"), lambda row: row.reference),
        Column("pair", _("Partnership"), pair_name),
        Column("oblast", _("Oblast"), lambda row: row.hromada.oblast),
        Column("state", _("State"), lambda row: row.get_state_display()),
        Column(
            "adopted",
            _("Adopted and signed"),
            lambda row: _("yes") if publicity.is_adopted_and_signed(row) else _("no"),
        ),
        Column("origin", _("Origin"), lambda row: row.get_origin_display()),
        Column("opened", _("Opened"), lambda row: timezone.localdate(row.opened_at)),
        Column("demo", _("Demo record"), lambda row: _("yes") if row.is_fictional else ""),
    ),
    address="agreements.csv",
)
