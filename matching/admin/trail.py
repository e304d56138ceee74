"""What was done to a run or a scheme, by whom and why: the audit trail as its history page."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from kommunesamarbeid.core.admin import ReadAdmin
from kommunesamarbeid.core.models import AuditEvent, User
from municipalities.admin.acts import page


class TrailAdmin(ReadAdmin):
    """A read-only desk page whose history is the audit trail."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """List the acts on the object, the newest first; 2 queries beside the object's own."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = get_object_or_404(self.model, pk=object_id if object_id.isdecimal() else 0)
        events = list(AuditEvent.objects.filter(object_type=self.opts.label_lower, object_id=str(found.pk)))
        names = dict(User.objects.filter(pk__in=[event.actor_id for event in events]).values_list("pk", "name"))
        states = dict(self.model._meta.get_field("state").flatchoices)
        lines = [
            (event.at, states.get(event.action.partition(".")[2], event.action), _who(event, names), event.reason)
            for event in events
        ]
        title = _("History of %(thing)s") % {"thing": f"{self.opts.verbose_name} {found}"}
        return page(self, request, "admin/matching/trail.html", title=title, lines=lines)


def _who(event: AuditEvent, names: dict[int, str]) -> str:
    return names.get(event.actor_id or 0) or _("the portal")
