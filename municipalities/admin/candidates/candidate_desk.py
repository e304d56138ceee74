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

from municipalities.admin.candidates.candidate_acts import CandidateActs
from municipalities.admin.candidates.candidate_bulk import CandidateBulk
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
from municipalities.admin.candidates.candidate_upload import CandidateImport
from municipalities.admin.registers.labels import age_tag, edition_tag, place_cell, status_words
from municipalities.models import Candidate


@admin.register(Candidate)
class CandidateAdmin(CandidateBulk, CandidateImport, CandidateActs):
    """Candidates for KS and AUC."""

    change_list_template = "admin/municipalities/candidate/change_list.html"
    list_display = (
        "chosen", "place", "official_status", "urgent_needs", "top_themes", "data_age", "norwegian_offers", "review",
    )  # fmt: skip
    list_display_links = ("place",)
    list_filter = (
        "state", StatusFilter, AgeFilter, UrgentFilter, "priority", PartnerFilter, PopulationFilter, AskedFilter, ThemeFilter,
        ("hromada__oblast", admin.RelatedFieldListFilter),
    )  # fmt: skip
    search_fields = ("hromada__katottg", "hromada__centre_uk", "hromada__centre_en")
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Candidates as they stand today."""
        return listed(timezone.localdate())

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Whoever has most that is urgent first."""
        return ("-urgent_now", "hromada__centre_en", "hromada__katottg")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list under its own name."""
        return super().changelist_view(request, {"title": _("Candidates"), **(extra_context or {})})

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CandidateChangeList]:
        """The list with tabs, or only its order."""
        return CandidateOrder if getattr(request, "only_order", False) else CandidateChangeList

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Whoever cannot act on rows has nothing to choose them for."""
        return self.list_display if self.may_review(request) else self.list_display[1:]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search in both alphabets, in any case."""
        return search(queryset, search_term), False

    @admin.display(description=_("Choose"))
    def chosen(self, obj: Candidate) -> SafeString:
        """A box that belongs to the form above the list."""
        label = _("Choose %(place)s") % {"place": obj.hromada.name}
        return format_html(
            '<input type="checkbox" name="chosen" value="{}" form="desk-bulk" aria-label="{}">', obj.pk, label
        )

    @admin.display(description=_("Norwegian offers"))
    def norwegian_offers(self, obj: Any) -> int:
        """How many municipalities that are ready offer something it needs."""
        return int(obj.offers)

    @admin.display(description=_("Place"), ordering="hromada__centre_en")
    def place(self, obj: Candidate) -> SafeString:
        """Both names and the oblast."""
        return place_cell(obj)

    @admin.display(description=_("Official status"))
    def official_status(self, obj: Any) -> SafeString | str:
        """The latest edition's words, with its date and age: a status without its date says nothing."""
        if obj.edition is None:
            return "–"
        return format_html(
            "{}<br>{}", status_words(obj.official), edition_tag(obj.edition.edition_on, timezone.localdate())
        )

    @admin.display(description=_("State"), ordering="state")
    def review(self, obj: Candidate) -> SafeString | str:
        """Where the review stands, and AUC's priority when there is one."""
        if obj.priority is None:
            return obj.get_state_display()
        return format_html(
            '{}<br><span class="quiet">{}: {}</span>',
            obj.get_state_display(),
            _("priority"),
            obj.get_priority_display(),
        )

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
        """The age of the oldest confirmation, and whether AUC was asked since."""
        age = age_tag(obj.oldest_on, timezone.localdate())
        asked = obj.update_asked_at and timezone.localdate(obj.update_asked_at)
        if not asked or (obj.oldest_on and obj.oldest_on >= asked):
            return age
        words = _("asked for %(date)s") % {"date": date_format(asked, "SHORT_DATE_FORMAT")}
        return format_html('{}<br><span class="quiet">{}</span>', age, words)
