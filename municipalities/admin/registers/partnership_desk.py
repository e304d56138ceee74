"""Foreign partners and other roads to one at the desk: looked up by all, kept by KS and AUC, imported from a file."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.act_pages import Act, act_page, act_url, page
from kommunesamarbeid.core.desk.folded_filters import FoldedChangeList
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.form_fields import DayField, TextField
from kommunesamarbeid.core.history import editions_of
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import May
from municipalities.admin.candidates.candidate_forms import YES_NO, text
from municipalities.admin.candidates.candidate_page import history_lines
from municipalities.admin.registers.register_desk import RegisterAdmin
from municipalities.admin.registers.upload_pages import FOLDER, FileForm, columns_of, gone, held, hold, report
from municipalities.candidates.foreign_partners import (
    HEADINGS,
    apply_partnerships,
    read_partnerships,
    save_other_programme,
    save_partnership,
)
from municipalities.choices import PartnershipKind, Programme, ProgrammeStatus, UploadKind
from municipalities.models import Candidate, Hromada, KnownPartnership, Municipality, OfferedThrough
from municipalities.registers import (
    HROMADA_FIELDS,
    MUNICIPALITY_FIELDS,
    fields_of,
    hromada_finder,
    municipality_finder,
)
from municipalities.registers.uploads import use_upload

IMPORT = "municipalities_knownpartnership_import"
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
    def initial_for(known: KnownPartnership) -> dict[str, Any]:
        """Return the form's first values."""
        return {
            "municipality": known.municipality.number if known.municipality else "",
            "partner_country": known.partner_country,
            "partner_name": known.partner_name,
            "kind": known.kind,
            "year": known.year,
            "active": {True: "yes", False: "no", None: ""}[known.active],
            "source": known.source,
            "note": known.note,
        }

    def clean_municipality(self) -> Municipality | None:
        """Find the Norwegian party."""
        typed = self.cleaned_data["municipality"]
        party = municipality_finder().find(typed).only if typed else None
        if typed and party is None:
            raise forms.ValidationError(_("No Norwegian party has this number."))
        return party

    def values(self) -> dict[str, Any]:
        """Return what the room is told."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "katottg"}
        return said | {"active": KNOWN[said["active"]]}


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


class KeptAdmin(ReadAdmin):
    """What KS and AUC keep by hand: each edition stays readable."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever reviews candidates may add, through the room."""
        return self.actor(request).may(May.REVIEW_CANDIDATES)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Changes have an address of their own."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """The form of a change before the admin's own catch-all."""
        edit = act_url(self, self.edit_view, May.REVIEW_CANDIDATES)
        return [
            path("<int:pk>/edit/", edit, name=f"municipalities_{self.opts.model_name}_edit"),
            *super().get_urls(),
        ]

    @abstractmethod
    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change a row; each kind has a form of its own."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every edition: when, who, before → after."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(
            self.model, pk=object_id if object_id.isdecimal() and len(object_id) < 13 else 0
        )
        lines = history_lines([("", editions_of(row))], self.actor(request))
        back = reverse(f"admin:municipalities_{self.opts.model_name}_change", args=[row.pk])
        return page(
            self, request, "admin/municipalities/history.html", title=str(row), lines=lines, back=back
        )


def home_of(hromada: Hromada | None, otherwise: str) -> str:
    """Return the page of the hromada's candidate, or another one where it is none."""
    candidate = Candidate.objects.filter(hromada=hromada).first() if hromada else None
    if candidate is None:
        return otherwise
    return reverse("admin:municipalities_candidate_change", args=[candidate.pk]) + "#partners"


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


@admin.register(KnownPartnership)
class KnownPartnershipAdmin(KeptAdmin, RegisterAdmin):
    """Partnerships read in public sources, or known to KS and AUC."""

    list_display = (
        "partner_name",
        "partner_country",
        "norwegian_party",
        "hromada",
        "kind_now",
        "reported_on",
        "active",
        "page",
        "act",
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

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the way to the import for whoever may."""
        may = self.has_add_permission(request)
        return super().changelist_view(
            request, {"import_url": reverse(f"admin:{IMPORT}") if may else "", **(extra_context or {})}
        )

    @admin.display(description=_("Norwegian party"), ordering="municipality__name")
    def norwegian_party(self, known: KnownPartnership) -> str:
        """Name with county."""
        return known.municipality.place if known.municipality else "–"

    @admin.display(description=_("kind"), ordering="kind")
    def kind_now(self, known: KnownPartnership) -> str:
        """The kind in words."""
        return known.kind_words

    @admin.display(description=_("source"))
    def page(self, known: KnownPartnership) -> SafeString | str:
        """The page it was read on, or what else it is known from."""
        if not known.is_page:
            return known.source
        return format_html(
            '<a href="{}" rel="noopener noreferrer">{}</a>', known.source, known.source.split("/")[2]
        )

    @admin.display(description=_("change"))
    def act(self, known: KnownPartnership) -> SafeString:
        """The way to the form; whoever may not is refused there."""
        url = reverse("admin:municipalities_knownpartnership_edit", args=[known.pk])
        return format_html(
            '<a href="{}" aria-label="{} {}">{}</a>', url, _("Change"), known.partner_name, _("Change")
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[FoldedChangeList]:
        """The list with its filters folded up over it."""
        return FoldedChangeList

    def get_list_display(self, request: HttpRequest) -> Any:
        """Readers have no way to the form."""
        return self.list_display if self.has_add_permission(request) else self.list_display[:-1]

    def get_urls(self) -> list[URLPattern]:
        """Before the admin's own catch-all."""
        send = act_url(self, self.import_view, May.REVIEW_CANDIDATES)
        apply_ = act_url(self, self.import_apply_view, May.REVIEW_CANDIDATES, methods=("POST",))
        return [
            path("import/", send, name=IMPORT),
            path("import/<int:pk>/", apply_, name=f"{IMPORT}_apply"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Record a partnership of a hromada."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewPartnershipForm(
            request.POST or None,
            initial={"katottg": request.GET.get("katottg", "")[:19], "partner_country": ""},
        )

        def room(data: dict[str, Any]) -> str:
            save_partnership(
                hromada=data["katottg"], values=form.values(), by=self.actor(request), at=timezone.now()
            )
            return home_of(data["katottg"], back)

        back = reverse("admin:municipalities_knownpartnership_changelist")
        return act_page(self, request, form, _act(_("Record a foreign partnership"), back, room))

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change a partnership; from now the register's file leaves it alone."""
        known = get_object_or_404(
            KnownPartnership.objects.select_related("hromada__oblast", "municipality"), pk=pk
        )
        form = PartnershipForm(request.POST or None, initial=PartnershipForm.initial_for(known))

        def room(data: dict[str, Any]) -> None:
            save_partnership(
                partnership=known, values=form.values(), by=self.actor(request), at=timezone.now()
            )

        back = home_of(known.hromada, reverse("admin:municipalities_knownpartnership_changelist"))
        about = f"{known.partner_name} – {known.hromada.place if known.hromada else known.place_text}"
        return act_page(self, request, form, _act(_("Change the partnership"), back, room, about))

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file; show its faults, or what it would do."""
        form = FileForm(request.POST or None, request.FILES or None)
        title, back = _("Import foreign partnerships"), reverse(f"admin:{IMPORT}")
        if request.method != "POST" or not form.is_valid():
            return page(
                self,
                request,
                f"{FOLDER}/form.html",
                title=title,
                form=form,
                columns=columns_of(HEADINGS),
                kind="partnerships",
            )
        file = form.cleaned_data["file"]
        raw = file.read()
        listed = read_partnerships(file.name, raw)
        if listed.table.problems:
            return report(self, request, listed.table, title=title, back=back)
        upload = hold(self, request, UploadKind.PARTNERSHIPS, raw, file.name)
        counts = {what: listed.count(what) for what in ("new", "changed", "same")}
        return page(
            self,
            request,
            f"{FOLDER}/partnerships.html",
            title=_("Try the file"),
            upload=upload,
            rows=listed.rows,
            counts=counts,
        )

    def import_apply_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Use the file one has seen."""
        upload = held(self, request, UploadKind.PARTNERSHIPS, pk)
        if upload is None:
            return gone(request, reverse(f"admin:{IMPORT}"))
        listed, at = read_partnerships(upload.name, bytes(upload.content)), timezone.now()
        if listed.table.problems:
            return report(
                self,
                request,
                listed.table,
                title=_("Import foreign partnerships"),
                back=reverse(f"admin:{IMPORT}"),
            )
        try:
            with transaction.atomic():
                if not use_upload(upload, at=at):
                    return gone(request, reverse(f"admin:{IMPORT}"))
                counts = apply_partnerships(listed=listed, upload=upload, by=self.actor(request), at=at)
        except Refused as refusal:  # somebody has recorded one of them by hand since the file was looked up
            messages.error(request, str(refusal))
            return HttpResponseRedirect(reverse(f"admin:{IMPORT}"))
        messages.success(
            request, str(_("Added: %(new)d. Changed: %(changed)d. As they were: %(same)d.")) % counts
        )
        return HttpResponseRedirect(reverse("admin:municipalities_knownpartnership_changelist"))


@admin.register(OfferedThrough)
class OfferedThroughAdmin(KeptAdmin, RegisterAdmin):
    """Other programmes through which hromadas are offered partners."""

    list_display = ("hromada", "programme_words", "since", "status", "partnership", "source")
    list_filter = ("programme", "status")
    list_select_related = ("hromada__oblast", "partnership")
    search_fields = fields_of(HROMADA_FIELDS, "hromada")

    @admin.display(description=_("programme"), ordering="programme")
    def programme_words(self, road: OfferedThrough) -> str:
        """The programme's name."""
        return road.title

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Record a programme for a hromada."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        code = (request.POST.get("katottg") or request.GET.get("katottg", ""))[:19].replace("\0", "")
        hromada = Hromada.objects.filter(katottg=code).first()
        form = NewRoadForm(request.POST or None, hromada=hromada, initial={"katottg": code})
        back = reverse("admin:municipalities_offeredthrough_changelist")

        def room(data: dict[str, Any]) -> str:
            said = {name: value for name, value in data.items() if name != "katottg"}
            save_other_programme(hromada=data["katottg"], by=self.actor(request), at=timezone.now(), **said)
            return home_of(data["katottg"], back)

        return act_page(self, request, form, _act(_("Record another road to a partner"), back, room))

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change what is known of a programme."""
        road = get_object_or_404(OfferedThrough.objects.select_related("hromada__oblast"), pk=pk)
        names = ("programme", "name", "since", "status", "partnership", "source")
        form = RoadForm(
            request.POST or None, hromada=road.hromada, initial={name: getattr(road, name) for name in names}
        )

        def room(data: dict[str, Any]) -> None:
            save_other_programme(
                offered=road, hromada=road.hromada, by=self.actor(request), at=timezone.now(), **data
            )

        back = home_of(road.hromada, reverse("admin:municipalities_offeredthrough_changelist"))
        return act_page(
            self,
            request,
            form,
            _act(_("Change the other road"), back, room, f"{road.title}: {road.hromada.place}"),
        )


def _act(title: Any, back: str, room: Any, about: str = "") -> Act:
    return Act(title=title, button=_("Save"), back=back, done=_("Saved."), room=room, about=about or title)
