"""What was done to a run, a scheme, a proposal or an agreement, by whom and why: the audit trail as its history page."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kommunesamarbeid.core.desk.act_pages import page
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.models import AuditEvent, User
from kommunesamarbeid.core.roles import Actor
from kommunesamarbeid.core.visibility import reads_words_of

# Acts that are not a change of state.
ACTS: dict[str, Promise] = {
    "agreement.open": gettext_lazy("Partnership opened"),
    "agreement.enter_existing": gettext_lazy("Existing co-operation entered"),
    "agreement.report": gettext_lazy("Read in a public source"),
    "agreement.milestone": gettext_lazy("Milestone recorded"),
    "agreement.milestone_corrected": gettext_lazy("Milestone corrected"),
    "agreement.consent_given": gettext_lazy("Consent to publish recorded"),
    "agreement.consent_withdrawn": gettext_lazy("Consent to publish withdrawn"),
    "agreement.reply": gettext_lazy("Answer to the introduction"),
    "agreement.reminded": gettext_lazy("Reminded of the introduction"),
    "agreement.due_set": gettext_lazy("Due date set"),
    "agreement.due_reminded": gettext_lazy("Reminded of a due date"),
    "agreement.decision_reported": gettext_lazy("Council decision reported"),
    "agreement.report_settled": gettext_lazy("Report dealt with"),
    "proposal.made": gettext_lazy("Pair proposed by KS or as next best"),
    "proposal.next_best": gettext_lazy("Next best looked for"),
    "proposal.noted": gettext_lazy("Note written"),
    "proposal.assigned": gettext_lazy("Case owner changed"),
    "proposal.asked_auc": gettext_lazy("AUC asked"),
    "proposal.auc_answered": gettext_lazy("AUC answered"),
    "proposal.approval": gettext_lazy("Approval given"),
    "scheme.drafted": gettext_lazy("Drafted"),
    "pairrule.made": gettext_lazy("Rule made"),
    "pairrule.lifted": gettext_lazy("Rule lifted"),
}


class TrailAdmin(ReadAdmin):
    """A read-only desk page whose history is the audit trail."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """List the acts on the object, the newest first; 2 queries beside the object's own.

        Names and reasons stay within an organisation, but KS, which runs the portal, reads them all.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = get_object_or_404(
            self.get_queryset(request), pk=object_id if object_id.isdecimal() and len(object_id) < 19 else 0
        )
        events = list(AuditEvent.objects.filter(object_type=self.opts.label_lower, object_id=str(found.pk)))
        users = User.objects.in_bulk([event.actor_id for event in events if event.actor_id])
        reader = self.actor(request)
        lines = [(event.at, self._what(event), *_who_and_why(event, users, reader)) for event in events]
        title = _("History of %(thing)s") % {"thing": f"{self.opts.verbose_name} {found}"}
        return page(self, request, "admin/matching/history.html", title=title, lines=lines)

    def _what(self, event: AuditEvent) -> str:
        fields = {field.name: field for field in self.model._meta.fields}
        states = dict(fields["state"].flatchoices) if "state" in fields else {}
        return str(states.get(event.action.partition(".")[2]) or ACTS.get(event.action, event.action))


def _who_and_why(event: AuditEvent, users: dict[int, User], reader: Actor) -> tuple[str, str]:
    """Return who acted and why, as far as `reader` may know it."""
    user = users.get(event.actor_id or 0) if event.actor_kind == "user" else None
    if user is None:
        return _("the portal"), event.reason
    organisation = user.get_organisation_display()
    if reads_words_of(user.organisation, reader):
        return f"{organisation}, {user.name}", event.reason
    return organisation, ""
