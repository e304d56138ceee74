"""The portal is killed in the middle of a run, a half-filled form and a mail; after the next start nothing is lost or doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.watch import launch
from tests.databases import SMALL_DEMO, SqliteTemplates, demo_environment
from tests.journeys import walk
from tests.services import ROOT, free_port, is_alive

PATIENCE = 60.0


class Portal:
    """An embedded portal that can be killed and started again on the same data."""

    def __init__(self, folder: Path, templates: SqliteTemplates) -> None:
        port = free_port()
        self.origin = f"http://localhost:{port}"
        self.log = folder / "log"
        templates.copy(SMALL_DEMO, file := folder / "portal.sqlite3")
        self.env = {**demo_environment(f"sqlite:///{file}", folder), "UNDO_MINUTES": "0", "PORT": str(port)}
        self.start()

    def start(self) -> None:
        """Start, and wait until the portal answers."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "kommunesamarbeid.serve"]
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **self.env},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + PATIENCE
        while not is_alive(self.origin):
            assert time.monotonic() < until, self.log.read_text(encoding="utf-8")[-2000:]
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill every process of the portal at once, as a power cut does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def portal(folder: Path, templates: SqliteTemplates) -> Iterator[Portal]:
    """Yield a running portal and leave none behind."""
    running = Portal(folder, templates)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.kill()


@pytest.fixture
def browser(chromium: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """A browser of this test's own."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        started = launch(playwright, chromium)
        yield started
        started.close()


def test_half_filled_form_and_its_mail_survive_a_kill(
    tmp_path: Path, browser: Browser, sqlite_templates: SqliteTemplates
) -> None:
    with portal(tmp_path, sqlite_templates) as running:
        mona = walk.open_form(browser, running.origin)
        walk.fill_page(mona)
        mona.press("main button[name=go][value=next]")
        running.kill()
        running.start()
        mona.page.goto(f"{running.origin}/skjema/side/contact/")
        assert mona.page.locator("[name=contact_name]").input_value() == "Mona Berg"
        mona.page.goto(f"{running.origin}/demo/mail/")
        assert mona.page.locator("main tr", has_text="mona@bodo.example").count() == 1


def test_run_in_progress_is_finished_after_a_kill(
    tmp_path: Path, browser: Browser, sqlite_templates: SqliteTemplates
) -> None:
    with portal(tmp_path, sqlite_templates) as running:
        kari = walk.log_in(browser, running.origin, "coordinator")
        kari.follow("/desk/matching/matchrun/")
        kari.follow("/desk/matching/matchrun/new/")
        kari.press("main form[method=post] button[type=submit]")
        address = kari.page.url
        running.kill()
        running.start()
        kari.page.goto(address)
        kari.reload_until("[data-state=computed]")
