"""What every test may ask for; a test that needs a real service gets one of its own or fails, it is never skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.pdfs import Pdf, open_pdf
from tests.services import chromium_program, private_postgres, private_redis

SERVICES = {"postgres_url", "redis_url", "chromium", "read_pdf"}
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
    """Leave out what the choice leaves out, counted as deselected: what a test asks for says what it needs."""
    database_only = config.getoption("--database-only")
    if not database_only and not config.getoption("--without-services"):
        return
    kept = [
        item for item in items if not needs(item, SERVICES) and (not database_only or touches_database(item))
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


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
def postgres_url() -> Iterator[str]:
    """Yield the URL of a private PostgreSQL."""
    with private_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Yield the URL of a private Redis."""
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
