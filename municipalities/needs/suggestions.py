"""What a hromada says on its own page waits, before → after, until AUC accepts it or leaves it with a reason.

Once each.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.refusals import GiverMissing, ReasonMissing, Refused
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import plain
from municipalities.candidates import consents_on, record_consent
from municipalities.choices import ConsentScope, SuggestionKind, SuggestionOutcome
from municipalities.models import Candidate, ContactPerson, Need, Suggestion, Teaching, Theme
from municipalities.models.candidate import CURRENT
from municipalities.needs import needs
from municipalities.needs.locations import Find, finds_in
from municipalities.needs.need_reminders import tell_of_refusal
from municipalities.people import ContactExists, current_contacts, end_contact, erase

CORRECTABLE = ("urgency", "urgent_to", "text_uk", "text_en", "quantity", "valid_to", "visibility", "status")
"""What a hromada may correct in a need; translations to Norwegian are AUC's."""
DATES = frozenset({"urgent_to", "valid_to"})


class NotYours(Refused):
    """The contact does not answer for this hromada."""

    message = _("This is not about your hromada.")


class NothingSaid(Refused):
    """What was said is what is known already."""

    message = _("Nothing is different from what AUC has recorded.")


class Decided(Refused):
    """Somebody else was first, or the hromada has taken it back."""

    message = _("This change is decided already, or the hromada has taken it back.")


class AddressMissing(Refused):
    """A contact person is reached by an address."""

    message = _("Write the e-mail address.")
    field = "email"


# --- the hromada says ---------------------------------------------------------------------------------------


@transaction.atomic
def suggest_confirm(*, need: Need, by: Actor, at: datetime) -> Suggestion:
    """Say that the need is current. Raises NotYours, NeedClosed."""
    current = _own_need(need, by)
    return _say(current.candidate, SuggestionKind.CONFIRM, by=by, at=at, need=current)


@transaction.atomic
def suggest_confirm_all(*, candidate: Candidate, by: Actor, at: datetime) -> list[Suggestion]:
    """Say that every current need of which nothing else has been said is current. Raises NotYours."""
    _require_own(candidate, by)
    unsaid = candidate.needs.current().exclude(suggestions__outcome=SuggestionOutcome.WAITING)
    return [suggest_confirm(need=need, by=by, at=at) for need in unsaid]


@transaction.atomic
def suggest_change(
    *, need: Need, changes: Mapping[str, Any], by: Actor, at: datetime, is_checked: bool = False
) -> Suggestion:
    """Say what is different in the need; only what differs is kept.

    Raises NotYours, NeedClosed, NothingSaid, and what `needs.check_details` raises.
    """
    current = _own_need(need, by)
    differing = {
        name: value
        for name, value in changes.items()
        if name in CORRECTABLE and value != getattr(current, name)
    }
    values = needs.check_details(
        current.candidate, differing, today=timezone.localdate(at), is_checked=is_checked, before=current
    )
    if not values:
        raise NothingSaid
    before = {name: _stored(getattr(current, name)) for name in values}
    after = {name: _stored(value) for name, value in values.items()}
    return _say(
        current.candidate, SuggestionKind.CHANGE, by=by, at=at, need=current, before=before, after=after
    )


@transaction.atomic
def suggest_withdraw(
    *, need: Need, by: Actor, at: datetime, reason: str = "", is_checked: bool = False
) -> Suggestion:
    """Say that the need is no longer current. Raises NotYours, NeedClosed, Sensitive."""
    current = _own_need(need, by)
    needs.check_text(reason, is_checked=is_checked)
    after = {"reason": plain(reason)[:300]}
    return _say(current.candidate, SuggestionKind.WITHDRAW, by=by, at=at, need=current, after=after)


@transaction.atomic
def suggest_need(
    *,
    candidate: Candidate,
    theme: Theme,
    horizon: str,
    by: Actor,
    at: datetime,
    is_checked: bool = False,
    **details: Any,
) -> Suggestion:
    """Say what the hromada needs that is not on the list.

    Raises NotYours, NeedExists, HorizonMismatch, and of `check_details`.
    """
    _require_own(candidate, by)
    needs.check_theme(theme, horizon)
    if existing := candidate.needs.current().filter(theme=theme, horizon=horizon).first():
        raise needs.NeedExists(existing)
    values = needs.check_details(candidate, details, today=timezone.localdate(at), is_checked=is_checked)
    after = {"horizon": horizon, **{name: _stored(value) for name, value in values.items()}}
    return _say(candidate, SuggestionKind.ADD, by=by, at=at, theme=theme, after=after)


@transaction.atomic
def suggest_teaching(
    *, candidate: Candidate, theme: Theme, by: Actor, at: datetime, text: str = "", is_checked: bool = False
) -> Suggestion:
    """Say what the hromada can teach others.

    Raises NotYours, ThemeNotOffered, TeachingExists, TextTooLong, Sensitive.
    """
    _require_own(candidate, by)
    if not theme.is_live:
        raise needs.ThemeNotOffered
    if candidate.teachings.filter(theme=theme).exists():
        raise needs.TeachingExists
    needs.check_text(text, is_checked=is_checked)
    return _say(candidate, SuggestionKind.TEACH, by=by, at=at, theme=theme, after={"text": plain(text)})


@transaction.atomic
def suggest_no_teaching(*, teaching: Teaching, by: Actor, at: datetime) -> Suggestion:
    """Say that the hromada does not teach this any more. Raises NotYours."""
    _require_own(teaching.candidate, by)
    before = {"text": teaching.text}
    return _say(teaching.candidate, SuggestionKind.UNTEACH, by=by, at=at, theme=teaching.theme, before=before)


@transaction.atomic
def suggest_consent(
    *, candidate: Candidate, scope: str, given_by: str, by: Actor, at: datetime, valid_to: date | None = None
) -> Suggestion:
    """Say where the hromada agrees to be listed, and which office says so.

    Raises NotYours, GiverMissing, AlreadyOver.
    """
    _require_own(candidate, by)
    given_by, today = plain(given_by), timezone.localdate(at)
    if not given_by:
        raise GiverMissing(message=_("Write which office gives the consent."))
    if valid_to is not None and valid_to < today:
        raise needs.AlreadyOver
    before = {"scope": str(consents_on(today).get(candidate.pk, ConsentScope.NONE).value)}
    after = {
        "scope": str(ConsentScope(scope).value),
        "given_by": given_by[:120],
        "valid_to": _stored(valid_to),
    }
    suggestion = _say(candidate, SuggestionKind.CONSENT, by=by, at=at, before=before, after=after)
    if takes_back(suggestion):
        tell_of_refusal(suggestion=suggestion, at=at)
    return suggestion


def takes_back(suggestion: Suggestion) -> bool:
    """Say whether the hromada agrees to less than before."""
    order = ConsentScope.values
    return suggestion.kind == SuggestionKind.CONSENT and order.index(suggestion.after["scope"]) < order.index(
        suggestion.before["scope"]
    )


@transaction.atomic
def suggest_contact(
    *, candidate: Candidate, email: str, by: Actor, at: datetime, replaces: bool, **facts: str
) -> Suggestion:
    """Say who answers for the hromada, or correct oneself.

    The person stands in `ContactPerson`, and nowhere else.

    `facts` holds name, title and phone.

    Raises NotYours, AddressMissing, ContactExists.
    """
    _require_own(candidate, by)
    email = email.strip().lower()
    if not email:
        raise AddressMissing
    if current_contacts(candidate.hromada_id).filter(email=email).exclude(pk=by.id or 0).exists():
        raise ContactExists
    person = ContactPerson.objects.create(
        hromada=candidate.hromada,
        email=email,
        created_at=at,
        **{name: plain(value) for name, value in facts.items()},
    )
    return _say(candidate, SuggestionKind.CONTACT, by=by, at=at, person=person, after={"replaces": replaces})


@transaction.atomic
def take_back(*, suggestion: Suggestion, by: Actor, at: datetime) -> Suggestion:
    """Take back what AUC has not decided. Raises NotYours, Decided."""
    _require_own(suggestion.candidate, by)
    _close(suggestion, SuggestionOutcome.TAKEN_BACK, at=at)
    record("suggestion.taken_back", suggestion, by=by, at=at, data=_facts(suggestion))
    return suggestion


def waiting_of(candidate: Candidate) -> QuerySet[Suggestion]:
    """Return what the hromada has said and AUC has not decided, in the order it was said."""
    waiting = Suggestion.objects.filter(candidate=candidate, outcome=SuggestionOutcome.WAITING)
    return waiting.select_related(
        "need__theme", "theme", "person", "said_by", "candidate__hromada__oblast"
    ).order_by("id")


def _require_own(candidate: Candidate, by: Actor) -> None:
    if by.kind != "hromada" or not current_contacts(candidate.hromada_id).filter(pk=by.id or 0).exists():
        raise NotYours


def _own_need(need: Need, by: Actor) -> Need:
    """Return the need as it is now, when it is the contact's hromada's and open."""
    current = Need.objects.select_related("candidate__hromada", "theme").get(pk=need.pk)
    _require_own(current.candidate, by)
    if current.status not in CURRENT:
        raise needs.NeedClosed
    return current


def _say(
    candidate: Candidate,
    kind: SuggestionKind,
    *,
    by: Actor,
    at: datetime,
    before: Any = None,
    after: Any = None,
    **about: Any,
) -> Suggestion:
    """Write it down.

    What the hromada said before of the same thing and nobody has decided is taken back by it.
    """
    # The lock keeps two tabs of one contact from both waiting with an answer to the same question.
    Candidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
    for earlier in _same(candidate, kind, **about):
        _close(earlier, SuggestionOutcome.TAKEN_BACK, at=at)
        record("suggestion.taken_back", earlier, by=by, at=at, data=_facts(earlier))
    suggestion = Suggestion.objects.create(
        candidate=candidate,
        kind=kind,
        said_at=at,
        said_by=ContactPerson(pk=by.id),
        before=before or {},
        after=after or {},
        **about,
    )
    record("suggestion.said", suggestion, by=by, at=at, data=_facts(suggestion))
    return suggestion


def _same(
    candidate: Candidate,
    kind: SuggestionKind,
    *,
    need: Need | None = None,
    theme: Theme | None = None,
    **_about: Any,
) -> QuerySet[Suggestion]:
    waiting = Suggestion.objects.filter(
        candidate=candidate, outcome=SuggestionOutcome.WAITING
    ).select_related("person")
    if need is not None:
        return waiting.filter(need=need)
    if kind in {SuggestionKind.TEACH, SuggestionKind.UNTEACH}:
        return waiting.filter(theme=theme, kind__in=[SuggestionKind.TEACH, SuggestionKind.UNTEACH])
    # A theme may be needed for both horizons, and several people may answer: none of them is the same thing
    # said twice.
    return waiting.filter(kind=kind) if kind == SuggestionKind.CONSENT else waiting.none()


def _close(
    suggestion: Suggestion,
    outcome: SuggestionOutcome,
    *,
    at: datetime,
    by: Actor | None = None,
    reason: str = "",
) -> None:
    values: dict[str, Any] = {
        "outcome": outcome,
        "decided_at": at,
        "decided_by_id": by.id if by else None,
        "reason": reason,
    }
    # Compare-and-swap: of two who decide at once, one row changes (and the trigger closes it for good).
    if Suggestion.objects.filter(pk=suggestion.pk, outcome=SuggestionOutcome.WAITING).update(**values) != 1:
        raise Decided
    for field, value in values.items():
        setattr(suggestion, field, value)
    if outcome != SuggestionOutcome.ACCEPTED and suggestion.person is not None:
        erase(suggestion.person, by=by or Actor.hromada_contact(suggestion.said_by_id), at=at)


def _facts(suggestion: Suggestion) -> dict[str, Any]:
    return {"candidate": suggestion.candidate_id, "kind": str(suggestion.kind), "need": suggestion.need_id}


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


# --- AUC decides --------------------------------------------------------------------------------------------


def details_of(suggestion: Suggestion) -> dict[str, Any]:
    """Return what `after` says, with its dates as dates."""
    return {
        name: date.fromisoformat(value) if name in DATES and value else value
        for name, value in suggestion.after.items()
    }


def finds_of(suggestion: Suggestion) -> list[Find]:
    """Return what in the suggestion's texts AUC should look at before it accepts."""
    return finds_in(str(value) for value in suggestion.after.values() if isinstance(value, str))


@transaction.atomic
def accept_suggestion(
    *,
    suggestion: Suggestion,
    by: Actor,
    at: datetime,
    seen_edition: int | None = None,
    is_checked: bool = False,
) -> Suggestion:
    """Do what the hromada said.

    `seen_edition` is the need's edition on the page where AUC pressed the button.

    Raises NotAllowed, Decided, and what the act itself raises: StaleNeed, NeedClosed, NeedExists, TooPublic,
    Sensitive, …
    """
    require(by, May.EDIT_NEEDS)
    if not is_checked and (finds := finds_of(suggestion)):
        raise needs.Sensitive(finds)
    _close(suggestion, SuggestionOutcome.ACCEPTED, at=at, by=by)
    _do(suggestion, by=by, at=at, seen_edition=seen_edition)
    record("suggestion.accepted", suggestion, by=by, at=at, data=_facts(suggestion))
    return suggestion


@transaction.atomic
def decline_suggestion(*, suggestion: Suggestion, reason: str, by: Actor, at: datetime) -> Suggestion:
    """Leave all as it was; the hromada reads the reason on its page.

    Raises NotAllowed, ReasonMissing, Decided.
    """
    require(by, May.EDIT_NEEDS)
    reason = plain(reason)
    if not reason:
        raise ReasonMissing
    _close(suggestion, SuggestionOutcome.DECLINED, at=at, by=by, reason=reason)
    record("suggestion.declined", suggestion, by=by, at=at, reason=reason, data=_facts(suggestion))
    return suggestion


@transaction.atomic
def accept_all(
    *, candidate: Candidate, seen: Mapping[int, int | None], by: Actor, at: datetime
) -> tuple[list[Suggestion], list[Suggestion]]:
    """Accept what was seen (id → edition of its need).

    Return what was accepted, and what was left because it needs a look.

    Each stands or falls alone: one that cannot be done leaves no trace and the others are done. Raises
    NotAllowed.
    """
    require(by, May.EDIT_NEEDS)
    accepted: list[Suggestion] = []
    left: list[Suggestion] = []
    for suggestion in waiting_of(candidate).filter(pk__in=seen):
        try:
            with transaction.atomic():
                accepted.append(
                    accept_suggestion(suggestion=suggestion, by=by, at=at, seen_edition=seen[suggestion.pk])
                )
        except Refused:
            left.append(suggestion)
    return accepted, left


def _do(suggestion: Suggestion, *, by: Actor, at: datetime, seen_edition: int | None) -> None:
    """Call the service that makes it true; the confirmation is as old as what the hromada said."""
    said_on = timezone.localdate(suggestion.said_at)
    if suggestion.need is not None:
        _do_need(suggestion, suggestion.need, by=by, at=at, seen_edition=seen_edition, said_on=said_on)
    elif suggestion.kind == SuggestionKind.CONSENT:
        valid_to = suggestion.after.get("valid_to")
        record_consent(
            candidate=suggestion.candidate,
            scope=suggestion.after["scope"],
            given_on=said_on,
            given_by=suggestion.after["given_by"],
            valid_to=date.fromisoformat(valid_to) if valid_to else None,
            by=by,
            at=at,
        )
    elif suggestion.person is not None:
        _do_contact(suggestion, suggestion.person, by=by, at=at)
    elif suggestion.theme is not None:
        _do_theme(suggestion, suggestion.theme, by=by, at=at, said_on=said_on)


def _do_need(
    suggestion: Suggestion, need: Need, *, by: Actor, at: datetime, seen_edition: int | None, said_on: date
) -> None:
    edition = need.edition if seen_edition is None else seen_edition
    if suggestion.kind == SuggestionKind.CONFIRM:
        needs.confirm_need(need=need, by=by, at=at, seen_edition=edition, said_on=said_on)
    elif suggestion.kind == SuggestionKind.CHANGE:
        needs.change_need(
            need=need,
            seen_edition=edition,
            changes=details_of(suggestion),
            by=by,
            at=at,
            is_checked=True,
            said_on=said_on,
        )
    else:
        reason = suggestion.after.get("reason", "")
        needs.withdraw_need(need=need, reason=reason, seen_edition=edition, by=by, at=at, is_checked=True)


def _do_theme(suggestion: Suggestion, theme: Theme, *, by: Actor, at: datetime, said_on: date) -> None:
    candidate = suggestion.candidate
    if suggestion.kind == SuggestionKind.ADD:
        needs.add_need(
            candidate=candidate,
            theme=theme,
            by=by,
            at=at,
            is_checked=True,
            said_on=said_on,
            **details_of(suggestion),
        )
    elif suggestion.kind == SuggestionKind.TEACH:
        needs.add_teaching(
            candidate=candidate, theme=theme, text=suggestion.after["text"], by=by, at=at, is_checked=True
        )
    else:
        teaching = (
            Teaching.objects.select_related("theme", "candidate")
            .filter(candidate=candidate, theme=theme)
            .first()
        )
        if teaching is not None:  # AUC may have taken it off meanwhile: then it is so already
            needs.remove_teaching(teaching=teaching, by=by, at=at)


def _do_contact(suggestion: Suggestion, person: ContactPerson, *, by: Actor, at: datetime) -> None:
    """Make the person the hromada's contact.

    Who only corrected themselves stays the same row, and keeps the link.
    """
    speaker = ContactPerson.objects.get(pk=suggestion.said_by_id)
    if person.email == speaker.email:
        speaker.name, speaker.title, speaker.phone = person.name, person.title, person.phone
        speaker.save(update_fields=["name", "title", "phone"])
        erase(person, by=by, at=at)
    elif suggestion.after.get("replaces"):
        end_contact(contact=speaker, by=by, at=at)
