"""Needs by spreadsheet at the desk: template down, filled-in file up, the dry run to read, and one button that applies it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kommunesamarbeid.core.admin import ReadAdmin
from kommunesamarbeid.core.roles import May
from municipalities import need_files, needs
from municipalities.admin.acts import act_url, page
from municipalities.admin.need_drafting import checked
from municipalities.candidates import Refused
from municipalities.models import NeedUpload

FOLDER = "admin/municipalities/need"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(forms.Form):
    """The filled-in template."""

    file = forms.FileField(
        label=_("Filled-in template (XLSX)"), help_text=_("Nothing is changed until you have seen what the file does."),
        error_messages={"required": _("Choose the file.")},
    )  # fmt: skip


class NeedUploads(ReadAdmin):
    """The template and what comes back."""

    def get_urls(self) -> list[URLPattern]:
        """Each page before the admin's own catch-all."""
        edit = May.EDIT_NEEDS
        return [
            path("file/", act_url(self, self.file_view, edit), name="municipalities_need_file"),
            path(
                "file/template/", act_url(self, self.template_view, edit, methods=("GET",)), name="municipalities_need_template"
            ),
            path("file/<int:pk>/", act_url(self, self.upload_view, edit), name="municipalities_need_upload"),
            *super().get_urls(),
        ]

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """Send the template with the current needs."""
        now = timezone.now()
        content = need_files.write_template(by=self.actor(request), at=now)
        name = f"needs-{timezone.localdate(now).isoformat()}.xlsx"
        return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    def file_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file and lead to its dry run."""
        form = UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
        if form.is_valid():
            try:
                content = form.cleaned_data["file"].read(need_files.BIGGEST_FILE + 1)
                upload = need_files.read_upload(content=content, by=self.actor(request), at=timezone.now())
            except Refused as refusal:
                form.add_error("file", str(refusal))
            else:
                return HttpResponseRedirect(reverse("admin:municipalities_need_upload", args=[upload.pk]))
        status = 422 if form.errors else 200
        return page(self, request, f"{FOLDER}/file.html", title=_("Needs by spreadsheet"), form=form, status=status)

    def upload_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what the file does, row by row; the button does it, all of it or nothing."""
        by, now = self.actor(request), timezone.now()
        upload = get_object_or_404(NeedUpload, pk=pk, editor=by.id)
        context: dict[str, Any] = {"title": _("What the file does"), "upload": upload}
        if request.method == "POST":
            try:
                done = need_files.apply_upload(upload=upload, by=by, at=now, is_checked=checked(request))
            except need_files.HasFaults:
                messages.error(request, _("Nothing is changed: the file has errors."))
            except needs.Sensitive:
                messages.error(request, _("Confirm that you have checked the rows below. Nothing is changed yet."))
            else:
                text = ngettext("The file is applied: %(count)d need.", "The file is applied: %(count)d needs.", done.acts)
                messages.success(request, text % {"count": done.acts})
                return HttpResponseRedirect(reverse("admin:municipalities_need_work"))
        report = need_files.check_upload(upload=upload, by=by, at=now)
        return page(self, request, f"{FOLDER}/upload.html", report=report, **context)
