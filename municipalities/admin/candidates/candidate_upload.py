"""AUC's list of candidates at the desk: sent, tried row by row, names that several hromadas have decided, then applied."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.act_pages import act_url, page
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import May
from municipalities.admin.registers.upload_pages import FOLDER, FileForm, columns_of, gone, held, hold, report
from municipalities.candidates.candidate_import import (
    HEADINGS,
    CandidateList,
    ChoiceMissing,
    apply_candidate_list,
    read_candidate_list,
)
from municipalities.choices import UploadKind
from municipalities.models import Upload
from municipalities.registers.uploads import use_upload

NAME = "municipalities_candidate_import"


class CandidateImport(ReadAdmin):
    """The pages that take AUC's list."""

    def get_urls(self) -> list[URLPattern]:
        """Before the admin's own catch-all."""
        send = act_url(self, self.import_view, May.REVIEW_CANDIDATES)
        apply_ = act_url(self, self.import_apply_view, May.REVIEW_CANDIDATES, methods=("POST",))
        return [
            path("import/", send, name=NAME),
            path("import/<int:pk>/", apply_, name=f"{NAME}_apply"),
            *super().get_urls(),
        ]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file; show its faults, or what it would do."""
        form = FileForm(request.POST or None, request.FILES or None)
        title, back = _("Import AUC's list"), reverse(f"admin:{NAME}")
        if request.method != "POST" or not form.is_valid():
            return page(
                self,
                request,
                f"{FOLDER}/form.html",
                title=title,
                form=form,
                columns=columns_of(HEADINGS),
                kind="candidates",
            )
        file = form.cleaned_data["file"]
        raw = file.read()
        listed = read_candidate_list(file.name, raw)
        if listed.table.problems:
            return report(self, request, listed.table, title=title, back=back)
        return self._preview(request, hold(self, request, UploadKind.CANDIDATES, raw, file.name), listed)

    def import_apply_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Use the file one has seen, with the choices made beside it."""
        upload = held(self, request, UploadKind.CANDIDATES, pk)
        if upload is None:
            return gone(request, reverse(f"admin:{NAME}"))
        listed = read_candidate_list(upload.name, bytes(upload.content), _choices(request))
        if listed.table.problems:
            return report(
                self, request, listed.table, title=_("Import AUC's list"), back=reverse(f"admin:{NAME}")
            )
        at = timezone.now()
        try:
            with transaction.atomic():
                if not use_upload(upload, at=at):
                    return gone(request, reverse(f"admin:{NAME}"))
                counts = apply_candidate_list(listed=listed, upload=upload, by=self.actor(request), at=at)
        except ChoiceMissing as refusal:
            return self._preview(request, upload, listed, fault=str(refusal))
        except Refused as refusal:  # somebody has added one of them by hand since the file was looked up
            messages.error(request, str(refusal))
            return HttpResponseRedirect(reverse(f"admin:{NAME}"))
        done = _("Added: %(new)d. Changed: %(changed)d. As they were: %(same)d.")
        messages.success(request, str(done) % counts)
        return HttpResponseRedirect(reverse("admin:municipalities_candidate_changelist"))

    def _preview(
        self, request: HttpRequest, upload: Upload, listed: CandidateList, fault: str = ""
    ) -> HttpResponse:
        return page(
            self,
            request,
            f"{FOLDER}/candidates.html",
            title=_("Try AUC's list"),
            upload=upload,
            rows=listed.rows,
            fault=fault,
            counts={what: listed.count(what) for what in ("new", "changed", "same", "choose")},
            by_name=sum(row.by_name for row in listed.rows),
            status=400 if fault else 200,
        )


def _choices(request: HttpRequest) -> dict[int, int]:
    """Return the hromada chosen for each line, as the page names its fields: line-12 = hromada's id."""
    said = (
        (name.removeprefix("line-"), value)
        for name, value in request.POST.items()
        if name.startswith("line-")
    )
    return {
        int(line): int(str(value))
        for line, value in said
        if line.isdecimal() and str(value).isdecimal() and len(str(value)) < 13
    }
