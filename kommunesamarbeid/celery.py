"""One Celery application: on the memory broker inside the portal's own process, or on Redis
in service mode.
"""

from __future__ import annotations

import gc
import os

from celery import Celery
from celery.signals import beat_init, celeryd_init, worker_process_init
from django.core.exceptions import ImproperlyConfigured

from kommunesamarbeid.core.mail.transport import require_transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")

app = Celery("kommunesamarbeid")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["kommunesamarbeid.core", "municipalities", "matching"])


@celeryd_init.connect
@beat_init.connect
def refuse_without_transport(**about: object) -> None:
    """End a worker or beat that could send nothing with the one line that says why."""
    try:
        require_transport()
    except ImproperlyConfigured as reason:
        raise SystemExit(str(reason)) from None  # what is no exit Celery would log and go on


@worker_process_init.connect
def settle(**about: object) -> None:
    """Take what a worker has loaded out of garbage collection: each full one would walk it all, in the middle
    of a run.
    """
    gc.collect()
    gc.freeze()
