"""Background work of the lower floor: each task calls a room and may come twice without harm."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from municipalities.need_drafts import drop_old
from municipalities.need_reminders import remind

log = logging.getLogger(__name__)


@shared_task(name="municipalities.remind_needs")
def remind_needs() -> None:
    """Tell AUC's editors, once a week, how many hromadas wait; forget drafts nobody came back to."""
    now = timezone.now()
    log.info("needs.reminded", extra={"mails": remind(at=now), "dropped": drop_old(at=now)})
