"""AUC's needs and offers of a candidate are current, confirmed on a date, and their earlier editions are
kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.history import save_with_history
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.refusals import Refused, TextMissing
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import plain
from municipalities.candidates import category_on
from municipalities.choices import NeedStatus, NeedVisibility, ThemeHorizon, ThemeScope
from municipalities.models import Candidate, Need, NeedComment, Teaching, Theme
from municipalities.models.candidate import CURRENT
from municipalities.needs.locations import Find, finds_in, words_for

CHANGEABLE = (
    "urgency", "urgent_to", "text_uk", "text_en", "text_en_by_machine", "text_nb", "text_nb_by_machine",
    "quantity", "valid_to",
    "visibility", "status",
)  # fmt: skip
TEXTS = {"text_uk": 500, "text_en": 500, "text_nb": 500, "quantity": 120}
"""The free texts and how long they may be, in characters."""


class ThemeNotOffered(Refused):
    """The theme is retired, or cannot be used for this."""

    message = _("This theme can no longer be chosen.")
    field = "theme"


class HorizonMismatch(Refused):
    """The theme is meant for the other horizon only."""

    message = _("This theme is not meant for that horizon.")
    field = "horizon"


class NeedExists(Refused):
    """The candidate has a current need of this theme and horizon; `need` is it."""

    message = _("There is a current need with this theme and horizon already. Change that one.")
    field = "theme"

    def __init__(self, need: Need) -> None:
        super().__init__(need.pk)
        self.need = need


class TooPublic(Refused):
    """A need is the partner's at most while its candidate is in the war zone or undetermined."""

    message = _("A need cannot be public while the candidate is in the war zone or undetermined.")
    field = "visibility"


class AlreadyOver(Refused):
    """A need that has run out cannot be said to be current."""

    message = _("The date has passed.")
    field = "valid_to"


class UrgencyOver(Refused):
    """A need that is said to be urgent is so until a day that has not passed."""

    message = _("The date has passed.")
    field = "urgent_to"


class TextTooLong(Refused):
    """A text is short, so that it can be read on a phone."""

    message = _("The text is too long: at most 500 characters.")


class Sensitive(Refused):
    """A text seems to give away a place or a person, and nobody has said that it was checked.

    `finds` is what.
    """

    message = _("The text may hold %(finds)s. Take it out, or confirm that you have checked.")

    def __init__(self, finds: list[Find]) -> None:
        super().__init__(finds)
        self.finds = finds

    def __str__(self) -> str:
        return str(self.message) % {"finds": words_for(self.finds)}


class NeedClosed(Refused):
    """The need is met or no longer current; a new one is added instead."""

    message = _("This need is closed. Add a new one.")


class StaleNeed(Refused):
    """Somebody else changed the need in between; `current` is as it is now."""

    message = _("Somebody else has changed this need in the meantime. Check both versions and save again.")

    def __init__(self, current: Need) -> None:
        super().__init__(current.pk)
        self.current = current


class AlreadyAccepted(Refused):
    """Somebody else accepted it first."""

    message = _("This comment is accepted already.")


class TeachingExists(Refused):
    """The candidate teaches this theme already."""

    message = _("This theme is on the list already.")
    field = "theme"


@transaction.atomic
def add_need(
    *,
    candidate: Candidate,
    theme: Theme,
    horizon: str,
    urgency: int,
    by: Actor,
    at: datetime,
    is_checked: bool = False,
    said_on: date | None = None,
    **details: Any,
) -> Need:
    """Add a current need; `details` holds the other fields of `CHANGEABLE`.

    Adding confirms it, today or on `said_on`.

    `is_checked` says that the writer has looked at what `locations` finds. An out-of-scope theme is recorded
    and referred, never matched. Raises NotAllowed, ThemeNotOffered, HorizonMismatch, NeedExists, and what
    `check_details` raises.
    """
    require(by, May.EDIT_NEEDS)
    locked = Candidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
    check_theme(theme, horizon)
    existing = Need.objects.current().filter(candidate=locked, theme=theme, horizon=horizon).first()
    if existing is not None:
        raise NeedExists(existing)
    today = timezone.localdate(at)
    values = check_details(locked, {"urgency": urgency, **details}, today=today, is_checked=is_checked)
    need = Need(
        candidate=locked,
        theme=theme,
        horizon=horizon,
        confirmed_on=said_on or today,
        confirmed_by_id=by.id,
        created_at=at,
        updated_at=at,
        **values,
    )
    save_with_history(need, by=by, at=at)
    record(
        "need.added",
        need,
        by=by,
        at=at,
        data={**_facts(need), "referred": is_referred(theme), **_looked_at(values)},
    )
    return need


def check_theme(theme: Theme, horizon: str) -> None:
    """Raise ThemeNotOffered or HorizonMismatch."""
    if theme.retired_at is not None:
        raise ThemeNotOffered
    if theme.horizon not in {ThemeHorizon.BOTH, horizon}:
        raise HorizonMismatch


def is_referred(theme: Theme) -> bool:
    """Say whether a need of this theme is heard and referred instead of matched."""
    return theme.scope == ThemeScope.OUT


def visibility_on(need: Need, category: str) -> NeedVisibility:
    """Return who may read the need while its candidate has this category: never more than was set, never too
    much.
    """
    return NeedVisibility(need.visibility).within(category)


def check_details(
    candidate: Candidate,
    details: Mapping[str, Any],
    *,
    today: date,
    is_checked: bool,
    before: Need | None = None,
) -> dict[str, Any]:
    """Return the details as they may be kept, when they are sound.

    A name outside `CHANGEABLE` is a programming error (KeyError).

    Only what differs from `before` is asked about. Raises TooPublic, AlreadyOver, UrgencyOver, TextTooLong,
    Sensitive.
    """
    if unknown := sorted(details.keys() - set(CHANGEABLE)):
        raise KeyError(unknown[0])
    if (
        details.get("visibility") == NeedVisibility.PUBLIC
        and NeedVisibility.PUBLIC.within(category_on(candidate, today)) != NeedVisibility.PUBLIC
    ):
        raise TooPublic
    for name, refusal in (("valid_to", AlreadyOver), ("urgent_to", UrgencyOver)):
        day = details.get(name)
        if day is not None and day < today:
            raise refusal
    values = {name: plain(value) if name in TEXTS else value for name, value in details.items()}
    texts = {
        name: values[name] for name in TEXTS if name in values and values[name] != getattr(before, name, "")
    }
    if any(len(text) > TEXTS[name] for name, text in texts.items()):
        raise TextTooLong
    if not is_checked and (finds := finds_in(texts.values())):
        raise Sensitive(finds)
    return values


def check_text(text: str, *, is_checked: bool) -> None:
    """Refuse a text that stands alone when it is too long, or holds what nobody has looked at.

    Raises TextTooLong, Sensitive.
    """
    clean_text = plain(text)
    if len(clean_text) > TEXTS["text_uk"]:
        raise TextTooLong
    if not is_checked and (finds := finds_in([clean_text])):
        raise Sensitive(finds)


def _looked_at(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return, for the audit row, what the writer has said yes to; never the text itself."""
    finds = finds_in(values[name] for name in TEXTS if name in values)
    return {"finds": [find.value for find in finds]} if finds else {}


@transaction.atomic
def change_need(
    *,
    need: Need,
    seen_edition: int,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    is_checked: bool = False,
    said_on: date | None = None,
) -> Need:
    """Change what `CHANGEABLE` names.

    The writer vouches for the need, so it is confirmed too, today or on `said_on`.

    Raises NotAllowed, NeedClosed, StaleNeed, and what `check_details` raises.
    """
    require(by, May.EDIT_NEEDS)
    current = _locked(need, seen_edition)
    today = timezone.localdate(at)
    values = check_details(current.candidate, changes, today=today, is_checked=is_checked, before=current)
    for field, value in values.items():
        setattr(current, field, value)
    current.edition += 1
    _confirm(current, by=by, at=at, on=said_on)
    data = {**_facts(current), "fields": sorted(changes), **_looked_at(values)}
    record("need.changed", current, by=by, at=at, data=data)
    return current


@transaction.atomic
def confirm_need(
    *, need: Need, by: Actor, at: datetime, seen_edition: int | None = None, said_on: date | None = None
) -> Need:
    """Say that the need is current today (or was on `said_on`), unchanged.

    Raises NotAllowed, NeedClosed, StaleNeed, AlreadyOver, UrgencyOver.
    """
    require(by, May.EDIT_NEEDS)
    current = _locked(need, seen_edition)
    for day, refusal in ((current.valid_to, AlreadyOver), (current.urgent_to, UrgencyOver)):
        if day is not None and day < timezone.localdate(at):
            raise refusal
    _confirm(current, by=by, at=at, on=said_on)
    record("need.confirmed", current, by=by, at=at, data=_facts(current))
    return current


@transaction.atomic
def confirm_needs(
    *, candidate: Candidate, seen: Mapping[int, int], by: Actor, at: datetime
) -> tuple[list[Need], list[Need]]:
    """Confirm several needs of one candidate, each in the edition that was seen (id → edition).

    Return those confirmed, and those left as they were because they were changed, closed or have run out.
    Raises NotAllowed.
    """
    require(by, May.EDIT_NEEDS)
    confirmed: list[Need] = []
    left: list[Need] = []
    for need in Need.objects.filter(candidate=candidate, pk__in=seen).select_related("theme").order_by("pk"):
        try:
            confirmed.append(confirm_need(need=need, by=by, at=at, seen_edition=seen[need.pk]))
        except Refused:
            left.append(need)
    return confirmed, left


@transaction.atomic
def withdraw_need(
    *,
    need: Need,
    by: Actor,
    at: datetime,
    reason: str = "",
    seen_edition: int | None = None,
    is_checked: bool = False,
) -> Need:
    """Say that the need is no longer current; it is kept, and closed.

    Raises NotAllowed, NeedClosed, StaleNeed, Sensitive.
    """
    require(by, May.EDIT_NEEDS)
    check_text(reason, is_checked=is_checked)
    current, reason = _locked(need, seen_edition), plain(reason)
    current.status = NeedStatus.WITHDRAWN
    current.edition += 1
    current.updated_at = at
    save_with_history(current, by=by, at=at, reason=reason)
    record("need.withdrawn", current, by=by, at=at, reason=reason, data=_facts(current))
    return current


def _locked(need: Need, seen_edition: int | None) -> Need:
    """Return the need as it is now, locked until the act is done, unless it is closed or has moved on."""
    current = (
        Need.objects.select_for_update(of=("self",)).select_related("candidate", "theme").get(pk=need.pk)
    )
    if current.status not in CURRENT:
        raise NeedClosed
    if seen_edition is not None and current.edition != seen_edition:
        raise StaleNeed(current)
    return current


def _confirm(need: Need, *, by: Actor, at: datetime, on: date | None) -> None:
    # What a hromada said some days ago never makes a confirmation older than it is.
    need.confirmed_on = timezone.localdate(at) if on is None else max(on, need.confirmed_on)
    need.confirmed_by_id = by.id
    need.updated_at = at
    save_with_history(need, by=by, at=at)


def _facts(need: Need) -> dict[str, Any]:
    return {
        "candidate": need.candidate_id,
        "theme": need.theme.slug,
        "horizon": need.horizon,
        "edition": need.edition,
    }


@transaction.atomic
def comment_need(*, need: Need, text: str, by: Actor, at: datetime, is_checked: bool = False) -> NeedComment:
    """Suggest something to AUC about a need.

    Raises NotAllowed, TextMissing, NeedClosed, TextTooLong, Sensitive.
    """
    require(by, May.COMMENT_NEEDS)
    current = _locked(need, None)
    text = plain(text)
    if not text:
        raise TextMissing(message=_("Write the comment."))
    check_text(text, is_checked=is_checked)
    comment = NeedComment.objects.create(need=current, text=text, written_at=at, written_by=User(pk=by.id))
    record("need.commented", comment, by=by, at=at, data=_facts(current))
    return comment


@transaction.atomic
def accept_comment(*, comment: NeedComment, by: Actor, at: datetime) -> NeedComment:
    """Take KS's suggestion to heart, in one tap; the need itself is changed by AUC's own words.

    Raises NotAllowed, AlreadyAccepted.
    """
    require(by, May.EDIT_NEEDS)
    values = {"accepted_at": at, "accepted_by_id": by.id}
    if NeedComment.objects.filter(pk=comment.pk, accepted_at=None).update(**values) != 1:
        raise AlreadyAccepted
    for field, value in values.items():
        setattr(comment, field, value)
    record("need.comment_accepted", comment, by=by, at=at, data={"need": comment.need_id})
    return comment


@transaction.atomic
def add_teaching(
    *, candidate: Candidate, theme: Theme, by: Actor, at: datetime, text: str = "", is_checked: bool = False
) -> Teaching:
    """Write that the candidate can teach others within a theme.

    Raises NotAllowed, ThemeNotOffered, TeachingExists, TextTooLong, Sensitive.
    """
    require(by, May.EDIT_NEEDS)
    Candidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
    if not theme.is_live:
        raise ThemeNotOffered
    if Teaching.objects.filter(candidate=candidate, theme=theme).exists():
        raise TeachingExists
    check_text(text, is_checked=is_checked)
    teaching = Teaching.objects.create(candidate=candidate, theme=theme, text=plain(text))
    record("teaching.added", teaching, by=by, at=at, data={"candidate": candidate.pk, "theme": theme.slug})
    return teaching


@transaction.atomic
def remove_teaching(*, teaching: Teaching, by: Actor, at: datetime) -> None:
    """Take a theme off the list of what the candidate can teach; the audit keeps that it was there.

    Raises NotAllowed.
    """
    require(by, May.EDIT_NEEDS)
    record(
        "teaching.removed",
        teaching,
        by=by,
        at=at,
        data={"candidate": teaching.candidate_id, "theme": teaching.theme.slug},
    )
    teaching.delete()
