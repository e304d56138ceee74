"""A desk page takes a file in three steps: sent, read row by row with what it would do, used by a press."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.pages import ReadAdmin, page
from kommunesamarbeid.core.files.containers import MAX_BYTES
from kommunesamarbeid.core.files.sheets import Heading, Table
from municipalities.choices import UploadKind
from municipalities.models import Upload
from municipalities.registers.uploads import store_upload, waiting_upload

FOLDER = "admin/municipalities/upload"


class FileForm(forms.Form):
    """A file to be tried."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        help_text=format_lazy(_("CSV (UTF-8) or XLSX, at most {size} MB."), size=MAX_BYTES // 1024 // 1024),
    )

    def clean_file(self) -> Any:
        """Refuse before reading what is too large to be read."""
        file = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            text = format_lazy(_("the file is larger than {size} MB"), size=MAX_BYTES // 1024 // 1024)
            raise forms.ValidationError(str(text))
        return file


def columns_of(headings: tuple[Heading, ...]) -> list[tuple[str, str, str | Promise]]:
    """Return each column's name, its other names, and whether it must be there and be filled in."""
    return [(heading.names[0], ", ".join(heading.names[1:]), _demand(heading)) for heading in headings]


def _demand(heading: Heading) -> str | Promise:
    if heading.column.required:
        return _("yes")
    return (
        _("the column must be there; a cell may be empty")
        if heading.must_stand
        else _("no, the column may be left out")
    )


def report(admin: ReadAdmin, request: HttpRequest, table: Table, **context: Any) -> HttpResponse:
    """Show every fault by its row; nothing is kept and nothing is changed."""
    return page(admin, request, f"{FOLDER}/report.html", table=table, problems=table.problems, **context)


def store_file(
    admin: ReadAdmin, request: HttpRequest, kind: UploadKind, raw: bytes, name: str, **facts: Any
) -> Upload:
    """Keep a faultless file until its sender uses it."""
    return store_upload(
        kind=kind, name=name, raw=raw, facts=facts, by=admin.actor(request), at=timezone.now()
    )


def stored_file(admin: ReadAdmin, request: HttpRequest, kind: UploadKind, pk: int) -> Upload | None:
    """Return the sender's own waiting file."""
    return waiting_upload(kind=kind, pk=pk, by=admin.actor(request))


def file_is_gone(request: HttpRequest, back: str) -> HttpResponse:
    """Say that the file must be sent again."""
    messages.error(request, str(_("The file is used already, or is no longer kept. Send it again.")))
    return HttpResponseRedirect(back)
