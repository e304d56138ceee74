"""Mails nobody presses a button for: a draft left alone, a deadline near, a draft's end.

Each is sent once, however often asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from kommunesamarbeid.core.mail.outbox import queue_mail
from kommunesamarbeid.core.models import MailRecord
from municipalities.access import recipient_of
from municipalities.models import Response
from municipalities.people.retention import DRAFT_KEPT, NOTICE, NOTICE_TEMPLATE, untouched_drafts, was_told
from municipalities.responses import accepts_changes, reached_by
from municipalities.states import ResponseState

UNTOUCHED = timedelta(days=14)
# The mail of the last day comes instead of the week's where both would be due.
BEFORE_DEADLINE = (("deadline_day", timedelta(days=1)), ("deadline_week", timedelta(days=7)))


def remind(*, at: datetime) -> int:
    """Send the reminders that are due now; return how many.

    Safe to repeat: what was sent stands in the mail record.
    """
    return sum(_remind(response, at) for response in _drafts()) + sum(
        _tell_of_end(draft, at) for draft in untouched_drafts(at - DRAFT_KEPT + NOTICE)
    )


def _drafts() -> QuerySet[Response]:
    related = ("municipality", "round", "contact__municipality", "draft_saved_by__municipality")
    return Response.objects.filter(state=ResponseState.DRAFT).select_related(*related).order_by("id")


@transaction.atomic
def _remind(response: Response, at: datetime) -> int:
    due = _due(response, at)
    if due is None:
        return 0
    template, since = due
    # The lock makes two beats at once send one mail.
    Response.objects.select_for_update().get(pk=response.pk)
    sent = MailRecord.objects.filter(
        template=template, case_reference=response.reference, queued_at__gte=since
    )
    person = reached_by(response)
    if person is None or sent.exists():
        return 0
    context = {"closes": response.round.closes_at}
    queue_mail(template, to=recipient_of(person), case_reference=response.reference, at=at, context=context)
    return 1


def _due(response: Response, at: datetime) -> tuple[str, datetime] | None:
    """Return the template that is due, and since when a mail of it counts as sent."""
    if not accepts_changes(response, at=at):
        return None
    closes = response.round.closes_at
    for template, before in BEFORE_DEADLINE:
        if closes is not None and closes - before <= at < closes:
            return template, closes - before
    touched = response.draft_saved_at or response.started_at
    return ("draft_untouched", touched) if at - touched >= UNTOUCHED else None


@transaction.atomic
def _tell_of_end(draft: Response, at: datetime) -> int:
    """Tell once, 30 days before, that a draft nobody writes in is erased, and when (L-14)."""
    # The lock makes two beats at once send one mail.
    Response.objects.select_for_update().get(pk=draft.pk)
    person = reached_by(draft)
    if person is None or was_told(draft, by=at):
        return 0
    ends = max((draft.draft_saved_at or draft.started_at) + DRAFT_KEPT, at + NOTICE)
    context = {"ends": ends, "can_change": accepts_changes(draft, at=at)}
    queue_mail(
        NOTICE_TEMPLATE, to=recipient_of(person), case_reference=draft.reference, at=at, context=context
    )
    return 1
