"""KS's own texts of mails and of the receipt page: one per text and language, sound when it is saved, and
every change kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.history import save_with_history
from kommunesamarbeid.core.mail.composing import Fault, Words, faults, standard_with_marks
from kommunesamarbeid.core.mail.letters import TEXTS, Letter
from kommunesamarbeid.core.models import MailText, User
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import plain


class Unsound(Refused):
    """The text cannot be sent; `faults` names each field and why."""

    def __init__(self, text_faults: list[Fault]) -> None:
        super().__init__(text_faults)
        self.faults = text_faults

    def __str__(self) -> str:
        return " ".join(why for _field, why in self.faults)


class StaleText(Refused):
    """Somebody else changed the text in between; `current` is as it is now."""

    message = _("Somebody else has changed this text in the meantime. Check both versions and save again.")

    def __init__(self, current: MailText) -> None:
        super().__init__(current.pk)
        self.current = current


def cleaned(subject: str, body: str) -> Words:
    """Return a text as it may be kept: trimmed, with plain line breaks, and without national identity
    numbers.
    """
    return plain(subject), plain(body)


def check_text(letter: Letter, subject: str, body: str) -> None:
    """Raise Unsound when the text cannot be sent."""
    if text_faults := list(faults(letter, subject, body)):
        raise Unsound(text_faults)


@transaction.atomic
def save_text(
    *, letter: Letter, language: str, subject: str, body: str, seen_edition: int, by: Actor, at: datetime
) -> MailText:
    """Keep KS's own text; what equals the standard text is the standard text.

    Raises NotAllowed, Unsound, StaleText.
    """
    require(by, May.EDIT_TEXTS)
    subject, body = cleaned(subject, body)
    check_text(letter, subject, body)
    wanted = ("", "") if (subject, body) == standard_with_marks(letter, language) else (subject, body)
    return _save_edition(letter, language, wanted, seen_edition, by=by, at=at)


@transaction.atomic
def restore_standard(
    *, letter: Letter, language: str, seen_edition: int, by: Actor, at: datetime
) -> MailText:
    """Go back to the standard text; KS's own stays in the history. Raises NotAllowed, StaleText."""
    require(by, May.EDIT_TEXTS)
    return _save_edition(letter, language, ("", ""), seen_edition, by=by, at=at)


def _save_edition(
    letter: Letter, language: str, words: Words, seen_edition: int, *, by: Actor, at: datetime
) -> MailText:
    if language not in letter.languages:
        raise KeyError(language)
    # Made without a history row: the standard text has none, and of two who make it at once both find it.
    MailText.objects.bulk_create([MailText(name=letter.name, language=language)], ignore_conflicts=True)
    current = MailText.objects.select_for_update().get(name=letter.name, language=language)
    if current.edition != seen_edition:
        raise StaleText(current)
    if (current.subject, current.body) == words:
        return current
    current.subject, current.body = words
    current.edition += 1
    current.updated_at, current.updated_by_id, current.unused_since = at, by.id, None
    save_with_history(current, by=by, at=at)
    data = {"name": letter.name, "language": language, "edition": current.edition}
    record("mail_text.changed" if current.body else "mail_text.standard", current, by=by, at=at, data=data)
    return current


def own_texts() -> Mapping[tuple[str, str], MailText]:
    """Return the rows of all texts by name and language; those that were never changed have none.

    One query.
    """
    return {(text.name, text.language): text for text in MailText.objects.select_related("updated_by")}


def text_of(letter: Letter, language: str) -> MailText:
    """Return the row of one text, or an unsaved one that stands for the standard text."""
    text = MailText.objects.select_related("updated_by").filter(name=letter.name, language=language).first()
    return text or MailText(name=letter.name, language=language)


def words_of(letter: Letter, text: MailText) -> Words:
    """Return subject and body as they are written now, with placeholders: KS's own, else the
    standard text.
    """
    return (text.subject, text.body) if text.body else standard_with_marks(letter, text.language)


@dataclass(frozen=True)
class Change:
    """One change of a text: when, by whom, and the words before and after.

    Blank words are the standard text.
    """

    at: datetime
    by: User | None
    before: Words
    after: Words


def changes_of(text: MailText, *, limit: int = 50) -> list[Change]:
    """Return the latest changes of a text, newest first. One query."""
    rows = list(text.history.select_related("history_user").order_by("-history_id")[: limit + 1])
    words = [(row.subject, row.body) for row in rows] + [("", "")]
    return [
        Change(row.history_date, row.history_user, words[at + 1], words[at])
        for at, row in enumerate(rows[:limit])
    ]


def unused_texts() -> list[MailText]:
    """Return the texts that could not be filled since they were last changed, so that the standard text went
    out.
    """
    return list(MailText.objects.filter(unused_since__isnull=False).exclude(body=""))


def paragraphs_of(name: str, language: str) -> list[str]:
    """Return a page's own text as paragraphs of plain text.

    None when KS has written none in this language.
    """
    body = (
        MailText.objects.filter(name=TEXTS[name].name, language=language)
        .values_list("body", flat=True)
        .first()
        or ""
    )
    return [paragraph.strip() for paragraph in body.split("\n\n") if paragraph.strip()]
