"""The list of candidates: three lists in one by category, with filters and search in both alphabets."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import (
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, TruncDate
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.lists import FoldedChangeList
from kommunesamarbeid.core.name_search import searched
from municipalities.admin.registers.labels import AGEING_DAYS, FRESH_DAYS
from municipalities.choices import Category, OfficialStatus, Urgency
from municipalities.models import (
    Candidate,
    Hromada,
    HromadaStatus,
    KnownPartnership,
    ListReview,
    Need,
    ResponseVersion,
    Theme,
)
from municipalities.registers import HROMADA_FIELDS, fields_of
from municipalities.registers.official_statuses import latest_edition, status_of
from municipalities.states import ResponseState

TAB = "category"
Choices = list[tuple[str, Any]]


class Tab(NamedTuple):
    """One link-tab over the list."""

    label: str | Promise
    number: int
    query: str
    is_current: bool


class CandidateChangeList(FoldedChangeList):
    """The stock list, cut by category into link-tabs, with the official status of each row on it."""

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The tab is no filter: clearing the filters keeps it."""
        return {key: value for key, value in super().get_filters_params(params).items() if key != TAB}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """Count the filtered candidates per category, then keep the chosen tab's."""
        candidates = super().get_queryset(request, exclude_parameters)
        chosen = self.params.get(TAB, "")
        self.count_tabs(candidates, chosen)
        return candidates.filter(category_now=chosen) if chosen in Category.values else candidates

    def count_tabs(self, candidates: QuerySet[Any], chosen: str) -> None:
        """Make the tabs with their numbers: one query."""
        counts = dict(candidates.order_by().values_list("category_now").annotate(n=Count("pk")))
        self.tabs = [
            Tab(
                category.label,
                counts.get(category, 0),
                self.get_query_string({TAB: category}),
                category == chosen,
            )
            for category in (Category.WAR_ZONE, Category.OUTSIDE, Category.UNDETERMINED)
        ]
        is_all = chosen not in Category.values
        self.tabs.append(Tab(_("All"), sum(counts.values()), self.get_query_string(remove=[TAB]), is_all))

    def get_results(self, request: HttpRequest) -> None:
        """Put on each row of the page what the list of candidates alone does not know.

        Three queries, whatever the number.
        """
        super().get_results(request)
        rows = list(self.result_list)
        edition = latest_edition()
        statuses = status_of([row.hromada_id for row in rows], edition) if edition else {}
        offers = norwegian_offers([row.pk for row in rows])
        for row in rows:
            row.edition, row.official, row.offers = (
                edition,
                statuses.get(row.hromada_id),
                offers.get(row.pk, 0),
            )
        self.result_list = rows
        self.filters_now = request.GET.urlencode()
        self.waiting = ListReview.objects.open().count()


class CandidateOrder(CandidateChangeList):
    """The same list for whoever needs only who is on it, and in which order."""

    def count_tabs(self, candidates: QuerySet[Any], chosen: str) -> None:
        """Nobody looks at tabs here."""

    def get_results(self, request: HttpRequest) -> None:
        """Nobody looks at rows here."""


def listed(on: date) -> QuerySet[Candidate]:
    """Return candidates with category, urgent needs and oldest confirmation on the date, and current needs."""
    current = Need.objects.current().filter(candidate=OuterRef("pk")).order_by().values("candidate")
    urgent = current.filter(urgency=Urgency.CRITICAL).annotate(n=Count("pk")).values("n")
    needs = Need.objects.current().select_related("theme").order_by("urgency", "confirmed_on", "id")
    return (
        Candidate.objects.with_category(on)
        .select_related("hromada__oblast")
        .prefetch_related(Prefetch("needs", needs, to_attr="current_needs"))
        .annotate(
            urgent_now=Coalesce(Subquery(urgent, output_field=IntegerField()), Value(0)),
            oldest_on=Subquery(current.annotate(first=Min("confirmed_on")).values("first")),
        )
    )


def norwegian_offers(candidate_ids: Collection[int]) -> dict[int, int]:
    """Return how many municipalities that are ready offer something each candidate needs, by its id. One query.

    By the last submitted version of their answers, in any theme of a current need; whether the pair is a good one is
    the matching's question.
    """
    last = (
        ResponseVersion.objects.filter(response=OuterRef("response"))
        .order_by()
        .values("response")
        .annotate(n=Max("number"))
        .values("n")
    )
    versions = ResponseVersion.objects.filter(
        response__state=ResponseState.READY, number=Subquery(last)
    ).values("pk")
    offering = Count("theme__offers__version", filter=Q(theme__offers__version__in=versions), distinct=True)
    needs = Need.objects.current().filter(candidate__in=candidate_ids).order_by()
    return dict(needs.values_list("candidate").annotate(n=offering))


def search(candidates: QuerySet[Candidate], words: str) -> QuerySet[Candidate]:
    """Find candidates by settlement, hromada or code."""
    return candidates.filter(searched(words, fields_of(HROMADA_FIELDS, "hromada")))


def of_candidates(rows: QuerySet[Any], words: str) -> QuerySet[Any]:
    """Find what belongs to candidates by the candidate."""
    return rows.filter(candidate__in=search(Candidate.objects.all(), words))


def search_hromadas(words: str) -> QuerySet[Hromada]:
    """Find hromadas by settlement, hromada or code, each with its oblast and whether it is a candidate."""
    return (
        Hromada.objects.select_related("oblast", "candidate")
        .filter(searched(words, HROMADA_FIELDS))
        .order_by("centre_en", "katottg")
    )


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
        # A list of ids read once: asked anew for each candidate, the planner walks all the needs of the theme
        # each time.
        return queryset.filter(
            pk__in=Need.objects.current().filter(theme__slug=self.value()).values("candidate")
        )


class StatusFilter(SimpleListFilter):
    """Candidates by what the latest edition of the official list says of the hromada or a part of it."""

    title = _("official status")
    parameter_name = "official"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """The classes of the list, and not on it."""
        return [
            *((status.value, status.label) for status in OfficialStatus),
            ("none", _("not on the list now")),
        ]

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
        return [
            ("fresh", _("up to 60 days")),
            ("ageing", _("61–120 days")),
            ("old", _("over 120 days")),
            ("none", _("no needs")),
        ]

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


class UrgentFilter(SimpleListFilter):
    """Candidates with a critical current need."""

    title = _("urgent")
    parameter_name = "urgent"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        """Yes or no."""
        return [("yes", _("has a critical need")), ("no", _("has none"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those that have one, or have none."""
        return queryset.filter(
            {"yes": Q(urgent_now__gt=0), "no": Q(urgent_now=0)}.get(self.value() or "", Q())
        )


class PartnerFilter(SimpleListFilter):
    """Candidates by the foreign partners that are known of and not ended."""

    title = _("existing partners")
    parameter_name = "partners"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        """None known, some, a Norwegian one."""
        return [("none", _("none known")), ("some", _("at least one")), ("norwegian", _("a Norwegian one"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those with such a partner, or with none."""
        partners = KnownPartnership.objects.filter(hromada=OuterRef("hromada")).exclude(active=False)
        conditions = {
            "none": ~Exists(partners),
            "some": Exists(partners),
            "norwegian": Exists(partners.filter(partner_country="NO")),
        }
        return queryset.filter(conditions[value]) if (value := self.value() or "") in conditions else queryset


class PopulationFilter(SimpleListFilter):
    """Candidates by inhabitants."""

    title = _("inhabitants")
    parameter_name = "inhabitants"
    BANDS = {"s": (0, 10_000), "m": (10_000, 30_000), "l": (30_000, 100_000), "xl": (100_000, 10_000_000)}

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        """Four bands."""
        return [
            ("s", _("under 10,000")),
            ("m", _("10,000–29,999")),
            ("l", _("30,000–99,999")),
            ("xl", _("100,000 or more")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those of the band."""
        if (value := self.value() or "") not in self.BANDS:
            return queryset
        low, high = self.BANDS[value]
        return queryset.filter(hromada__population__gte=low, hromada__population__lt=high)


class AskedFilter(SimpleListFilter):
    """Candidates AUC was asked to update, and whose needs are not all confirmed since."""

    title = _("AUC was asked to update")
    parameter_name = "asked"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        """Only those that wait."""
        return [("yes", _("waits for AUC"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those that wait."""
        return queryset.filter(waits_for_update()) if self.value() == "yes" else queryset


def waits_for_update() -> Q:
    """Return the condition on `listed` candidates.

    Asked for, and a need's confirmation is older than that.
    """
    return Q(update_asked_at__isnull=False) & (
        Q(oldest_on=None) | Q(oldest_on__lt=TruncDate(F("update_asked_at")))
    )
