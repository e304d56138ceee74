"""What every test may ask for; a test that needs a real service gets one of its own or fails, it is never skipped."""

from __future__ import annotations

import gc
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.databases import MIGRATED, PostgresTemplates, SqliteTemplates
from tests.pdfs import Pdf, open_pdf
from tests.services import chromium_program, private_postgres, private_redis

SERVICES = {"postgres_url", "redis_url", "chromium", "read_pdf"}
# The first is seeded once for all its tests, as long as no other worker takes over some of them; the others mostly wait.
EARLY = ("test_seed_demo.py", "tests/faults/", "tests/house/test_setup_serve.py", "tests/journeys/")
IN_MEMORY = "file:tests?mode=memory&cache=shared"
DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two choices of tests/suite.py."""
    group = parser.getgroup("portal")
    group.addoption(
        "--without-services",
        action="store_true",
        help="leave out what needs PostgreSQL, Redis, Chromium or poppler",
    )
    group.addoption(
        "--database-only", action="store_true", help="only what touches the database and brings no services"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the long tests, and leave out what the choice leaves out, counted as deselected.

    What a test asks for says what it needs. The tests are dealt out in this order, a stretch to each worker: one worker
    waits while the others compute, and none of the long tests is begun when everything else is done.
    """
    items.sort(key=lambda item: [early not in item.nodeid for early in EARLY])
    database_only = config.getoption("--database-only")
    if not database_only and not config.getoption("--without-services"):
        return
    kept = [
        item for item in items if not needs(item, SERVICES) and (not database_only or touches_database(item))
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Take what is loaded by now out of garbage collection, and collect less often: it was a tenth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def needs(item: pytest.Item, fixtures: set[str]) -> bool:
    """Tell whether the test asks for one of the fixtures, also through another one."""
    return bool(fixtures & set(getattr(item, "fixturenames", ())))


def touches_database(item: pytest.Item) -> bool:
    """Tell whether the test is marked for the database or asks for it."""
    return item.get_closest_marker("django_db") is not None or needs(item, DATABASE)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail the run when a test was skipped or expected to fail: nothing is left out silently."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if (
        reporter is not None
        and any(reporter.stats.get(word) for word in ("skipped", "xfailed"))
        and exitstatus == 0
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def templates_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which every process of the run finds the databases that are copied."""
    if folder := os.environ.get("TEST_TEMPLATES"):
        return Path(folder)
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "templates"
    shared.mkdir(exist_ok=True)
    return shared


@pytest.fixture(scope="session")
def sqlite_templates(templates_folder: Path) -> SqliteTemplates:
    """Return the databases that are copied as files."""
    return SqliteTemplates(templates_folder)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Yield the URL of a PostgreSQL of this run: the one tests/suite.py has started, or one of this process."""
    if url := os.environ.get("TEST_POSTGRES"):
        yield url
        return
    with private_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_templates(postgres_url: str, templates_folder: Path) -> PostgresTemplates:
    """Return the databases that are copied within that PostgreSQL."""
    return PostgresTemplates(postgres_url, templates_folder)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, templates_folder: Path
) -> Iterator[None]:
    """Let the database of the tests begin as a copy of the migrated one; that nothing is left to migrate is still looked at."""
    from django.db import connection

    tested = connection.settings_dict["TEST"]
    if connection.vendor == "sqlite":
        tested["NAME"] = IN_MEMORY
        with closing(
            sqlite3.connect(IN_MEMORY, uri=True)
        ) as copy:  # it lives as long as somebody is connected
            with closing(sqlite3.connect(SqliteTemplates(templates_folder).template(MIGRATED))) as template:
                template.backup(copy)
            yield
        return
    if url := os.environ.get("TEST_POSTGRES"):
        PostgresTemplates(url, templates_folder).template(MIGRATED)
        tested["TEMPLATE"] = MIGRATED
    yield


@pytest.fixture
def redis_url() -> Iterator[str]:
    """Yield the URL of a Redis of the test's own, in whose queue nothing of another test lies."""
    with private_redis() as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the machine's Chromium for `executable_path`."""
    return chromium_program()


@pytest.fixture(scope="session")
def read_pdf() -> Callable[[bytes], Pdf]:
    """Return how to read a PDF back, by Debian's poppler-utils."""
    return open_pdf


@pytest.fixture
def english() -> Iterator[None]:
    """Speak the source language, so that a test can name the words without a catalog."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Settings) -> None:
    """Hashing a password is made slow on purpose; here nobody guesses."""
    hashers = "django.contrib.auth.hashers"
    # The second one reads what a fixture of the whole module has hashed before this one.
    settings.PASSWORD_HASHERS = [f"{hashers}.MD5PasswordHasher", f"{hashers}.PBKDF2PasswordHasher"]


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """A request of an earlier test leaves its reader's language in the thread, as it does in a server until the next request."""
    from django.utils import translation

    translation.deactivate()


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Rate limits live in the cache; without this one test's wrong passwords would lock another test out."""
    from django.core.cache import cache

    cache.clear()
