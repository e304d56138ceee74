"""The walk from the questionnaire to the public page, by clicking alone: in one process, and as separate processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.watch import launch
from tests.journeys import walk
from tests.services import ROOT, celery_worker, free_port, portal_server

FIVE_MINUTES = 300


def prepare(env: dict[str, str]) -> None:
    """Make the database as `make run` does, with a small demo in which nobody is ready to be matched."""
    for command in (
        ["migrate", "-v0"],
        ["load_registers"],
        ["seed_demo", "--municipalities", "2", "--candidates", "3", "--seed", "1"],
    ):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            check=True,
            cwd=ROOT,
            env={**os.environ, **env},
            capture_output=True,
        )


@contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """Serve embedded, on SQLite."""
    env = {
        "PORTAL_MODE": "embedded",
        "DEMO": "1",
        "VAR_DIR": str(folder),
        "UNDO_MINUTES": "0",
        "REDIS_URL": "",
    }
    env["DATABASE_URL"] = f"sqlite:///{folder / 'portal.sqlite3'}"
    prepare(env)
    with portal_server(env) as origin:
        yield origin


@contextmanager
def separate(folder: Path, postgres_url: str, redis_url: str) -> Iterator[str]:
    """Serve on PostgreSQL and Redis with a worker and beat of their own."""
    port = free_port()
    env = {
        "PORTAL_MODE": "service",
        "DEMO": "1",
        "VAR_DIR": str(folder),
        "UNDO_MINUTES": "0",
        "SECRET_KEY": "walk" * 16,
        "ALLOWED_HOSTS": "localhost",
        "BASE_URL": f"http://localhost:{port}",
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_url,
    }
    prepare(env)
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput"],
        check=True,
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
    )
    with celery_worker(env, beat=True), portal_server(env, port) as origin:
        yield origin


def take(origin: str, chromium: str) -> float:
    """Walk from the questionnaire to the public page; return the seconds it took."""
    began = time.monotonic()
    with sync_playwright() as playwright:
        browser = launch(playwright, chromium)
        walk.answer(browser, origin)
        kari = walk.log_in(browser, origin, "coordinator")
        walk.mark_ready(kari)
        walk.candidate(browser, origin, kari)
        walk.match(kari)
        walk.approve(kari)
        walk.keep(kari)
        rows = walk.figures(browser, origin)
        walk.done(kari)
        browser.close()
    assert len(rows) == 1
    assert "Lubny" in rows[0]
    return time.monotonic() - began


def test_walk_from_questionnaire_to_public_page_in_one_process(tmp_path: Path, chromium: str) -> None:
    with embedded(tmp_path) as origin:
        assert take(origin, chromium) < FIVE_MINUTES


def test_walk_from_questionnaire_to_public_page_in_separate_processes(
    tmp_path: Path, chromium: str, postgres_url: str, redis_url: str
) -> None:
    with separate(tmp_path, postgres_url, redis_url) as origin:
        assert take(origin, chromium) < FIVE_MINUTES


@pytest.fixture(autouse=True)
def _loop_of_playwright(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright's loop runs in this thread; the only Django call here is the clock's date, which is safe."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
