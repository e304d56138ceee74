"""Needs by spreadsheet at the desk: template down, file up, the dry run to read, one button to apply it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.pages import BOTH, Page, page
from kommunesamarbeid.core.files.downloads import file_download
from kommunesamarbeid.core.files.tables import XLSX_TYPE
from kommunesamarbeid.core.roles import May
from municipalities.admin.needs.draft_forms import checked
from municipalities.admin.registers.upload_pages import FileForm, file_is_gone, stored_file
from municipalities.choices import UploadKind
from municipalities.needs import need_template, need_workbook, needs

FOLDER = "admin/municipalities/need"
EDITORS = (May.EDIT_NEEDS,)


def send_template(admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Send the template with the current needs."""
    now = timezone.now()
    content = need_template.write_template(by=admin.actor(request), at=now)
    name = f"needs-{timezone.localdate(now).isoformat()}.xlsx"
    return file_download(content, name, XLSX_TYPE)


def take_file(admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Take a file; show its faults, or lead to what it would do."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.errors else 200
        return page(
            admin,
            request,
            f"{FOLDER}/file.html",
            title=_("Needs by spreadsheet"),
            form=form,
            status=status,
        )
    file, by, now = form.cleaned_data["file"], admin.actor(request), timezone.now()
    table = need_workbook.read_needs(file.name, file.read())
    try:
        upload = need_workbook.store_needs(table=table, by=by, at=now)
    except need_workbook.HasFaults as refusal:
        return page(
            admin, request, f"{FOLDER}/upload.html", title=_("What the file does"), report=refusal.report
        )
    return HttpResponseRedirect(admin.url("upload", upload.pk))


def show_upload(admin: DeskAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the file does, row by row; the button does it, all of it or nothing."""
    by, now = admin.actor(request), timezone.now()
    upload = stored_file(admin, request, UploadKind.NEEDS, pk)
    if upload is None:
        return file_is_gone(request, admin.url("file"))
    if request.method == "POST":
        try:
            done = need_workbook.apply_needs(upload=upload, by=by, at=now, is_checked=checked(request))
        except need_workbook.AlreadyUsed:
            return file_is_gone(request, admin.url("file"))
        except need_workbook.HasFaults:
            messages.error(request, _("Nothing is changed: the file has errors."))
        except needs.Sensitive:
            messages.error(
                request, _("Confirm that you have checked the rows below. Nothing is changed yet.")
            )
        else:
            text = ngettext(
                "The file is applied: %(count)d need.", "The file is applied: %(count)d needs.", done.acts
            )
            messages.success(request, text % {"count": done.acts})
            return HttpResponseRedirect(admin.url("work"))
    report = need_workbook.check_needs(table=need_workbook.stored_needs(upload), by=by, at=now)
    return page(admin, request, f"{FOLDER}/upload.html", title=_("What the file does"), report=report)


PAGES = (
    Page("file", take_file, EDITORS, "file/", methods=BOTH),
    Page("template", send_template, EDITORS, "file/template/"),
    Page("upload", show_upload, EDITORS, "file/<int:pk>/", methods=BOTH),
)
