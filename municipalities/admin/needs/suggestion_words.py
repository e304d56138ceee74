"""How a change from a hromada reads: what it is about, before → after by field, what to look at first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kommunesamarbeid.core.desk.values import field_label, show, yes_no
from kommunesamarbeid.core.roles import Actor, May
from municipalities.choices import ConsentScope, Horizon, SuggestionKind
from municipalities.models import Need, Suggestion
from municipalities.needs.locations import words_for
from municipalities.needs.suggestions import details_of, finds_of, takes_back

Change = tuple[str, str, str]


def suggestion_row(suggestion: Suggestion, reader: Actor, today: date) -> dict[str, Any]:
    """Return one waiting change as AUC's page shows it.

    Before is what the need says now, not what they saw.
    """
    need = suggestion.need
    person = suggestion.person if reader.may(May.READ_UKRAINIAN_CONTACTS) else None
    changes = list(changes_of(suggestion, now=need))
    return {
        "suggestion": suggestion,
        "about": about(suggestion),
        "changes": changes[1:] if person is not None else changes,  # who is named needs no number
        "person": person,
        "edition": need.edition if need is not None else None,
        "question": words_for(finds_of(suggestion)),
        "is_urgent": takes_back(suggestion),
    }


def about(suggestion: Suggestion) -> str:
    """Name what it is about: a need by theme and horizon, a theme, or nothing more than its kind."""
    if suggestion.need is not None:
        return f"{suggestion.need.theme.name} ({suggestion.need.get_horizon_display()})"
    if suggestion.theme is None:
        return ""
    horizon = suggestion.after.get("horizon")
    return f"{suggestion.theme.name} ({Horizon(horizon).label})" if horizon else suggestion.theme.name


def changes_of(suggestion: Suggestion, now: Need | None = None) -> Iterator[Change]:
    """Yield (label, before, after) in the reader's words; `now` gives before as it stands today."""
    before, after = suggestion.before, details_of(suggestion)
    if suggestion.kind in {SuggestionKind.CHANGE, SuggestionKind.ADD}:
        for name, value in after.items():
            field = Need._meta.get_field(name)
            old = getattr(now, name) if now is not None else _as_day(name, before.get(name))
            yield field_label(field), show(field, old), show(field, value)
    elif suggestion.kind == SuggestionKind.CONSENT:
        yield (
            _("To be listed"),
            str(ConsentScope(before["scope"]).label),
            str(ConsentScope(after["scope"]).label),
        )
        yield _("Given by"), "–", after["given_by"]
        if after.get("valid_to"):
            yield _("Valid to"), "–", date_format(after["valid_to"], "SHORT_DATE_FORMAT")
    elif suggestion.kind in {SuggestionKind.TEACH, SuggestionKind.UNTEACH}:
        yield _("Description"), before.get("text") or "–", after.get("text") or "–"
    elif suggestion.kind == SuggestionKind.WITHDRAW:
        yield _("Reason"), "–", after.get("reason") or "–"
    elif suggestion.kind == SuggestionKind.CONTACT:
        # Ids only: the person stands in one erasable row.
        yield _("Contact person"), f"#{suggestion.said_by_id}", f"#{suggestion.person_id}"
        yield _("Takes over from the one before"), "–", yes_no(bool(after.get("replaces")))


def _as_day(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name in {"urgent_to", "valid_to"} and value else value
