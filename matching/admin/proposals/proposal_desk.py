"""The desk's proposals: what published runs propose, one page per pair, each decision at its address."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.lists import Column, filters_of
from kommunesamarbeid.core.desk.pages import id_in, may
from kommunesamarbeid.core.desk.trail import TrailAdmin
from kommunesamarbeid.core.templatetags.ui import points as in_thousands
from matching.admin.proposals import (
    bulk_pages,
    case_pages,
    decision_acts,
    decision_log,
    pair_pages,
    queue_pages,
)
from matching.admin.proposals.decision_page import decision_context
from matching.admin.proposals.pair_words import pair_name
from matching.decisions import workload
from matching.models import Decision, Proposal
from matching.states import UNDECIDED, RunState
from municipalities.choices import Category
from municipalities.registers import HROMADA_FIELDS, MUNICIPALITY_FIELDS, fields_of

COUNTY, OBLAST = "response__municipality__county__name", "candidate__hromada__oblast__name_en"
CATEGORY = "assessment__category"


class StaleFilter(admin.SimpleListFilter):
    """Proposals whose data have changed since they were computed."""

    title = _("data")
    parameter_name = "stale"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """One choice beside all."""
        return [("1", _("changed since the run"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Only undecided ones: what is decided stands."""
        return queryset.filter(stale=True, state__in=UNDECIDED) if self.value() == "1" else queryset


def freshness(proposal: Any) -> SafeString | str:
    """Say whether a need or an answer has changed since the run."""
    if not proposal.stale or proposal.state not in UNDECIDED:
        return ""
    return format_html('<span class="desk-tag" data-color="warning">{}</span>', _("changed since the run"))


def score(proposal: Proposal) -> SafeString:
    """Show points of 10,000 as a number and a bar."""
    bar = '<span class="desk-nowrap"><meter class="desk-meter desk-meter--small" min="0" max="10000" value="{}" aria-hidden="true"></meter> {}</span>'
    return format_html(bar, proposal.points, in_thousands(proposal.points))


@admin.register(Proposal)
class ProposalAdmin(TrailAdmin):
    """Proposals for KS and AUC; a run's proposals are here from the day it is published for review."""

    subject = "proposal"
    acts = (
        decision_acts.APPROVE,
        decision_acts.RESUME,
        decision_acts.HOLD,
        case_pages.ASK_AUC,
        decision_acts.REJECT,
        decision_acts.WITHDRAW,
        case_pages.NOTE,
        case_pages.ASSIGN,
        case_pages.ANSWER_KS,
        pair_pages.WHY_NOT,
        pair_pages.ASK_AGAIN,
        pair_pages.CONSEQUENCES,
        pair_pages.CHOOSE,
        pair_pages.MAKE,
    )
    pages = (*case_pages.PAGES, *pair_pages.PAGES, *bulk_pages.PAGES, *queue_pages.PAGES)
    lists = (decision_log.LOG,)
    export = queue_pages.EXPORT
    trail: ClassVar[dict[str, Any]] = {"proposal.next_best": _("Next best looked for")}
    detail_template = "admin/matching/proposal/detail.html"
    change_list_template = "admin/matching/change_list.html"
    list_display = (
        Column("pair", _("Pair"), pair_name, "response__municipality__name"),
        Column("county", _("County"), lambda row: row.response.municipality.county, COUNTY),
        Column("oblast", _("Oblast"), lambda row: row.candidate.hromada.oblast, OBLAST),
        Column("category", _("Category"), lambda row: Category(row.assessment.category).label, CATEGORY),
        Column("score", _("Score"), score, "points"),
        "state",
        Column("freshness", _("Data"), freshness, "stale"),
        "run",
    )
    actions = ("approve_several",)  # type: ignore[assignment]  # the desk's lists have none unless one is opened on purpose
    list_filter = (
        "state",
        StaleFilter,
        "origin",
        ("assigned_to", admin.RelatedOnlyFieldListFilter),
        "run",
        ("response__municipality__county", admin.RelatedOnlyFieldListFilter),
        ("candidate__hromada__oblast", admin.RelatedOnlyFieldListFilter),
        "assessment__category",
    )
    search_fields = (
        *fields_of(MUNICIPALITY_FIELDS, "response__municipality"),
        *fields_of(HROMADA_FIELDS, "candidate__hromada"),
    )
    search_help_text = _("Municipality, settlement, number or KATOTTG")
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-run_id", "-points", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposal]:
        """Only what a published run proposes, with everything a row or a page names."""
        decided = Decision.objects.select_related("decided_by").order_by("id")
        published: QuerySet[Proposal] = super().get_queryset(request).filter(run__state=RunState.PUBLISHED)
        return (
            workload.with_staleness(published)
            .select_related(
                "assigned_to",
                "run",
                "assessment",
                "version",
                "response__municipality__county",
                "candidate__hromada__oblast",
            )
            .prefetch_related(Prefetch("decisions", decided))
        )

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Who has a case stays within KS."""
        assigned = ("assigned_to", admin.RelatedOnlyFieldListFilter)
        of_ks = self.actor(request).is_of_ks
        return [spec for spec in self.list_filter if spec != assigned or of_ks]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nor is it asked for by an address written by hand."""
        of_ks = self.actor(request).is_of_ks
        return (of_ks or not lookup.startswith("assigned_to")) and super().lookup_allowed(
            lookup, value, request
        )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Approving several is for whoever may approve one; nothing else is done from the list."""
        actions = super().get_actions(request)
        return {
            name: action
            for name, action in actions.items()
            if name == "approve_several" and may(self.actor(request), decision_acts.DECIDERS)
        }

    @admin.action(description=_("Approve the chosen proposals"))
    def approve_several(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> HttpResponse:
        """Go to the page that confirms."""
        ids = ",".join(str(pk) for pk in queryset.values_list("pk", flat=True)[: bulk_pages.MAX_BULK])
        return HttpResponseRedirect(f"{self.url('bulk')}?{urlencode({'ids': ids})}")

    def get_row(self, request: HttpRequest, pk: Any) -> Proposal:
        """Return the proposal; an act on it needs less than its page."""
        rows = self.get_queryset(request)
        row: Proposal = get_object_or_404(
            rows.prefetch_related(None) if request.method == "POST" else rows, pk=id_in(pk)
        )
        return row

    def about(self, row: Any) -> str:
        """The pair."""
        return pair_name(row)

    def names(self, row: Any) -> dict[str, str]:
        """The pair, for titles."""
        return {"pair": pair_name(row)}

    def url_of(self, row: Proposal, request: HttpRequest | None = None) -> str:
        """The proposal's page, with the filters of the list one came from."""
        return super().url_of(row) + (filters_of(request) if request else "")

    def detail(self, request: HttpRequest, row: Proposal) -> dict[str, Any]:
        """What a decision needs."""
        reader, now = self.actor(request), timezone.now()
        return {
            "title": pair_name(row),
            **decision_context(row, reader, now),
            "acts": self.open_acts(row, reader, now),
            "queue": queue_pages.rank_in_queue(self, request, row),
            "kept": filters_of(request),
        }
