"""A form about a need loses nothing: drafts are kept, and a text that may give away a place asks first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from kommunesamarbeid.core.desk.acts import Visit
from kommunesamarbeid.core.history import editions_of
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor
from municipalities.admin.registers.labels import signature
from municipalities.models import Candidate, Need, NeedDraft
from municipalities.needs.locations import words_for
from municipalities.needs.need_drafts import drop_draft, find_draft, save_need_draft
from municipalities.needs.needs import Sensitive

DRAFT_PAGE = "admin/municipalities/need/form.html"


def checked(request: HttpRequest) -> bool:
    """Say whether the writer has ticked that the text was looked at."""
    return request.POST.get("is_checked") == "on"


class NeedDrafts:
    """The reader's own draft of a new need or of a changed one."""

    def find(self, visit: Visit) -> NeedDraft | None:
        """Return the reader's draft, or None."""
        return find_draft(**_subject(visit.row), by=visit.by)

    def save(self, visit: Visit, values: dict[str, Any]) -> NeedDraft:
        """Keep what was typed, also when it is not valid, and show it again later."""
        return save_need_draft(**_subject(visit.row), values=values, by=visit.by, at=visit.at)

    def drop(self, visit: Visit) -> None:
        """The need is saved."""
        drop_draft(**_subject(visit.row), by=visit.by)

    def question(self, refusal: Refused) -> str:
        """Return what may give away a place or a person, for the writer to look at."""
        return words_for(refusal.finds) if isinstance(refusal, Sensitive) else ""


def _subject(row: Candidate | Need) -> dict[str, Any]:
    if isinstance(row, Need):
        return {"candidate": row.candidate, "need": row}
    return {"candidate": row, "need": None}


def who_was_first(current: Any, reader: Actor) -> dict[str, Any]:
    """Return who saved the version that is there now, and when."""
    newest = editions_of(current, limit=1)[0]
    return {"first_by": signature(newest.by, reader), "first_at": newest.at}
