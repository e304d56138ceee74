"""The desk's registers are looked up and never edited; a place is shown with its county or oblast."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce, Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core import languages
from kommunesamarbeid.core.desk.acts import Act
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.pages import id_in, page
from kommunesamarbeid.core.form_fields import AddressField
from kommunesamarbeid.core.roles import May
from municipalities.access.links import save_mailbox
from municipalities.admin.registers.labels import edition_tag
from municipalities.admin.registers.official_list_desk import EDITION_PAGES, HISTORY_PAGE, edition_history
from municipalities.models import (
    County,
    Hromada,
    HromadaStatus,
    Municipality,
    Oblast,
    OfficialListEdition,
    OfficialListEntry,
    Theme,
)
from municipalities.registers import HROMADA_FIELDS, MUNICIPALITY_FIELDS, fields_of
from municipalities.registers.official_statuses import latest_edition

UNKNOWN = "–"


@admin.register(County)
class CountyAdmin(DeskAdmin):
    """The 15 counties."""

    list_display = ("number", "name", "parties")
    search_fields = ("number", "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[County]:
        """Count the parties."""
        counties: QuerySet[County] = super().get_queryset(request)
        return counties.annotate(n_parties=Count("municipalities"))

    @admin.display(description=_("parties"), ordering="n_parties")
    def parties(self, county: Any) -> SafeString:
        """How many, as a link to them."""
        return _link("municipality", "county", county.pk, county.n_parties)


class MailboxForm(forms.Form):
    """The office's address, or none."""

    mailbox = AddressField(label=_("E-mail address (postmottak)"), required=False)


MAILBOX = Act(
    "mailbox", (May.ACCEPT_ADDRESSES,), save_mailbox, form=MailboxForm,
    initial=lambda visit: {"mailbox": visit.row.mailbox},
    values=lambda _visit, form: {"address": form.cleaned_data["mailbox"]},
    title=_("The office's e-mail address"), button=_("Save"),
    intro=_("Receipts go here too, for the municipality's archive. They hold a reference number, never answers."),
    done=_("The address is saved."),
    records="municipality.mailbox",
)  # fmt: skip


@admin.register(Municipality)
class MunicipalityAdmin(DeskAdmin):
    """The 371 Norwegian parties."""

    subject = "municipality"
    acts = (MAILBOX,)
    list_display = (
        "number", "name", "county", "kind", "population", "population_year", "written_standard", "centrality_class", "coastal",
    )  # fmt: skip
    list_filter = ("kind", "written_standard", "centrality_class", "coastal", "county")
    list_select_related = ("county",)
    search_fields = (*MUNICIPALITY_FIELDS, "organisation_number")
    change_form_template = "admin/municipalities/municipality/change_form.html"

    def get_row(self, request: HttpRequest, pk: Any) -> Municipality:
        """Return the municipality with its county, or 404."""
        return get_object_or_404(Municipality.objects.select_related("county"), pk=id_in(pk))

    def about(self, row: Municipality) -> str:
        """The municipality with its county."""
        return row.place


@admin.register(Oblast)
class OblastAdmin(DeskAdmin):
    """The oblasts and Kyiv."""

    list_display = ("iso", "latin", "name_uk", "hromadas")
    fields = ("code", "iso", "latin", "name_uk")
    readonly_fields = ("latin",)
    search_fields = ("iso", "code", "name_uk", "name_en")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Oblast]:
        """Count the hromadas."""
        oblasts: QuerySet[Oblast] = super().get_queryset(request)
        return oblasts.annotate(n_hromadas=Count("hromadas"))

    @admin.display(description=_("Latin name"), ordering="name_en")
    def latin(self, oblast: Oblast) -> str:
        """The name in Latin letters, with the reader's word for oblast."""
        return oblast.latin

    @admin.display(description=_("hromadas"), ordering="n_hromadas")
    def hromadas(self, oblast: Any) -> SafeString:
        """How many, as a link to them."""
        return _link("hromada", "oblast", oblast.pk, oblast.n_hromadas)


@admin.register(Hromada)
class HromadaAdmin(DeskAdmin):
    """The 1,470 Ukrainian units, with raion, kind and code.

    Settlement and oblast do not always tell two apart.
    """

    list_display = (
        "katottg", "centre_en", "centre_uk", "oblast", "raion", "kind", "population", "population_year", "official_status",
    )  # fmt: skip
    list_filter = ("kind", "oblast")
    list_select_related = ("oblast",)
    search_fields = HROMADA_FIELDS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hromada]:
        """Bring the latest edition's status along: one query, whatever the number of rows."""
        statuses = HromadaStatus.objects.filter(edition=latest_edition()).select_related("edition")
        return (
            super()
            .get_queryset(request)
            .prefetch_related(Prefetch("statuses", statuses, to_attr="latest_statuses"))
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """All columns, and what the official list said."""
        return [*super().get_fields(request, obj), "official_status"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The status is no column."""
        return ["official_status"]

    @admin.display(description=_("raion"), ordering="raion_en")
    def raion(self, hromada: Hromada) -> str:
        """The raion in the reader's letters."""
        return (hromada.raion_uk if languages.is_ukrainian() else hromada.raion_en) or UNKNOWN

    @admin.display(description=_("official list"))
    def official_status(self, hromada: Any) -> str | SafeString:
        """What the latest edition said, with its date: it is evidence of that day, not of today."""
        for status in hromada.latest_statuses:
            whole, part = status.get_whole_display(), status.get_part_display()
            text = whole or (_("ended") if status.closed_on else "")
            if part:
                text = format_html("{}{}{}: {}", text, "; " if text else "", _("in part"), part)
            return format_html("{} ({})", text, status.edition.edition_on.isoformat())
        return UNKNOWN


@admin.register(Theme)
class ThemeAdmin(DeskAdmin):
    """The themes in four languages."""

    list_display = (
        "position",
        "slug",
        "name_nb",
        "name_nn",
        "name_en",
        "name_uk",
        "horizon",
        "scope",
        "retired_at",
    )
    list_display_links = ("slug",)
    list_filter = ("scope", "horizon")
    search_fields = ("slug", "name_nb", "name_nn", "name_en", "name_uk")


@admin.register(OfficialListEdition)
class EditionAdmin(DeskAdmin):
    """The editions of the official list that are loaded.

    One that comes in is sent, tried and loaded, never edited.
    """

    pages = EDITION_PAGES
    list_display = ("edition_on", "age", "order_number", "rules", "entries", "hromadas", "loaded_at")
    search_fields = ("order_number", "rule_version")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OfficialListEdition]:
        """Count entries and the hromadas they concern, each by itself: joined they would be millions."""
        editions: QuerySet[OfficialListEdition] = super().get_queryset(request)
        return editions.annotate(n_entries=_count_of(OfficialListEntry), n_hromadas=_count_of(HromadaStatus))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever reviews candidates may load an edition."""
        return self.actor(request).may(May.REVIEW_CANDIDATES)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who loaded the edition, when, and what the load changed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        edition = get_object_or_404(OfficialListEdition, pk=id_in(object_id))
        return page(self, request, HISTORY_PAGE, **edition_history(edition, self.actor(request)))

    @admin.display(description=_("age"), ordering="edition_on")
    def age(self, edition: OfficialListEdition) -> SafeString:
        """How old the evidence is."""
        return edition_tag(edition.edition_on, timezone.localdate())

    @admin.display(description=_("rule version"), ordering="rule_version")
    def rules(self, edition: OfficialListEdition) -> str:
        """The rules by which it was made, in the reader's language."""
        return gettext(edition.rule_version)

    @admin.display(description=_("entries"), ordering="n_entries")
    def entries(self, edition: Any) -> SafeString:
        """How many, as a link to them."""
        return _link("officiallistentry", "edition", edition.pk, edition.n_entries)

    @admin.display(description=_("hromadas"), ordering="n_hromadas")
    def hromadas(self, edition: Any) -> int:
        """How many hromadas were on the list."""
        return int(edition.n_hromadas)


class OpenFilter(SimpleListFilter):
    """Entries that were open in their edition, or had ended."""

    title = _("open in the edition")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Yes or no."""
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those without an end, or with one."""
        return queryset if self.value() is None else queryset.filter(ends_on__isnull=self.value() == "yes")


@admin.register(OfficialListEntry)
class EntryAdmin(DeskAdmin):
    """The entries of an edition as printed; the oblast is read off the territory's code."""

    list_display = (
        "line", "territory_code", "name_uk", "level", "oblast", "hromada", "status", "starts_on", "ends_on", "except_uk", "edition",
    )  # fmt: skip
    list_filter = ("edition", "status", "level", OpenFilter)
    list_select_related = ("edition", "hromada__oblast")
    search_fields = (
        "territory_code",
        "name_uk",
        "except_uk",
        *fields_of(HROMADA_FIELDS, "hromada"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[OfficialListEntry]:
        """Name the oblast by the first two digits of the code."""
        oblasts = Oblast.objects.annotate(area=Substr("code", 1, 4)).filter(area=OuterRef("area"))
        entries: QuerySet[OfficialListEntry] = super().get_queryset(request)
        return entries.annotate(area=Substr("territory_code", 1, 4)).annotate(
            oblast_uk=Subquery(oblasts.values("name_uk")[:1]),
            oblast_en=Subquery(oblasts.values("name_en")[:1]),
        )

    @admin.display(description=_("oblast"))
    def oblast(self, entry: Any) -> str:
        """The oblast; none for territories outside the register."""
        return str(Oblast(name_uk=entry.oblast_uk, name_en=entry.oblast_en)) if entry.oblast_uk else UNKNOWN


def _count_of(model: type[OfficialListEntry | HromadaStatus]) -> Coalesce:
    """Return the number of an edition's rows in another table."""
    rows = (
        model._default_manager.filter(edition=OuterRef("pk"))
        .order_by()
        .values("edition")
        .annotate(n=Count("pk"))
    )
    return Coalesce(Subquery(rows.values("n")), 0)


def _link(model: str, field: str, pk: int, count: int) -> SafeString:
    """Return the count as a link to the counted rows."""
    return format_html(
        '<a href="{}?{}__id__exact={}">{}</a>',
        reverse(f"admin:municipalities_{model}_changelist"),
        field,
        pk,
        count,
    )
