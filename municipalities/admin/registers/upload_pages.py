"""A desk page takes a file in three steps: sent, read row by row with what it would do, used by a press."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.pages import page
from kommunesamarbeid.core.files.containers import MAX_BYTES
from kommunesamarbeid.core.files.sheets import Heading, Table
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor
from municipalities.choices import UploadKind
from municipalities.models import Upload
from municipalities.registers.uploads import store_upload, use_upload, waiting_upload

FOLDER = "admin/municipalities/upload"
DONE = _("Added: %(new)d. Changed: %(changed)d. As they were: %(same)d.")


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


class FileImport(ABC):
    """What a kind of file says of itself; the steps from the sent file to its use are the same for all.

    `first` is the name of the page that takes the file, `page` the template that shows what it would do.
    """

    kind: ClassVar[UploadKind]
    title: ClassVar[str | Promise]
    tried_title: ClassVar[str | Promise]
    page: ClassVar[str]
    headings: ClassVar[tuple[Heading, ...]]
    form: ClassVar[type[FileForm]] = FileForm
    first: ClassVar[str] = "import"

    @abstractmethod
    def read(self, name: str, raw: bytes, request: HttpRequest) -> tuple[Table, Any]:
        """Return the file's table, and what else was made of it for `effect` and `apply`."""

    def facts(self, form: FileForm) -> dict[str, Any]:
        """Return what is kept beside the file."""
        return {}

    @abstractmethod
    def effect(self, tried: Any, facts: Mapping[str, Any], by: Actor) -> dict[str, Any]:
        """Return what the page shows of what the file would do. Raises Refused."""

    @abstractmethod
    def apply(self, tried: Any, upload: Upload, *, by: Actor, at: datetime) -> tuple[int, str]:
        """Do it, and return the level and the words of what was done. Raises Refused."""

    def home(self, admin: DeskAdmin) -> str:
        """Return where one is led when it is done."""
        return admin.list_url()

    def send(self, admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
        """Take a file; show its faults, or what it would do."""
        form = self.form(request.POST or None, request.FILES or None)
        if request.method != "POST" or not form.is_valid():
            return self._ask(admin, request, form)
        file = form.cleaned_data["file"]
        raw = file.read()
        table, tried = self.read(file.name, raw, request)
        if table.problems:
            return self._report(admin, request, table)
        by, facts = admin.actor(request), self.facts(form)
        try:
            effect = self.effect(tried, facts, by)
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal))
            return self._ask(admin, request, form)
        upload = store_upload(kind=self.kind, name=file.name, raw=raw, facts=facts, by=by, at=timezone.now())
        return self.show(admin, request, upload, effect)

    def use(self, admin: DeskAdmin, request: HttpRequest, pk: int) -> HttpResponse:
        """Use the file one has seen, all of it or nothing."""
        upload = stored_file(admin, request, self.kind, pk)
        if upload is None:
            return file_is_gone(request, admin.url(self.first))
        table, tried = self.read(upload.name, bytes(upload.content), request)
        if table.problems:
            return self._report(admin, request, table)
        by, at = admin.actor(request), timezone.now()
        try:
            with transaction.atomic():
                if not use_upload(upload, at=at):
                    return file_is_gone(request, admin.url(self.first))
                level, words = self.apply(tried, upload, by=by, at=at)
        except Refused as refusal:
            return self.refused(admin, request, upload, tried, refusal)
        messages.add_message(request, level, words)
        return HttpResponseRedirect(self.home(admin))

    def refused(
        self, admin: DeskAdmin, request: HttpRequest, upload: Upload, tried: Any, refusal: Refused
    ) -> HttpResponse:
        """Answer where something has changed since the file was tried; the file stays where it was."""
        messages.error(request, str(refusal))
        return HttpResponseRedirect(admin.url(self.first))

    def show(
        self, admin: DeskAdmin, request: HttpRequest, upload: Upload, effect: dict[str, Any], **context: Any
    ) -> HttpResponse:
        """Show what the file would do."""
        return page(admin, request, self.page, title=self.tried_title, upload=upload, **effect, **context)

    def _ask(self, admin: DeskAdmin, request: HttpRequest, form: FileForm) -> HttpResponse:
        columns = columns_of(self.headings)
        return page(
            admin,
            request,
            f"{FOLDER}/form.html",
            title=self.title,
            form=form,
            columns=columns,
            kind=self.kind.value,
        )

    def _report(self, admin: DeskAdmin, request: HttpRequest, table: Table) -> HttpResponse:
        """Show every fault by its row; nothing is kept and nothing is changed."""
        context: dict[str, Any] = {"table": table, "problems": table.problems, "back": admin.url(self.first)}
        return page(admin, request, f"{FOLDER}/report.html", title=self.title, **context)


def stored_file(admin: DeskAdmin, request: HttpRequest, kind: UploadKind, pk: int) -> Upload | None:
    """Return the sender's own waiting file."""
    return waiting_upload(kind=kind, pk=pk, by=admin.actor(request))


def file_is_gone(request: HttpRequest, back: str) -> HttpResponse:
    """Say that the file must be sent again."""
    messages.error(request, str(_("The file is used already, or is no longer kept. Send it again.")))
    return HttpResponseRedirect(back)
