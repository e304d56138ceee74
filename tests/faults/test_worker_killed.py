"""Service mode: a real Celery worker on PostgreSQL and Redis is killed in the middle of a run; nothing is half, nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2

from tests.databases import MIGRATED, PostgresTemplates, manage
from tests.services import ROOT

PATIENCE = 90.0
QUEUE_A_RUN = """
import kommunesamarbeid.celery
from django.utils import timezone
from kommunesamarbeid.core.roles import SYSTEM
from matching import tasks
from matching.runs import runs
from matching.runs.schemes import current_scheme
now = timezone.now()
tasks.compute_run.delay(runs.queue_run(scheme=current_scheme(), as_of=timezone.localdate(now), by=SYSTEM, at=now).pk)
"""
RESTART_IT = """
import kommunesamarbeid.celery
from django.utils import timezone
from kommunesamarbeid.core.roles import SYSTEM
from matching import tasks
from matching.models import MatchRun
from matching.runs import runs
run = MatchRun.objects.first()
runs.restart_run(run=run, by=SYSTEM, at=timezone.now())
tasks.compute_run.delay(run.pk)
"""
LAST_RUN = """
SELECT state, plan IS NULL, pairs, (SELECT count(*) FROM matching_proposal WHERE run_id = run.id),
       (SELECT count(*) FROM matching_runexclusion WHERE run_id = run.id)
FROM matching_matchrun run ORDER BY id DESC LIMIT 1
"""


@contextmanager
def worker(env: dict[str, str], log: Path, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a worker that leads a process group of its own, so that it can be killed with all it has started."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "kommunesamarbeid",
        "worker",
        "--concurrency=1",
        "--loglevel=INFO",
        *more,
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=output, stderr=output, start_new_session=True
        )
    try:
        wait(lambda: b" ready." in log.read_bytes(), "the worker to be ready")
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill every process of the group at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait(ready: Callable[[], bool], what: str) -> float:
    """Return after how many seconds something was so."""
    begin = time.monotonic()
    while not ready():
        assert time.monotonic() - begin < PATIENCE, f"waited too long for {what}"
        time.sleep(0.02)
    return time.monotonic() - begin


def last_run(url: str) -> tuple[object, ...]:
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(LAST_RUN)
        return tuple(cursor.fetchone() or ())


def test_a_killed_worker_leaves_no_half_plan_and_its_run_is_found_within_a_minute(
    postgres_templates: PostgresTemplates, redis_url: str, tmp_path: Path
) -> None:
    url = postgres_templates.copy(MIGRATED, "worker_killed")
    env = {
        **os.environ,
        "PORTAL_MODE": "service",
        "DEMO": "1",
        "VAR_DIR": str(tmp_path),
        "SECRET_KEY": "kill" * 16,
        "ALLOWED_HOSTS": "localhost",
        "BASE_URL": "http://localhost:1",
        "DATABASE_URL": url,
        "REDIS_URL": redis_url,
    }
    manage(env, "load_registers")
    manage(env, "seed_demo", "--municipalities", "8", "--candidates", "10", "--seed", "1")
    with worker(env, tmp_path / "first") as first:
        # Not waited for: the worker would be done before the shell has ended.
        asking = subprocess.Popen(
            [sys.executable, "manage.py", "shell", "-c", QUEUE_A_RUN], cwd=ROOT, env=env
        )
        wait(lambda: last_run(url)[0] == "running", "the run to be running")
        kill(first)
        assert asking.wait(PATIENCE) == 0
    killed = time.monotonic()
    assert last_run(url) == ("running", True, None, 0, 0)
    with worker(env, tmp_path / "second", "--beat", f"--schedule={tmp_path / 'beat'}"):
        wait(lambda: last_run(url)[0] != "running", "the run to be found")
        assert (last_run(url), time.monotonic() - killed < 60) == (("interrupted", True, None, 0, 0), True)
        manage(env, "shell", "-c", RESTART_IT)
        wait(lambda: last_run(url)[0] == "computed", "the run to be computed")
    _state, without_plan, pairs, proposals, _exclusions = last_run(url)
    assert (without_plan, proposals) == (False, pairs)
