"""AUC's list of candidates: sent, tried row by row, names of several hromadas decided, then applied."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.pages import BOTH, WRITE, Page, page
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import May
from municipalities.admin.registers.upload_pages import (
    FOLDER,
    FileForm,
    columns_of,
    file_is_gone,
    report,
    store_file,
    stored_file,
)
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

REVIEWERS = (May.REVIEW_CANDIDATES,)


def send(admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Take a file; show its faults, or what it would do."""
    form = FileForm(request.POST or None, request.FILES or None)
    title, back = _("Import AUC's list"), admin.url("import")
    if request.method != "POST" or not form.is_valid():
        return page(
            admin,
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
        return report(admin, request, listed.table, title=title, back=back)
    return _preview(admin, request, store_file(admin, request, UploadKind.CANDIDATES, raw, file.name), listed)


def use(admin: DeskAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Use the file one has seen, with the choices made beside it."""
    upload = stored_file(admin, request, UploadKind.CANDIDATES, pk)
    if upload is None:
        return file_is_gone(request, admin.url("import"))
    listed = read_candidate_list(upload.name, bytes(upload.content), _choices(request))
    if listed.table.problems:
        return report(admin, request, listed.table, title=_("Import AUC's list"), back=admin.url("import"))
    at = timezone.now()
    try:
        with transaction.atomic():
            if not use_upload(upload, at=at):
                return file_is_gone(request, admin.url("import"))
            counts = apply_candidate_list(listed=listed, upload=upload, by=admin.actor(request), at=at)
    except ChoiceMissing as refusal:
        return _preview(admin, request, upload, listed, fault=str(refusal))
    except Refused as refusal:  # somebody has added one of them by hand since the file was looked up
        messages.error(request, str(refusal))
        return HttpResponseRedirect(admin.url("import"))
    done = _("Added: %(new)d. Changed: %(changed)d. As they were: %(same)d.")
    messages.success(request, str(done) % counts)
    return HttpResponseRedirect(admin.list_url())


def _preview(
    admin: DeskAdmin, request: HttpRequest, upload: Upload, listed: CandidateList, fault: str = ""
) -> HttpResponse:
    return page(
        admin,
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
    chosen = (
        (name.removeprefix("line-"), value)
        for name, value in request.POST.items()
        if name.startswith("line-")
    )
    return {
        int(line): int(str(value))
        for line, value in chosen
        if line.isdecimal() and str(value).isdecimal() and len(str(value)) < 13
    }


PAGES = (
    Page("import", send, REVIEWERS, "import/", methods=BOTH),
    Page("import_apply", use, REVIEWERS, "import/<int:pk>/", methods=WRITE),
)
