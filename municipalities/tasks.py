"""Background work of the lower floor: each task calls a service and may come twice without harm."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from municipalities.needs.need_drafts import drop_old
from municipalities.needs.need_reminders import remind as remind_needs_editors
from municipalities.people.notices import send_notices
from municipalities.people.reminders import remind
from municipalities.responses.response_mails import send_digests

log = logging.getLogger(__name__)


@shared_task(name="municipalities.send_reminders")
def send_reminders() -> None:
    """Remind of drafts and deadlines, and tell those who asked that registration is open."""
    now = timezone.now()
    log.info("reminders.sent", extra={"reminders": remind(at=now), "notices": send_notices(at=now)})


@shared_task(name="municipalities.tell_of_responses")
def tell_of_responses() -> None:
    """Tell whoever in KS wants it once a day how many answers have come."""
    log.info("responses.told", extra={"mails": send_digests(at=timezone.now())})


@shared_task(name="municipalities.remind_needs")
def remind_needs() -> None:
    """Tell AUC's editors, once a week, how many hromadas wait; forget drafts nobody came back to."""
    now = timezone.now()
    log.info("needs.reminded", extra={"mails": remind_needs_editors(at=now), "dropped": drop_old(at=now)})
