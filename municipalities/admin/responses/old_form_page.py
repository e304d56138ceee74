"""The desk's page for the old Office form: choose the file, say what each column is, look through, import."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.pages import page
from kommunesamarbeid.core.files.containers import MAX_BYTES
from kommunesamarbeid.core.roles import Actor
from municipalities.models import Round
from municipalities.responses.old_form import (
    TARGETS,
    NotATable,
    Table,
    guess,
    import_rows,
    plan,
    read_table,
    table_from_json,
)

TEMPLATE = "admin/municipalities/response/old_form.html"


class FileForm(forms.Form):
    """The file that the old form gave."""

    round = forms.ModelChoiceField(label=_("Round"), queryset=Round.objects.all())
    file = forms.FileField(
        label=_("Excel file (XLSX)"), help_text=_("The first sheet, with headings in its first row.")
    )

    def clean_file(self) -> Table:
        """Return the table in the file."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        try:
            return read_table(file.read())
        except NotATable:
            raise forms.ValidationError(_("This is no Excel file with a row of headings.")) from None


class MappingForm(forms.Form):
    """What each column is. The table is carried along: nothing is kept before it is imported."""

    round = forms.ModelChoiceField(queryset=Round.objects.all(), widget=forms.HiddenInput)
    table = forms.CharField(widget=forms.HiddenInput, strip=False)

    def __init__(self, table: Table, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            ("", _("Keep with the row only")),
            *((target, words[0]) for target, words in TARGETS.items()),
        ]
        for place, heading in enumerate(table.headings):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=heading or "–", choices=choices, required=False
            )

    def clean(self) -> dict[str, Any]:
        """Refuse two columns for one thing, and none for the municipality."""
        chosen = [target for target in self.mapping.values() if target]
        if len(chosen) != len(set(chosen)):
            self.add_error(None, _("Two columns are chosen for the same thing."))
        if "municipality" not in chosen:
            self.add_error(None, _("Choose the column that names the municipality."))
        return self.cleaned_data

    @property
    def mapping(self) -> dict[int, str]:
        """Return the targets by column."""
        prefix = "column_"
        return {
            int(key.removeprefix(prefix)): value
            for key, value in self.cleaned_data.items()
            if key.startswith(prefix)
        }


def old_form_page(admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Take the file, show what each row would become, and import when the button says so."""
    if request.method == "POST" and "table" in request.POST:
        return _mapped(admin, request, admin.actor(request))
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return _show(admin, request, form=form)
    table, chosen_round = form.cleaned_data["file"], form.cleaned_data["round"]
    guessed = {f"column_{place}": target for place, target in guess(table.headings).items()}
    mapping = MappingForm(table, {"round": chosen_round.pk, "table": table.as_json(), **guessed})
    return _show(
        admin,
        request,
        mapping=mapping,
        planned=plan(table, mapping.mapping, round=chosen_round) if mapping.is_valid() else [],
    )


def _mapped(admin: DeskAdmin, request: HttpRequest, by: Actor) -> HttpResponse:
    try:
        table = table_from_json(request.POST["table"])
    except NotATable:
        return _show(admin, request, form=FileForm())
    mapping = MappingForm(table, request.POST)
    if not mapping.is_valid():
        return _show(admin, request, mapping=mapping)
    chosen_round: Round = mapping.cleaned_data["round"]
    if request.POST.get("do") != "import":
        return _show(
            admin, request, mapping=mapping, planned=plan(table, mapping.mapping, round=chosen_round)
        )
    planned = import_rows(table, mapping.mapping, round=chosen_round, by=by, at=timezone.now())
    drafts = sum(row.makes_draft for row in planned)
    text = ngettext("%(n)s draft is made from the file.", "%(n)s drafts are made from the file.", drafts)
    messages.success(request, text % {"n": drafts})
    return HttpResponseRedirect(admin.list_url())


def _show(admin: DeskAdmin, request: HttpRequest, **context: Any) -> HttpResponse:
    return page(admin, request, TEMPLATE, title=_("Import from the old form"), **context)
