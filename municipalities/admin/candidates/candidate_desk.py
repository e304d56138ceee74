"""The desk's candidates: the list by category, one page per candidate, each act at an address of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.lists import KEPT, Search, filters_of, rank_in
from kommunesamarbeid.core.desk.pages import id_in, page
from kommunesamarbeid.core.roles import May
from municipalities.admin.candidates import candidate_acts, candidate_bulk, candidate_upload
from municipalities.admin.candidates.candidate_columns import COLUMNS, PLACE
from municipalities.admin.candidates.candidate_list import (
    AgeFilter,
    AskedFilter,
    CandidateChangeList,
    CandidateOrder,
    PartnerFilter,
    PopulationFilter,
    StatusFilter,
    ThemeFilter,
    UrgentFilter,
    listed,
    search,
)
from municipalities.admin.candidates.candidate_page import candidate_context, candidate_lines, links_beside
from municipalities.models import Candidate

FOLDER = "admin/municipalities/candidate"


@admin.register(Candidate)
class CandidateAdmin(DeskAdmin):
    """Candidates for KS and AUC."""

    subject = "candidate"
    acts = candidate_acts.ACTS
    pages = (*candidate_acts.PAGES, *candidate_bulk.PAGES, *candidate_upload.PAGES)
    search = Search(search)
    list_title = _("Candidates")
    act_template = f"{FOLDER}/form.html"
    detail_template = f"{FOLDER}/detail.html"
    change_list_template = f"{FOLDER}/change_list.html"
    list_display = COLUMNS
    list_display_links = (PLACE,)
    list_filter = (
        "state", StatusFilter, AgeFilter, UrgentFilter, "priority", PartnerFilter, PopulationFilter, AskedFilter, ThemeFilter,
        ("hromada__oblast", admin.RelatedFieldListFilter),
    )  # fmt: skip
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Candidates as they stand today."""
        return listed(timezone.localdate())

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Whoever has most that is urgent first."""
        return ("-urgent_now", "hromada__centre_en", "hromada__katottg")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CandidateChangeList]:
        """The list with tabs, or only its order."""
        return CandidateOrder if getattr(request, "is_order_only", False) else CandidateChangeList

    def get_list_display(self, request: HttpRequest) -> Any:
        """Whoever cannot act on rows has nothing to choose them for."""
        return self.list_display if self.may_review(request) else self.list_display[1:]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the form for whoever may act on many."""
        acts = list(candidate_bulk.WORDS.items()) if self.may_review(request) else []
        return super().changelist_view(request, {"bulk_acts": acts, **(extra_context or {})})

    def may_review(self, request: HttpRequest) -> bool:
        """Say whether the reader may act on candidates at all."""
        return self.actor(request).may(May.REVIEW_CANDIDATES)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever reviews candidates may add one."""
        return self.may_review(request)

    def get_row(self, request: HttpRequest, pk: Any) -> Candidate:
        """Return the candidate with its place, or 404."""
        return get_object_or_404(Candidate.objects.select_related("hromada__oblast"), pk=id_in(pk))

    def about(self, row: Any) -> str:
        """The place, of a candidate or of what stands on its page."""
        return row.hromada.place if isinstance(row, Candidate) else ""

    def url_of(self, row: Candidate, request: HttpRequest | None = None) -> str:
        """The candidate's page, with the filters of the list one came from."""
        return super().url_of(row) + (filters_of(request) if request else "")

    def detail(self, request: HttpRequest, row: Candidate) -> dict[str, Any]:
        """Everything about one candidate, and its neighbours in the list one came from."""
        reader, now = self.actor(request), timezone.now()
        hromada = row.hromada
        return {
            "title": f"{hromada.centre_uk} · {hromada.centre_en} ({hromada.oblast})",
            **candidate_context(row, reader, now),
            "acts": [*self.open_acts(row, reader, now), *links_beside(row, reader)],
            **self._rank(request, row),
        }

    def _rank(self, request: HttpRequest, candidate: Candidate) -> dict[str, Any]:
        """Return where one is in the list one came from, and the way to its neighbours, filters kept."""
        if KEPT not in request.GET:
            return {"place": None, "kept": ""}
        filters = request.GET[KEPT]
        rank = rank_in(candidate_bulk.listed_ids(self, request, filters), candidate.pk)
        back = self.list_url() + (f"?{filters}" if filters else "")
        return {"place": rank if rank.number else None, "kept": filters_of(request), "list_url": back}

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every edition of the candidate and of what is kept about it: when, who, before → after."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        candidate, reader = self.get_row(request, object_id), self.actor(request)
        title = _("History: %(place)s") % {"place": candidate.hromada.place}
        return page(
            self,
            request,
            "admin/municipalities/history.html",
            title=title,
            candidate=candidate,
            back=self.url_of(candidate, request),
            lines=candidate_lines(candidate, reader),
        )
