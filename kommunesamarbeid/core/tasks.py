"""The foundation's background work: beat's sign of life, mail, seals and purging; and how work is started."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery import Task, shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from post_office.models import Email

from kommunesamarbeid.core import audit
from kommunesamarbeid.core.mail import delivery
from kommunesamarbeid.core.models import AccessLogEntry, Heartbeat

log = logging.getLogger(__name__)

ACCESS_LOG_KEPT = timedelta(days=365)
SENT_MAIL_KEPT = timedelta(days=30)


def enqueue(task: Task[Any, Any], *args: Any) -> None:
    """Start `task` after commit; when the broker is away the row's own state is found by a beat sweep."""
    transaction.on_commit(lambda: _send(task, args))


def _send(task: Task[Any, Any], args: tuple[Any, ...]) -> None:
    try:
        task.delay(*args)
    except OperationalError:
        log.warning("queue.broker_unreachable", extra={"task": task.name})


@shared_task(name="core.heartbeat")
def heartbeat() -> None:
    """Say that beat and a worker run."""
    Heartbeat.objects.update_or_create(name="beat", defaults={"at": timezone.now()})


@shared_task(name="core.flush_mail")
def flush_mail() -> None:
    """Send what is due in the outbox."""
    delivery.send_due(at=timezone.now())


@shared_task(name="core.seal_audit")
def seal_audit() -> None:
    """Seal the audit rows written since the last seal."""
    audit.seal_audit(at=timezone.now())


@shared_task(name="core.purge")
def purge() -> None:
    """Erase what is past its time: the access log, mails with their addresses, but never one that is still to
    be sent.
    """
    now = timezone.now()
    AccessLogEntry.objects.filter(at__lt=now - ACCESS_LOG_KEPT).delete()
    if not settings.DEMO:
        Email.objects.filter(created__lt=now - SENT_MAIL_KEPT).exclude(status__in=delivery.WAITING).delete()
