"""AUC's list of candidates: sent, tried row by row, names of several hromadas decided, then applied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.pages import BOTH, WRITE, Page
from kommunesamarbeid.core.files.sheets import Table
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor, May
from municipalities.admin.registers.upload_pages import DONE, FOLDER, FileImport
from municipalities.candidates.candidate_import import (
    HEADINGS,
    CandidateList,
    ChoiceMissing,
    apply_candidate_list,
    read_candidate_list,
)
from municipalities.choices import UploadKind
from municipalities.models import Upload

REVIEWERS = (May.REVIEW_CANDIDATES,)


class CandidateImport(FileImport):
    """AUC's list."""

    kind = UploadKind.CANDIDATES
    title, tried_title = _("Import AUC's list"), _("Try AUC's list")
    page = f"{FOLDER}/candidates.html"
    headings = HEADINGS

    def read(self, name: str, raw: bytes, request: HttpRequest) -> tuple[Table, CandidateList]:
        """Read the list with the choices made beside it."""
        listed = read_candidate_list(name, raw, _choices(request))
        return listed.table, listed

    def effect(self, tried: CandidateList, facts: Mapping[str, Any], by: Actor) -> dict[str, Any]:
        """Show each row, and the choices that wait."""
        counts = {**tried.counts, "choose": tried.count("choose")}
        return {"rows": tried.rows, "counts": counts, "by_name": sum(row.by_name for row in tried.rows)}

    def apply(self, tried: CandidateList, upload: Upload, *, by: Actor, at: datetime) -> tuple[int, str]:
        """Add and change candidates."""
        return messages.SUCCESS, str(DONE) % apply_candidate_list(listed=tried, upload=upload, by=by, at=at)

    def refused(
        self, admin: DeskAdmin, request: HttpRequest, upload: Upload, tried: CandidateList, refusal: Refused
    ) -> HttpResponse:
        """A choice that is missing is made on the page where one was."""
        if not isinstance(refusal, ChoiceMissing):
            return super().refused(admin, request, upload, tried, refusal)
        effect = self.effect(tried, {}, admin.actor(request))
        return self.show(admin, request, upload, effect, fault=str(refusal), status=400)


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


IMPORT = CandidateImport()
PAGES = (
    Page("import", IMPORT.send, REVIEWERS, "import/", methods=BOTH),
    Page("import_apply", IMPORT.use, REVIEWERS, "import/<int:pk>/", methods=WRITE),
)
