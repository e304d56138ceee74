"""The walk from the questionnaire to the public page, by clicking alone: in one process, and as separate processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.watch import launch
from tests.databases import SMALL_DEMO, PostgresTemplates, SqliteTemplates, manage
from tests.journeys import walk
from tests.services import celery_worker, free_port, portal_server

FIVE_MINUTES = 300


@contextmanager
def embedded(folder: Path, templates: SqliteTemplates) -> Iterator[str]:
    """Serve embedded, on SQLite."""
    templates.copy(SMALL_DEMO, folder / "portal.sqlite3")
    env = {
        "PORTAL_MODE": "embedded",
        "DEMO": "1",
        "VAR_DIR": str(folder),
        "UNDO_MINUTES": "0",
        "REDIS_URL": "",
    }
    env["DATABASE_URL"] = f"sqlite:///{folder / 'portal.sqlite3'}"
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
    manage(env, "collectstatic", "--noinput")
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


def test_walk_from_questionnaire_to_public_page_in_one_process(
    tmp_path: Path, chromium: str, sqlite_templates: SqliteTemplates
) -> None:
    with embedded(tmp_path, sqlite_templates) as origin:
        assert take(origin, chromium) < FIVE_MINUTES


def test_walk_from_questionnaire_to_public_page_in_separate_processes(
    tmp_path: Path, chromium: str, postgres_templates: PostgresTemplates, redis_url: str
) -> None:
    with separate(tmp_path, postgres_templates.copy(SMALL_DEMO, "walk"), redis_url) as origin:
        assert take(origin, chromium) < FIVE_MINUTES


@pytest.fixture(autouse=True)
def _loop_of_playwright(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright's loop runs in this thread; the only Django call here is the clock's date, which is safe."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
