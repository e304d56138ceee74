"""The history of all that AUC keeps of a hromada as one list: needs, teaching, consents, suggestions."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kommunesamarbeid.core.desk.values import field_label
from kommunesamarbeid.core.history import editions_of
from kommunesamarbeid.core.models import AuditEvent, User
from kommunesamarbeid.core.roles import Actor
from municipalities.admin.candidates.candidate_page import Line, history_lines
from municipalities.admin.needs.suggestion_words import about, changes_of
from municipalities.admin.registers.labels import signature
from municipalities.choices import ConsentScope, SuggestionOutcome
from municipalities.models import Candidate, Suggestion, Theme


def trail(candidate: Candidate, reader: Actor) -> list[Line]:
    """Return the lines, newest first."""
    parts = [
        (f"{need.theme.name} ({need.get_horizon_display()})", editions_of(need))
        for need in candidate.needs.select_related("theme")
    ]
    lines = history_lines(parts, reader)
    lines += [*_teachings(candidate, reader), *_consents(candidate, reader), *_suggestions(candidate, reader)]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _teachings(candidate: Candidate, reader: Actor) -> Iterator[Line]:
    """A theme taken off the list has no row any more: the audit keeps both acts."""
    events = AuditEvent.objects.filter(
        action__in=["teaching.added", "teaching.removed"],
        object_type="municipalities.teaching",
        data__candidate=candidate.pk,
    )
    people = User.objects.in_bulk([event.actor_id for event in events if event.actor_kind == "user"])
    themes = {theme.slug: theme.name for theme in Theme.objects.all()}
    for event in events:
        name = themes.get(event.data["theme"], event.data["theme"])
        before, after = ("–", name) if event.action == "teaching.added" else (name, "–")
        by = signature(people.get(event.actor_id), reader)
        yield Line(event.at, by, str(_("Can teach")), "", False, [(str(_("Theme")), before, after)])


def _consents(candidate: Candidate, reader: Actor) -> Iterator[Line]:
    """Consents are added and never changed: each is before → after of the one before."""
    before = str(ConsentScope.NONE.label)
    for consent in candidate.consents.select_related("recorded_by").order_by("recorded_at", "id"):
        changes = [(str(_("To be listed")), before, str(ConsentScope(consent.scope).label))]
        changes.append(
            (
                str(_("Given by")),
                "–",
                f"{consent.given_by}, {date_format(consent.given_on, 'SHORT_DATE_FORMAT')}",
            )
        )
        yield Line(
            consent.recorded_at, signature(consent.recorded_by, reader), str(_("Consent")), "", False, changes
        )
        before = str(ConsentScope(consent.scope).label)


def _suggestions(candidate: Candidate, reader: Actor) -> Iterator[Line]:
    """What the hromada said, and what became of it."""
    suggestions = Suggestion.objects.filter(candidate=candidate).select_related(
        "need__theme", "theme", "decided_by"
    )
    for one in suggestions:
        subject = ": ".join(part for part in (str(one.get_kind_display()), about(one)) if part)
        changes = list(changes_of(one))
        yield Line(
            one.said_at,
            _("the hromada (contact #%(id)s)") % {"id": one.said_by_id},
            subject,
            "",
            False,
            changes,
        )
        if one.decided_at is not None:
            by = (
                signature(one.decided_by, reader)
                if one.decided_by
                else _("the hromada (contact #%(id)s)") % {"id": one.said_by_id}
            )
            label = field_label(Suggestion._meta.get_field("outcome"))
            became = [(label, str(SuggestionOutcome.WAITING.label), str(one.get_outcome_display()))]
            yield Line(one.decided_at, by, subject, one.reason, False, became)
