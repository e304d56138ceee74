"""One Celery application: on the memory broker inside the portal's own process, or on Redis in service mode."""

from __future__ import annotations

import gc
import os

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")

app = Celery("kommunesamarbeid")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["kommunesamarbeid.core", "municipalities", "matching"])


@worker_process_init.connect
def settle(**about: object) -> None:
    """Take what a worker has loaded out of garbage collection: each full one would walk it all, in the middle of a run."""
    gc.collect()
    gc.freeze()
