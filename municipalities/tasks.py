"""Background work of the lower floor: each task calls a room and may come twice without harm."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from municipalities.notices import send_notices
from municipalities.reminders import remind

log = logging.getLogger(__name__)


@shared_task(name="municipalities.send_reminders")
def send_reminders() -> None:
    """Remind of drafts and deadlines, and tell those who asked that registration is open."""
    now = timezone.now()
    log.info("reminders.sent", extra={"reminders": remind(at=now), "notices": send_notices(at=now)})
