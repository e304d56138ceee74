"""A file of foreign partnerships: sent, tried row by row, then applied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.pages import BOTH, WRITE, Page
from kommunesamarbeid.core.files.sheets import Table
from kommunesamarbeid.core.roles import Actor, May
from municipalities.admin.registers.upload_pages import DONE, FOLDER, FileImport
from municipalities.candidates.foreign_partners import (
    HEADINGS,
    PartnershipList,
    apply_partnerships,
    read_partnerships,
)
from municipalities.choices import UploadKind
from municipalities.models import Upload

REVIEWERS = (May.REVIEW_CANDIDATES,)


class PartnershipImport(FileImport):
    """A file of foreign partnerships."""

    kind = UploadKind.PARTNERSHIPS
    title, tried_title = _("Import foreign partnerships"), _("Try the file")
    page = f"{FOLDER}/partnerships.html"
    headings = HEADINGS

    def read(self, name: str, raw: bytes, request: HttpRequest) -> tuple[Table, PartnershipList]:
        """Read the file."""
        listed = read_partnerships(name, raw)
        return listed.table, listed

    def effect(self, tried: PartnershipList, facts: Mapping[str, Any], by: Actor) -> dict[str, Any]:
        """Show each row."""
        return {"rows": tried.rows, "counts": tried.counts}

    def apply(self, tried: PartnershipList, upload: Upload, *, by: Actor, at: datetime) -> tuple[int, str]:
        """Keep what the file says."""
        return messages.SUCCESS, str(DONE) % apply_partnerships(listed=tried, upload=upload, by=by, at=at)


IMPORT = PartnershipImport()
PAGES = (
    Page("import", IMPORT.send, REVIEWERS, "import/", methods=BOTH, label=IMPORT.title),
    Page("import_apply", IMPORT.use, REVIEWERS, "import/<int:pk>/", methods=WRITE),
)
