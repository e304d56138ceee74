"""Two answers for whoever watches the portal: alive (no database), and ready (database, broker, beat), with
how mail stands.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from kommunesamarbeid.core.mail import delivery
from kommunesamarbeid.core.models import Heartbeat

BEAT_LIMIT = timedelta(seconds=90)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer that the process runs; touches nothing."""
    return JsonResponse({"alive": True})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, broker and beat work, else 503; each part by name, no detail.

    Mail that stands still is told and is no 503: the pages work, and nobody should be sent away from them.
    """
    parts = {"database": _database(), "broker": _broker()}
    parts["beat"] = parts["database"] and _beat()
    state = {"ready": all(parts.values()), **parts, **(_mail() if parts["database"] else {"mail": "unknown"})}
    return JsonResponse(state, status=200 if all(parts.values()) else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    if settings.CELERY_BROKER_URL.startswith("memory://"):
        return True
    client = Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=1, socket_timeout=1)
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()


def _beat() -> bool:
    return Heartbeat.objects.filter(name="beat", at__gte=timezone.now() - BEAT_LIMIT).exists()


def _mail() -> dict[str, str | int]:
    now = delivery.standing(at=timezone.now())
    state = "degraded" if now.is_still else "working"
    return {
        "mail": state,
        "mail_due": now.due,
        "mail_oldest_seconds": now.seconds,
        "mail_refused": now.refused,
    }
