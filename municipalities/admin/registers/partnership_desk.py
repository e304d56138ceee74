"""Foreign partners and other roads to one: looked up by all, kept by KS and AUC, imported from a file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.acts import Act, Visit
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.lists import Column
from kommunesamarbeid.core.desk.pages import id_in, page
from kommunesamarbeid.core.form_fields import DayField, TextField
from kommunesamarbeid.core.history import editions_of
from kommunesamarbeid.core.roles import Actor, May
from municipalities.admin.candidates.candidate_forms import YES_NO, text
from municipalities.admin.candidates.candidate_page import history_lines
from municipalities.admin.registers.partnership_upload import PAGES
from municipalities.candidates.foreign_partners import (
    ProgrammeFacts,
    save_other_programme,
    save_partnership,
)
from municipalities.choices import PartnershipKind, Programme, ProgrammeStatus
from municipalities.models import Candidate, Hromada, KnownPartnership, Municipality, OfferedThrough
from municipalities.registers import (
    HROMADA_FIELDS,
    MUNICIPALITY_FIELDS,
    fields_of,
    hromada_finder,
    municipality_finder,
)

KNOWN = {"yes": True, "no": False, "": None}


class PlaceForm(forms.Form):
    """A form about a hromada, named by its code where the address does not name it."""

    katottg = TextField(label=_("The hromada's KATOTTG"), max_length=19)

    def clean_katottg(self) -> Hromada:
        """Find the hromada."""
        hromada = hromada_finder().find(self.cleaned_data["katottg"]).only
        if hromada is None:
            raise forms.ValidationError(_("No hromada has this name or code."))
        return hromada


class PartnershipForm(forms.Form):
    """A foreign partnership as KS or AUC knows it."""

    municipality = TextField(
        label=_("Norwegian party's number"), max_length=4, required=False,
        help_text=_("Only for a Norwegian partner: the municipality number or county number."),
    )  # fmt: skip
    partner_country = forms.RegexField(
        r"^[A-Z]{2}$", label=_("Partner's country"), help_text=_("Two letters, for example NO, PL or DE.")
    )
    partner_name = TextField(label=_("Partner"), max_length=120, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=PartnershipKind.choices)
    year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2100, required=False)
    active = forms.ChoiceField(label=_("Active"), choices=YES_NO, required=False)
    source = TextField(
        label=_("Source"), max_length=400, help_text=_("A page's address, or a letter with its date.")
    )
    note = text(_("Note"), limit=2_000)

    @staticmethod
    def initial_for(partnership: KnownPartnership) -> dict[str, Any]:
        """Return the form's first values."""
        return {
            "municipality": partnership.municipality.number if partnership.municipality else "",
            "partner_country": partnership.partner_country,
            "partner_name": partnership.partner_name,
            "kind": partnership.kind,
            "year": partnership.year,
            "active": {True: "yes", False: "no", None: ""}[partnership.active],
            "source": partnership.source,
            "note": partnership.note,
        }

    def clean_municipality(self) -> Municipality | None:
        """Find the Norwegian party."""
        typed = self.cleaned_data["municipality"]
        party = municipality_finder().find(typed).only if typed else None
        if typed and party is None:
            raise forms.ValidationError(_("No Norwegian party has this number."))
        return party

    def values(self) -> dict[str, Any]:
        """Return what the service is told."""
        facts = {name: value for name, value in self.cleaned_data.items() if name != "katottg"}
        return facts | {"active": KNOWN[facts["active"]]}


class NewPartnershipForm(PlaceForm, PartnershipForm):
    """A foreign partnership that is not recorded."""

    field_order = ("katottg",)


class RoadForm(forms.Form):
    """A programme through which the hromada is offered a partner too."""

    programme = forms.ChoiceField(label=_("Programme"), choices=Programme.choices)
    name = TextField(label=_("Name, if it is another programme"), max_length=120, required=False)
    since = DayField(label=_("Since"), required=False)
    status = forms.ChoiceField(label=_("Status"), choices=ProgrammeStatus.choices)
    partnership = forms.ModelChoiceField(
        label=_("Partnership it led to"), queryset=KnownPartnership.objects.none(), required=False,
        help_text=_("So that the same partner is not counted twice."),
    )  # fmt: skip
    source = TextField(
        label=_("Source"), max_length=400, help_text=_("A page's address, or a letter with its date.")
    )

    def __init__(self, *args: Any, hromada: Hromada | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["partnership"]
        field.queryset = (
            KnownPartnership.objects.filter(hromada=hromada) if hromada else KnownPartnership.objects.none()
        )


class NewRoadForm(PlaceForm, RoadForm):
    """A programme that is not recorded for the hromada."""

    field_order = ("katottg",)


def history_page(admin: DeskAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Show every edition of what is kept by hand: when, who, before → after."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    row = get_object_or_404(admin.model, pk=id_in(object_id))
    lines = history_lines([("", editions_of(row))], admin.actor(request))
    back = admin.url("change", row.pk)
    return page(admin, request, "admin/municipalities/history.html", title=str(row), lines=lines, back=back)


def home_of(visit: Visit, hromada: Hromada | None) -> str:
    """Return the page of the hromada's candidate, or the list where it is none."""
    candidate = Candidate.objects.filter(hromada=hromada).first() if hromada else None
    if candidate is None:
        return str(visit.admin.list_url())
    return reverse("admin:municipalities_candidate_change", args=[candidate.pk]) + "#partners"


def _katottg(visit: Visit) -> str:
    """Return the hromada's code as the form brings it, or as the page one came from names it."""
    code = visit.request.POST.get("katottg") or visit.request.GET.get("katottg", "")
    return str(code)[:19].replace("\0", "")


def _row_with_place(visit: Visit) -> Any:
    rows = visit.admin.model.objects.select_related("hromada__oblast", *visit.admin.related)
    return get_object_or_404(rows, pk=visit.names["pk"])


def _about_partnership(visit: Visit) -> str:
    row = visit.row
    return f"{row.partner_name} – {row.hromada.place if row.hromada else row.place_text}"


def _change_road(*, road: OfferedThrough, facts: ProgrammeFacts, by: Actor, at: datetime) -> OfferedThrough:
    return save_other_programme(offered=road, hromada=road.hromada, facts=facts, by=by, at=at)


def _programme_facts(form: Any) -> ProgrammeFacts:
    return ProgrammeFacts(**{name: form.cleaned_data[name] for name in ROAD_FIELDS})


REVIEWERS = (May.REVIEW_CANDIDATES,)
ROAD_FIELDS = ("programme", "name", "since", "status", "partnership", "source")
_NEW: dict[str, Any] = {
    "has_row": False,
    "about": lambda visit: visit.title,
    "button": _("Save"),
    "done": _("Saved."),
}
_CHANGE: dict[str, Any] = {
    "find": _row_with_place,
    "back": lambda visit: home_of(visit, visit.row.hromada),
    "button": _("Save"),
    "done": _("Saved."),
}
PARTNERSHIP_ACTS = (
    Act(
        "add", REVIEWERS, save_partnership, form=NewPartnershipForm,
        initial=lambda visit: {"katottg": visit.request.GET.get("katottg", "")[:19], "partner_country": ""},
        values=lambda _visit, form: {"hromada": form.cleaned_data["katottg"], "values": form.values()},
        title=_("Record a foreign partnership"),
        leads_to=lambda visit, partnership: home_of(visit, partnership.hromada),
        records="partnership.kept", **_NEW,
    ),
    Act(
        "edit", REVIEWERS, save_partnership, form=PartnershipForm, subject="partnership",
        initial=lambda visit: PartnershipForm.initial_for(visit.row),
        values=lambda _visit, form: {"values": form.values()},
        title=_("Change the partnership"),
        about=_about_partnership,
        records="partnership.kept", **_CHANGE,
    ),
)  # fmt: skip
ROAD_ACTS = (
    Act(
        "add", REVIEWERS, save_other_programme, form=NewRoadForm,
        options=lambda visit: {"hromada": Hromada.objects.filter(katottg=_katottg(visit)).first()},
        initial=lambda visit: {"katottg": _katottg(visit)},
        values=lambda _visit, form: {"hromada": form.cleaned_data["katottg"], "facts": _programme_facts(form)},
        title=_("Record another road to a partner"),
        leads_to=lambda visit, road: home_of(visit, road.hromada),
        records="road.kept", **_NEW,
    ),
    Act(
        "edit", REVIEWERS, _change_road, form=RoadForm, subject="road",
        options=lambda visit: {"hromada": visit.row.hromada},
        initial=lambda visit: {name: getattr(visit.row, name) for name in ROAD_FIELDS},
        values=lambda _visit, form: {"facts": _programme_facts(form)},
        title=_("Change the other road"),
        about=lambda visit: f"{visit.row.title}: {visit.row.hromada.place}",
        records="road.kept", **_CHANGE,
    ),
)  # fmt: skip


class KindFilter(admin.SimpleListFilter):
    """Partnerships by how firm they are, in words."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """The kinds."""
        return [(kind.value, kind.label) for kind in PartnershipKind]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those of the kind."""
        return queryset.filter(kind=self.value()) if self.value() in PartnershipKind.values else queryset


def _source(partnership: KnownPartnership) -> SafeString | str:
    """Show the page it was read on, or what else it is known from."""
    if not partnership.is_page:
        return partnership.source
    return format_html(
        '<a href="{}" rel="noopener noreferrer">{}</a>', partnership.source, partnership.source.split("/")[2]
    )


def _change_link(partnership: KnownPartnership) -> SafeString:
    """Show the way to the form; whoever may not is refused there."""
    url = reverse("admin:municipalities_knownpartnership_edit", args=[partnership.pk])
    return format_html(
        '<a href="{}" aria-label="{} {}">{}</a>', url, _("Change"), partnership.partner_name, _("Change")
    )


@admin.register(KnownPartnership)
class KnownPartnershipAdmin(DeskAdmin):
    """Partnerships read in public sources, or known to KS and AUC; each edition stays readable."""

    acts = PARTNERSHIP_ACTS
    pages = PAGES
    related = ("municipality",)
    folds_filters = True
    change_list_template = "admin/municipalities/knownpartnership/change_list.html"
    list_display = (
        "partner_name",
        "partner_country",
        Column(
            "norwegian_party",
            _("Norwegian party"),
            lambda row: row.municipality.place if row.municipality else "–",
            "municipality__name",
        ),
        "hromada",
        Column("kind_now", _("kind"), lambda row: row.kind_words, "kind"),
        "reported_on",
        "active",
        Column("page", _("source"), _source),
        Column("act", _("change"), _change_link),
    )
    list_filter = ("active", KindFilter, "partner_country")
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ("hromada__oblast", "municipality__county")
    search_fields = (
        "partner_name",
        "place_text",
        *fields_of(MUNICIPALITY_FIELDS, "municipality"),
        *fields_of(HROMADA_FIELDS, "hromada"),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever reviews candidates may add."""
        return self.actor(request).may(May.REVIEW_CANDIDATES)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Readers have no way to the form."""
        return self.list_display if self.has_add_permission(request) else self.list_display[:-1]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every edition."""
        return history_page(self, request, object_id)


@admin.register(OfferedThrough)
class OfferedThroughAdmin(DeskAdmin):
    """Other programmes through which hromadas are offered partners; each edition stays readable."""

    acts = ROAD_ACTS
    related = ()
    list_display = (
        "hromada",
        Column("programme_words", _("programme"), lambda road: road.title, "programme"),
        "since",
        "status",
        "partnership",
        "source",
    )
    list_filter = ("programme", "status")
    list_select_related = ("hromada__oblast", "partnership")
    search_fields = fields_of(HROMADA_FIELDS, "hromada")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever reviews candidates may add."""
        return self.actor(request).may(May.REVIEW_CANDIDATES)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every edition."""
        return history_page(self, request, object_id)
