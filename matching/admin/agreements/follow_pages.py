"""Follow-up of a partnership on the desk: answers taken by phone, due dates, reported decisions, sheets, and the list as a file."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.act_pages import act_url, page, tap
from kommunesamarbeid.core.files.tables import csv_download
from kommunesamarbeid.core.roles import May
from kommunesamarbeid.core.visibility import Level, reach_of
from matching.admin.agreements.agreement_forms import DueForm, RecordReplyForm
from matching.admin.agreements.agreement_page import milestone_kinds, pair_name, reply_sides
from matching.agreements import follow_up, introductions
from matching.choices import Side
from matching.models import Agreement, ReportedDecision
from matching.reports.profiles import Profile, norwegian_profile, ukrainian_profile
from matching.reports.sheet_files import sheet_answer, sheet_files

if TYPE_CHECKING:
    from matching.admin.agreements.agreement_desk import AgreementAdmin

KS, BOTH = (May.KEEP_AGREEMENTS,), (May.KEEP_AGREEMENTS, May.KEEP_UKRAINIAN_STEPS)
READERS = (May.READ_PROPOSALS, *BOTH)
READ, POST = ("GET", "HEAD"), ("POST",)


def urls(admin: AgreementAdmin) -> list[Any]:
    """Return the addresses."""

    def view(function: Any, *powers: May, methods: tuple[str, ...] = ("GET", "POST")) -> Any:
        return act_url(admin, partial(function, admin), *powers, methods=methods)

    return [
        path("agreements.csv", view(export, *READERS, methods=READ), name="matching_agreement_csv"),
        path("<int:pk>/reply/", view(reply, *BOTH), name="matching_agreement_reply"),
        path("<int:pk>/due/", view(due, *BOTH), name="matching_agreement_due"),
        path(
            "<int:pk>/report/<int:report>/", view(settle, *KS, methods=POST), name="matching_agreement_settle"
        ),
        path(
            "<int:pk>/profile/<slug:side>/",
            view(profile, *READERS, methods=READ),
            name="matching_agreement_profile",
        ),
        path(
            "<int:pk>/profile/<slug:side>/<slug:language>.pdf",
            view(profile_pdf, *READERS, methods=READ),
            name="matching_agreement_profile_pdf",
        ),
    ]


def reply(admin: AgreementAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Record what a side answered by phone or in a meeting."""
    agreement, actor = admin.agreement(request, pk), admin.actor(request)
    act = admin.act(agreement, _("Record an answer of %(pair)s"), _("Record"), _("The answer is recorded."))
    act.intro = _(
        "Both yes makes the partnership mutual. A no ends it, and the next best is put in line for KS."
    )
    act.room = lambda data: _nowhere(
        introductions.record_reply(
            agreement=agreement,
            side=data["side"],
            reply=data["reply"],
            reason=data["reason"],
            by=actor,
            at=timezone.now(),
        )
    )
    return admin.answer(request, RecordReplyForm(request.POST or None, sides=reply_sides(actor)), act)


def due(admin: AgreementAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Set by when a milestone is wished for."""
    agreement, actor = admin.agreement(request, pk), admin.actor(request)
    act = admin.act(agreement, _("Set a due date of %(pair)s"), _("Set"), _("The due date is set."))
    act.intro = _("Whoever is responsible is reminded 14 days before.")
    act.room = lambda data: _nowhere(
        follow_up.set_due(
            agreement=agreement, kind=data["kind"], due_on=data["due_on"], by=actor, at=timezone.now()
        )
    )
    initial = {"kind": request.GET.get("kind", "")}
    return admin.answer(
        request, DueForm(request.POST or None, kinds=milestone_kinds(actor), initial=initial), act
    )


def settle(admin: AgreementAdmin, request: HttpRequest, pk: int, report: int) -> HttpResponse:
    """Confirm a reported council decision, or leave it."""
    found = get_object_or_404(ReportedDecision.objects.select_related("agreement"), pk=report, agreement=pk)
    confirm = request.POST.get("confirm") == "1"
    return tap(
        request,
        back=admin.url_of(found.agreement),
        done=_("The decision is recorded as a milestone.")
        if confirm
        else _("The report is set aside. Nothing is recorded."),
        room=lambda: follow_up.settle_report(
            report=found, confirm=confirm, by=admin.actor(request), at=timezone.now()
        ),
    )


def profile(admin: AgreementAdmin, request: HttpRequest, pk: int, side: str) -> HttpResponse:
    """Show one party on one sheet, as far as this reader may see it."""
    if side not in Side.values:
        raise Http404
    agreement, now = admin.agreement(request, pk), timezone.now()
    found = _sheets(agreement, side, reach_of(admin.actor(request)), now)
    context: dict[str, Any] = {
        "title": found[0].place,
        "subtitle": None,
        "profiles": found,
        "files": sheet_files("admin:matching_agreement_profile_pdf", agreement.pk, side),
        "back": admin.url_of(agreement),
        "as_of": now,
    }
    return page(admin, request, "admin/matching/profile.html", **context)


def profile_pdf(
    admin: AgreementAdmin, request: HttpRequest, pk: int, side: str, language: str
) -> HttpResponse:
    """Give one party's sheet as a PDF to pass on, in a language, as a partner may see it."""
    if side not in Side.values:
        raise Http404
    agreement, now = admin.agreement(request, pk), timezone.now()
    reach = min(reach_of(admin.actor(request)), Level.PARTNERS)
    return sheet_answer(
        request, lambda: _sheets(agreement, side, reach, now), language, now, reference=agreement.reference
    )


def _sheets(agreement: Agreement, side: str, reach: Level, now: datetime) -> list[Profile]:
    if side == Side.UKRAINIAN:
        return [ukrainian_profile(agreement.hromada, reach=reach, on=timezone.localdate(now))]
    return [norwegian_profile(row.municipality, reach=reach) for row in agreement.parties.all()]


def export(admin: AgreementAdmin, request: HttpRequest) -> HttpResponse:
    """Give the list as it is filtered."""
    try:
        found = list(admin.get_changelist_instance(request).get_queryset(request))
    except (IncorrectLookupParameters, SuspiciousOperation, ValueError):
        found = []
    header = [
        _("Reference number"),
        _("Partnership"),
        _("Oblast"),
        _("State"),
        _("Adopted and signed"),
        _("Origin"),
        _("Opened"),
        _("Demo record"),
    ]
    return csv_download(request, "partnerships", header, (_cells(admin, row) for row in found))


def _cells(admin: AgreementAdmin, row: Agreement) -> list[object]:
    return [
        row.reference,
        pair_name(row),
        row.hromada.oblast,
        row.get_state_display(),
        _("yes") if admin.adopted_and_signed(row) else _("no"),
        row.get_origin_display(),
        timezone.localdate(row.opened_at),
        _("yes") if row.is_fictional else "",
    ]


def _nowhere(_made: object) -> None:
    """Stay on the agreement's page."""
