"""A mail is a row written in the act's own transaction: rolled back with it, sent once by beat, never lost.

A mail carries a link and a case reference, never answers, needs or names of others (a municipality's postmottak
is open to the public). The address stands in post-office's row until it is sent and cleaned; our record keeps ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from post_office import mail
from post_office.models import STATUS, Email

from kommunesamarbeid.core.models import MailRecord


@dataclass(frozen=True)
class Recipient:
    """Who gets a mail: kind (user, contact, office), id, address now, and the language to write in."""

    kind: str
    id: int | None
    address: str
    language: str


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
    """Write a mail to the outbox from `templates/mail/<template>.txt` (first line is the subject).

    Rendered now, in the recipient's language, so that what is sent is what was decided.
    """
    return queue_mails(
        [(template, to)], case_reference=case_reference, at=at, send_after=send_after, context=context, unsubscribe=unsubscribe
    )[0]


def queue_mails(
    letters: Sequence[tuple[str, Recipient]],
    *,
    case_reference: str,
    at: datetime,
    send_after: datetime | None = None,
    context: Mapping[str, Any] | None = None,
    unsubscribe: str = "",
) -> list[MailRecord]:
    """Write several mails of one case, each (template, recipient) in its own language; two queries at any number.

    `unsubscribe` is the path of the page where the recipients can stop such mails; mail programs show it (L-35).
    """
    written = [
        _write(template, to, {**(context or {}), "case_reference": case_reference}, unsubscribe) for template, to in letters
    ]
    emails = mail.send_many([{**letter, "scheduled_time": send_after} for letter in written])
    records = [
        MailRecord(
            template=template, language=to.language, recipient_kind=to.kind, recipient_id=to.id,
            case_reference=case_reference, queued_at=at, send_after=send_after or at, email=email,
        )
        for (template, to), email in zip(letters, emails, strict=True)
    ]  # fmt: skip
    return MailRecord.objects.bulk_create(records)


def _write(template: str, to: Recipient, context: Mapping[str, Any], unsubscribe: str) -> dict[str, Any]:
    """Return a mail as post-office takes it, rendered in the recipient's language."""
    with translation.override(to.language):
        text = render_to_string(f"mail/{template}.txt", {**context, "base_url": settings.BASE_URL})
    subject, _mark, body = text.strip().partition("\n")
    return {
        "recipients": [to.address],
        "sender": settings.DEFAULT_FROM_EMAIL,
        # post-office renders what it is given as a template once more: a text from a person must not be one.
        "subject": "{{ subject|safe }}",
        "message": "{{ message|safe }}",
        "context": {"subject": subject.strip(), "message": body.strip() + "\n"},
        "headers": {"Auto-Submitted": "auto-generated"}
        | ({"List-Unsubscribe": f"<{settings.BASE_URL}{unsubscribe}>"} if unsubscribe else {}),
    }


def cancel_mails(case_reference: str, *, at: datetime) -> int:
    """Take back the mails of a case that have not been sent; return how many."""
    waiting = MailRecord.objects.filter(case_reference=case_reference, cancelled_at__isnull=True).exclude(
        email__status=STATUS.sent
    )
    emails = list(waiting.filter(email__isnull=False).values_list("email_id", flat=True))
    count = waiting.filter(email_id__in=emails).update(cancelled_at=at, email=None)
    Email.objects.filter(pk__in=emails).delete()
    return count
