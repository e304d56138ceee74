"""One Celery application: on the memory broker inside the portal's own process, or on Redis in service mode."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")

app = Celery("kommunesamarbeid")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["kommunesamarbeid.core", "municipalities", "matching"])
