"""The desk's candidates: the list by category, one page per candidate, and each act at an address of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from municipalities.admin.candidate_acts import CandidateActs
from municipalities.admin.candidate_list import (
    AgeFilter,
    CandidateChangeList,
    StatusFilter,
    ThemeFilter,
    listed,
    search,
)
from municipalities.admin.words import age_tag, place_cell, status_words
from municipalities.models import Candidate


@admin.register(Candidate)
class CandidateAdmin(CandidateActs):
    """Candidates for KS and AUC."""

    change_list_template = "admin/municipalities/candidate/change_list.html"
    list_display = ("place", "official_status", "urgent_needs", "top_themes", "data_age", "state")
    list_filter = (("hromada__oblast", admin.RelatedFieldListFilter), "state", StatusFilter, ThemeFilter, AgeFilter)
    search_fields = ("hromada__katottg", "hromada__centre_uk", "hromada__centre_en")
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Candidates as they stand today."""
        return listed(timezone.localdate())

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Whoever has most that is urgent first."""
        return ("-urgent_now", "hromada__centre_en", "hromada__katottg")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list under its own name."""
        return super().changelist_view(request, {"title": _("Candidates"), **(extra_context or {})})

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CandidateChangeList]:
        """The list with tabs."""
        return CandidateChangeList

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """Search in both alphabets, in any case."""
        return search(queryset, search_term), False

    @admin.display(description=_("Place"), ordering="hromada__centre_en")
    def place(self, obj: Candidate) -> SafeString:
        """Both names and the oblast."""
        return place_cell(obj)

    @admin.display(description=_("Official status"))
    def official_status(self, obj: Any) -> SafeString | str:
        """The latest edition's words, with its date: a status without its date says nothing."""
        if obj.edition is None:
            return "–"
        edition = _("edition of %(date)s") % {"date": date_format(obj.edition.edition_on, "SHORT_DATE_FORMAT")}
        return format_html('{}<br><span class="quiet">{}</span>', status_words(obj.official), edition)

    @admin.display(description=_("Urgent needs"), ordering="urgent_now")
    def urgent_needs(self, obj: Any) -> int:
        """How many current needs are critical."""
        return int(obj.urgent_now)

    @admin.display(description=_("Top themes"))
    def top_themes(self, obj: Any) -> str:
        """The themes of the three most urgent needs."""
        return ", ".join(dict.fromkeys(need.theme.name for need in obj.current_needs[:3])) or "–"

    @admin.display(description=_("Age of data"), ordering="oldest_on")
    def data_age(self, obj: Any) -> SafeString:
        """The age of the oldest confirmation."""
        return age_tag(obj.oldest_on, timezone.localdate())
