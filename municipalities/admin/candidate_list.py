"""The list of candidates: three lists in one by category, with filters, search in both alphabets, and what to look at first."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, Exists, IntegerField, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from municipalities.admin.words import AGEING_DAYS, FRESH_DAYS
from municipalities.candidates import in_force
from municipalities.choices import Category, OfficialStatus, Urgency
from municipalities.models import Candidate, CategoryAssessment, Hromada, HromadaStatus, Need, Theme
from municipalities.official_list import latest_edition, status_of

TAB = "category"
SEARCHED = ("katottg", "name_uk", "name_en", "former_name_uk", "centre_uk", "centre_en")


class Tab(NamedTuple):
    """One link-tab over the list."""

    label: str | Promise
    number: int
    query: str
    is_current: bool


class CandidateChangeList(ChangeList):
    """The stock list, cut by category into link-tabs, with the official status of each row on it."""

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The tab is no filter: clearing the filters keeps it."""
        return {key: value for key, value in super().get_filters_params(params).items() if key != TAB}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """Count the filtered candidates per category, then keep the chosen tab's."""
        found = super().get_queryset(request, exclude_parameters)
        counts = dict(found.order_by().values_list("category_now").annotate(n=Count("pk")))
        chosen = self.params.get(TAB, "")
        self.tabs = [
            Tab(label, counts.get(value, 0), self.get_query_string({TAB: value}), value == chosen)
            for value, label in (
                (Category.WAR_ZONE, Category.WAR_ZONE.label),
                (Category.OUTSIDE, Category.OUTSIDE.label),
                (Category.UNDETERMINED, Category.UNDETERMINED.label),
            )
        ]
        chosen_is_tab = chosen in Category.values
        self.tabs.append(Tab(_("All"), sum(counts.values()), self.get_query_string(remove=[TAB]), not chosen_is_tab))
        return found.filter(category_now=chosen) if chosen_is_tab else found

    def get_results(self, request: HttpRequest) -> None:
        """Put the latest edition's status on each row of the page: two queries, whatever the number."""
        super().get_results(request)
        rows = list(self.result_list)
        edition = latest_edition()
        statuses = status_of([row.hromada_id for row in rows], edition) if edition else {}
        for row in rows:
            row.edition, row.official = edition, statuses.get(row.hromada_id)
        self.result_list = rows


def listed(on: date) -> QuerySet[Candidate]:
    """Return candidates with their category, urgent needs and oldest confirmation on the date, and their current needs."""
    held = CategoryAssessment.objects.filter(in_force(on), candidate=OuterRef("pk")).order_by("-confirmed_at", "-id")
    current = Need.objects.current().filter(candidate=OuterRef("pk")).order_by().values("candidate")
    urgent = current.filter(urgency=Urgency.CRITICAL).annotate(n=Count("pk")).values("n")
    needs = Need.objects.current().select_related("theme").order_by("urgency", "confirmed_on", "id")
    return Candidate.objects.select_related("hromada__oblast").prefetch_related(Prefetch("needs", needs, to_attr="current_needs")).annotate(
        category_now=Coalesce(Subquery(held.values("category")[:1]), Value(Category.UNDETERMINED.value)),
        urgent_now=Coalesce(Subquery(urgent, output_field=IntegerField()), Value(0)),
        oldest_on=Subquery(current.annotate(first=Min("confirmed_on")).values("first")),
    )  # fmt: skip


def search(candidates: QuerySet[Candidate], words: str) -> QuerySet[Candidate]:
    """Find candidates by settlement, hromada or code."""
    return candidates.filter(_found(words, "hromada__"))


def search_hromadas(words: str) -> QuerySet[Hromada]:
    """Find hromadas by settlement, hromada or code, each with its oblast and whether it is a candidate."""
    return Hromada.objects.select_related("oblast", "candidate").filter(_found(words)).order_by("centre_en", "katottg")


def _found(words: str, prefix: str = "") -> Q:
    """Return the condition: every word is found. Each is tried in the cases people type, for SQLite folds Latin only."""
    condition = Q()
    for word in words.split():
        variants = (word, word.lower(), word.capitalize(), word.upper())
        pairs = [(f"{prefix}{field}__icontains", variant) for field in SEARCHED for variant in dict.fromkeys(variants)]
        condition &= Q(*pairs, _connector=Q.OR)
    return condition


class ThemeFilter(SimpleListFilter):
    """Candidates with a current need within a theme."""

    title = _("theme")
    parameter_name = "theme"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        """The themes that can be chosen."""
        return [(theme.slug, theme.name) for theme in Theme.objects.current()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those with such a need."""
        if self.value() not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(Exists(Need.objects.current().filter(candidate=OuterRef("pk"), theme__slug=self.value())))


class StatusFilter(SimpleListFilter):
    """Candidates by what the latest edition of the official list says of the whole hromada or a part of it."""

    title = _("official status")
    parameter_name = "official"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """The classes of the list, and not on it."""
        return [*((status.value, status.label) for status in OfficialStatus), ("none", _("not on the list now"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those with the status."""
        value = self.value()
        if value not in dict(self.lookup_choices):
            return queryset
        statuses = HromadaStatus.objects.filter(edition=latest_edition(), hromada=OuterRef("hromada"))
        if value == "none":
            return queryset.exclude(Exists(statuses.exclude(whole="", part="")))
        return queryset.filter(Exists(statuses.filter(Q(whole=value) | Q(part=value))))


class AgeFilter(SimpleListFilter):
    """Candidates by the age of their oldest confirmation of a current need."""

    title = _("age of data")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """The three bands, and no needs."""
        return [("fresh", _("up to 60 days")), ("ageing", _("61–120 days")), ("old", _("over 120 days")), ("none", _("no needs"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those of the band."""
        today = timezone.localdate()
        fresh, ageing = today - timedelta(days=FRESH_DAYS), today - timedelta(days=AGEING_DAYS)
        bands = {
            "fresh": Q(oldest_on__gte=fresh),
            "ageing": Q(oldest_on__lt=fresh, oldest_on__gte=ageing),
            "old": Q(oldest_on__lt=ageing),
            "none": Q(oldest_on=None),
        }
        return queryset.filter(bands.get(self.value() or "", Q()))
