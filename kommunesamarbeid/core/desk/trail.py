"""A row's history page is its audit trail: what was done, by whom and why, as far as one may know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.pages import Text, page
from kommunesamarbeid.core.models import AuditEvent, User
from kommunesamarbeid.core.roles import Actor
from kommunesamarbeid.core.visibility import reads_words_of


class TrailAdmin(DeskAdmin):
    """A desk whose history is the audit trail."""

    trail: ClassVar[Mapping[str, Text]] = {}  # words for what is recorded beside the desk's own acts

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """List the acts on the row, the newest first; 2 queries beside the row's own.

        Names and reasons stay within an organisation, but KS, which runs the portal, reads them all.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = DeskAdmin.get_row(self, request, object_id)
        events = list(AuditEvent.objects.filter(object_type=self.opts.label_lower, object_id=str(row.pk)))
        users = User.objects.in_bulk([event.actor_id for event in events if event.actor_id])
        reader = self.actor(request)
        lines = [
            (event.at, self.entry_words(event.action), *_who_and_why(event, users, reader))
            for event in events
        ]
        title = _("History of %(thing)s") % {"thing": f"{self.opts.verbose_name} {row}"}
        return page(self, request, "admin/matching/history.html", title=title, lines=lines)

    def entry_words(self, action: str) -> str:
        """Return what the trail calls an audit action.

        The state it led to, or the words of the act that leaves it.
        """
        fields = {field.name: field for field in self.model._meta.fields}
        states = dict(fields["state"].flatchoices) if "state" in fields else {}
        entries = {act.records: act.entry for act in self.acts if act.entry} | dict(self.trail)
        return str(states.get(action.partition(".")[2]) or entries.get(action, action))


def _who_and_why(event: AuditEvent, users: dict[int, User], reader: Actor) -> tuple[str, str]:
    """Return who acted and why, as far as `reader` may know it."""
    user = users.get(event.actor_id or 0) if event.actor_kind == "user" else None
    if user is None:
        return _("the portal"), event.reason
    organisation = user.get_organisation_display()
    if reads_words_of(user.organisation, reader):
        return f"{organisation}, {user.name}", event.reason
    return organisation, ""
