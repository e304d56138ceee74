"""The desk's agreements: the list, one page per partnership, and each step at an address of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.acts import Act, Visit, in_states
from kommunesamarbeid.core.desk.lists import Column
from kommunesamarbeid.core.desk.trail import TrailAdmin
from kommunesamarbeid.core.roles import Actor, May
from matching.admin.agreements import follow_pages
from matching.admin.agreements.agreement_forms import (
    ConsentForm,
    EndForm,
    ExistingForm,
    MilestoneForm,
    MoveForm,
)
from matching.admin.agreements.agreement_page import (
    NOT_ENDED,
    agreement_context,
    as_typed,
    consent_sides,
    milestone_kinds,
    pair_name,
)
from matching.admin.agreements.follow_pages import BOTH, KS
from matching.agreements import agreements, existing_cooperation, milestones
from matching.decisions import workload
from matching.models import Agreement, AgreementParty, PublicationConsent, ReportedDecision
from matching.reports import publicity
from municipalities.registers import HROMADA_FIELDS, MUNICIPALITY_FIELDS, fields_of


class DueFilter(admin.SimpleListFilter):
    """Partnerships that wait for somebody."""

    title = _("follow-up")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """What they wait for."""
        return [
            ("overdue", _("a step is overdue")),
            ("unreached", _("nobody on one side can be reached")),
            ("reported", _("a reported decision waits for KS")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """As the front page counts them."""
        if self.value() == "overdue":
            late = workload.overdue(timezone.localdate()).filter(agreement=OuterRef("pk"))
            return queryset.filter(Exists(late))
        if self.value() == "unreached":
            return queryset.filter(pk__in=workload.unreached().values("pk"))
        if self.value() == "reported":
            return queryset.filter(
                Exists(ReportedDecision.objects.filter(agreement=OuterRef("pk"), settled_at__isnull=True))
            )
        return queryset


def _home(visit: Visit) -> str:
    """Return the page of the proposal that was approved, or of the partnership that has none."""
    if visit.row.proposal_id is None:
        return str(visit.admin.url_of(visit.row))
    return reverse("admin:matching_proposal_change", args=[visit.row.proposal_id])


def _as_it_stands(visit: Visit) -> dict[str, str]:
    """Open the milestone that `?kind=` names as it is recorded."""
    kind = visit.request.GET.get("kind", "")
    milestone = visit.row.milestones.filter(kind=kind).first()
    if milestone is None:
        return {"kind": kind}
    return {
        "kind": kind,
        "on": as_typed(milestone.on, milestone.precision),
        "source": milestone.source,
        "case_number": milestone.case_number,
    }


def _record(*, agreement: Agreement, by: Actor, at: datetime, on: Any, **facts: Any) -> None:
    day, precision = on
    milestones.record_milestone(agreement=agreement, on=day, precision=precision, by=by, at=at, **facts)


def _consent(visit: Visit) -> PublicationConsent:
    consents = PublicationConsent.objects.select_related("agreement")
    return get_object_or_404(consents, pk=visit.names["consent"], agreement=visit.names["pk"])


ENTER = Act(
    "add", KS, existing_cooperation.enter_existing, form=ExistingForm, has_row=False,
    title=_("Enter an existing co-operation"), button=_("Enter"),
    intro=_("It takes a place on both sides. A reported partnership of the same two becomes this one."),
    done=_("The co-operation is entered."),
    leads_to=lambda visit, agreement: visit.admin.url_of(agreement),
    records="agreement.enter_existing", entry=_("Existing co-operation entered"),
)  # fmt: skip
UNDO = Act(
    "undo", KS, agreements.undo_agreement,
    done=_("The approval is undone. No mail was sent."),
    back=_home,
    records="agreement.ended",
)  # fmt: skip
MOVE = Act(
    "move", KS, agreements.move_agreement, form=MoveForm,
    is_open=lambda agreement, _reader, at: bool(agreements.open_steps(agreement, at)), is_main=True,
    options=lambda visit: {"steps": agreements.open_steps(visit.row, visit.at)},
    title=_("Change the state of %(pair)s"), button=_("Change state"), done=_("The state is changed."),
    records="agreement.*",
)  # fmt: skip
MILESTONE = Act(
    "milestone", BOTH, _record, form=MilestoneForm,
    is_open=in_states(*NOT_ENDED),
    options=lambda visit: {"kinds": milestone_kinds(visit.by)}, initial=_as_it_stands,
    title=_("Record a milestone of %(pair)s"), label=_("Record a milestone"), button=_("Record"),
    intro=_("A milestone recorded before is corrected; the history keeps both."),
    done=_("The milestone is recorded."),
    records="agreement.milestone", entry=_("Milestone recorded"),
)  # fmt: skip
CONSENT = Act(
    "consent", BOTH, milestones.give_consent, form=ConsentForm,
    is_open=in_states(*NOT_ENDED),
    options=lambda visit: {"sides": consent_sides(visit.row, visit.by)},
    title=_("Record a consent of %(pair)s"), label=_("Record a consent"), button=_("Record"),
    intro=_("The partnership is named on the public page only while both sides consent."),
    done=_("The consent is recorded."),
    records="agreement.consent_given", entry=_("Consent to publish recorded"),
)  # fmt: skip
WITHDRAW_CONSENT = Act(
    "withdraw_consent", BOTH, milestones.withdraw_consent, address="<int:pk>/consent/<int:consent>/withdraw/",
    find=_consent, subject="consent",
    done=_("The consent is withdrawn. The public page no longer names the two."),
    back=lambda visit: visit.admin.url_of(visit.row.agreement),
    records="agreement.consent_withdrawn", entry=_("Consent to publish withdrawn"),
)  # fmt: skip
END = Act(
    "end", KS, agreements.end_agreement, form=EndForm,
    is_open=in_states(*NOT_ENDED),
    title=_("End %(pair)s"), button=_("End the partnership"),
    intro=_("Both places become free. Nothing is deleted: the partnership stays in the list with its facts."),
    done=_("The partnership has ended."),
    records="agreement.ended",
)  # fmt: skip


@admin.register(Agreement)
class AgreementAdmin(TrailAdmin):
    """Partnerships for KS and AUC: approved ones, existing ones entered by KS, and reported ones apart."""

    subject = "agreement"
    acts = (
        MOVE,
        follow_pages.REPLY,
        MILESTONE,
        follow_pages.DUE,
        CONSENT,
        END,
        ENTER,
        UNDO,
        WITHDRAW_CONSENT,
        follow_pages.SETTLE,
    )
    pages = follow_pages.PAGES
    export = follow_pages.EXPORT
    trail: ClassVar[dict[str, Any]] = {
        "agreement.open": _("Partnership opened"),
        "agreement.report": _("Read in a public source"),
        "agreement.milestone_corrected": _("Milestone corrected"),
        "agreement.reminded": _("Reminded of the introduction"),
        "agreement.due_reminded": _("Reminded of a due date"),
        "agreement.decision_reported": _("Council decision reported"),
    }
    detail_template = "admin/matching/agreement/detail.html"
    change_list_template = "admin/matching/change_list.html"
    list_display = (
        Column("pair", _("Partnership"), pair_name),
        Column("oblast", _("Oblast"), lambda row: row.hromada.oblast, "hromada__oblast__name_en"),
        "state",
        # In words: a red cross would say that something is wrong, where it is only early.
        Column(
            "is_adopted",
            _("Adopted and signed"),
            lambda row: _("yes") if publicity.is_adopted_and_signed(row) else "–",
        ),
        "origin",
        Column("opened", _("Opened"), lambda row: timezone.localdate(row.opened_at), "opened_at"),
        "reference",
    )
    list_filter = (
        DueFilter,
        "state",
        "origin",
        ("parties__municipality__county", admin.RelatedOnlyFieldListFilter),
        ("hromada__oblast", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = (
        "reference",
        *fields_of(MUNICIPALITY_FIELDS, "parties__municipality"),
        *fields_of(HROMADA_FIELDS, "hromada"),
    )
    search_help_text = _("Reference number, municipality, settlement or KATOTTG")
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-opened_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agreement]:
        """With the parties and dated facts that rows name."""
        parties = AgreementParty.objects.select_related("municipality__county").order_by("-is_lead", "id")
        rows: QuerySet[Agreement] = super().get_queryset(request)
        named = rows.select_related("hromada__oblast").prefetch_related(Prefetch("parties", parties))
        return publicity.with_dated_steps(named)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """KS enters co-operations that exist already."""
        return self.has_view_permission(request) and self.actor(request).may(May.KEEP_AGREEMENTS)

    def about(self, row: Agreement) -> str:
        """The parties."""
        return pair_name(row)

    def names(self, row: Agreement) -> dict[str, str]:
        """The parties, for titles."""
        return {"pair": pair_name(row)}

    def detail(self, request: HttpRequest, row: Agreement) -> dict[str, Any]:
        """Where the partnership stands."""
        reader, now = self.actor(request), timezone.now()
        return {
            "title": pair_name(row),
            **agreement_context(row, reader, now),
            "acts": self.open_acts(row, reader, now),
        }
