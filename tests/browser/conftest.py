"""A served portal with the access table's world in it, and browsers that look at it as one of the cast."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.watch import Watched, launch, person
from tests.databases import MIGRATED, SqliteTemplates, demo_environment
from tests.services import ROOT, ServiceFailed, portal_server


@dataclass(frozen=True)
class Stage:
    """The running portal: where it is, where each address leads, and each person's cookies."""

    origin: str
    paths: dict[str, str]
    cookies: dict[str, dict[str, str]]


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory, sqlite_templates: SqliteTemplates) -> Iterator[Stage]:
    """Serve the world of the access table in embedded demo mode, once for all browser tests of this process."""
    folder = tmp_path_factory.mktemp("stage")
    sqlite_templates.copy(MIGRATED, file := folder / "portal.sqlite3")
    env = demo_environment(f"sqlite:///{file}", folder)
    told = fill(env, folder)
    with portal_server(env) as origin:
        yield Stage(origin, told["paths"], told["cookies"])


def fill(env: dict[str, str], folder: Path) -> dict[str, Any]:
    """Make the world in a process of its own, for this one may have a database of another test open."""
    command = [sys.executable, "-m", "tests.browser.stage"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True
    )
    if done.returncode:
        raise ServiceFailed(f"The stage could not be set in {folder}:\n{done.stderr[-3000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser for one module: Playwright's loop must not run while other modules' tests use a database."""
    with sync_playwright() as playwright:
        started = launch(playwright, chromium)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, stage: Stage) -> Iterator[Callable[..., Watched]]:
    """Return a function that lets one of the cast in; after the test nobody's pages may have done anything wrong."""
    people: list[Watched] = []

    def enter(who: str = "-", **options: Any) -> Watched:
        people.append(person(browser, stage.origin, stage.cookies[who], **options))
        return people[-1]

    yield enter
    for one in people:
        one.context.close()
    assert [wrong for one in people for wrong in one.wrong] == []
