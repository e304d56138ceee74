"""A mail is a row written in the act's own transaction: rolled back with it, sent once by `delivery`, never
lost.

A mail carries a link and a case reference, never answers, needs or names of others (a municipality's
postmottak is open to the public). The address stands in post-office's row until it is sent and cleaned; our
record keeps ids. Where KS has a text of its own (`MailText`) it goes out instead of the standard one; never
is a mail lost by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from post_office import mail
from post_office.models import STATUS, Email

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.mail.composing import Words, compose, standard
from kommunesamarbeid.core.mail.letters import LETTERS
from kommunesamarbeid.core.models import MailRecord, MailText, User
from kommunesamarbeid.core.roles import SYSTEM


@dataclass(frozen=True)
class Recipient:
    """Who gets a mail: kind (user, contact, office), id, address now, and the language to write in."""

    kind: str
    id: int | None
    address: str
    language: str

    @classmethod
    def of(cls, user: User) -> Recipient:
        """Return how to write to one of the staff: the address, in the language the user has chosen."""
        return cls("user", user.pk, user.email, user.language)


def queue_mail(
    template: str,
    *,
    to: Recipient,
    case_reference: str,
    at: datetime,
    send_after: datetime | None = None,
    context: Mapping[str, Any] | None = None,
    unsubscribe: str = "",
) -> MailRecord:
    """Write a mail to the outbox, in KS's own text or from `templates/mail/<template>.txt` (first line is the
    subject).

    Rendered now, in the recipient's language, so that what is sent is what was decided.
    """
    return queue_mails(
        [(template, to)],
        case_reference=case_reference,
        at=at,
        send_after=send_after,
        context=context,
        unsubscribe=unsubscribe,
    )[0]


def queue_mails(
    letters: Sequence[tuple[str, Recipient]],
    *,
    case_reference: str,
    at: datetime,
    send_after: datetime | None = None,
    context: Mapping[str, Any] | None = None,
    own_contexts: Sequence[Mapping[str, Any]] = (),
    unsubscribe: str = "",
) -> list[MailRecord]:
    """Write several mails of one case, each (template, recipient) in its own language.

    Three queries at any number.

    `own_contexts` is what each letter carries beside `context`, in their order.
    `unsubscribe` is the path of the page where the recipients can stop such mails; mail programs show it
    (L-35).
    """
    shared = {**(context or {}), "case_reference": case_reference}
    texts = MailText.objects.exclude(body="").filter(name__in={template for template, _to in letters})
    own_texts = {(text.name, text.language): text for text in texts}
    written = [
        _write(template, to, {**shared, **values}, own_texts.get((template, to.language)), at)
        for (template, to), values in zip(letters, own_contexts or [{}] * len(letters), strict=True)
    ]
    headers = {"Auto-Submitted": "auto-generated"}
    if unsubscribe:
        headers["List-Unsubscribe"] = f"<{settings.BASE_URL}{unsubscribe}>"
    emails = mail.send_many(
        [{**letter, "headers": headers, "scheduled_time": send_after} for letter in written]
    )
    records = [
        MailRecord(
            template=template,
            language=to.language,
            recipient_kind=to.kind,
            recipient_id=to.id,
            case_reference=case_reference,
            queued_at=at,
            send_after=send_after or at,
            email=email,
        )
        for (template, to), email in zip(letters, emails, strict=True)
    ]
    return MailRecord.objects.bulk_create(records)


def _write(
    template: str, to: Recipient, context: Mapping[str, Any], own_text: MailText | None, at: datetime
) -> dict[str, Any]:
    """Return a mail as post-office takes it, rendered in the recipient's language."""
    with translation.override(to.language):
        filled = _filled(own_text, context, at) if own_text is not None else None
        subject, body = filled or standard(template, context)
    return {
        "recipients": [to.address],
        "sender": settings.DEFAULT_FROM_EMAIL,
        # post-office renders what it is given as a template once more: a text from a person must not be one.
        "subject": "{{ subject|safe }}",
        "message": "{{ message|safe }}",
        "context": {"subject": subject, "message": body + "\n"},
    }


def _filled(own_text: MailText, context: Mapping[str, Any], at: datetime) -> Words | None:
    """Return KS's own text filled, or None when it cannot be; then KS is told, once per edition."""
    try:
        return compose(LETTERS[own_text.name], own_text.subject, own_text.body, context)
    except Exception as failure:  # noqa: BLE001  # whatever is wrong with a text, the mail goes out in the standard one
        if MailText.objects.filter(pk=own_text.pk, unused_since=None).update(unused_since=at) == 1:
            data = {
                "name": own_text.name,
                "language": own_text.language,
                "edition": own_text.edition,
                "why": type(failure).__name__,
            }
            record("mail_text.not_used", own_text, by=SYSTEM, at=at, data=data)
        return None


def cancel_mails(case_reference: str, *, at: datetime) -> int:
    """Take back the mails of a case that have not been sent; return how many.

    Must be called inside the act's transaction. Waits for a mail that is being sent: afterwards it is sent,
    and stays.
    """
    waiting = MailRecord.objects.filter(case_reference=case_reference, cancelled_at__isnull=True)
    unsent = Email.objects.filter(record__in=waiting).exclude(status=STATUS.sent)
    emails = list(unsent.select_for_update(of=("self",)).values_list("pk", flat=True))
    count = waiting.filter(email_id__in=emails).update(cancelled_at=at, email=None)
    Email.objects.filter(pk__in=emails).delete()
    return count
