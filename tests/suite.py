"""The whole suite passes on SQLite, and everything that touches the database passes again on PostgreSQL.

`python -m tests.suite [--sqlite-only] [pytest's own arguments]`, called by `make test` and `make test-sqlite`.
First pass: every test, on SQLite; tests of the browser, of Redis and of several processes bring their services with
them (tests/conftest.py). Second pass: the tests that touch the database, on PostgreSQL. Both passes copy the same
migrated databases (tests/databases.py) and share one private PostgreSQL.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.databases import MIGRATED, PostgresTemplates
from tests.services import ROOT, ServiceFailed, chromium_program, private_postgres, private_redis

# What a developer has exported for work must not decide what is tested.
FOREIGN = (
    "DATABASE_URL",
    "REDIS_URL",
    "PORTAL_MODE",
    "DEMO",
    "DEBUG",
    "SECRET_KEY",
    "BASE_URL",
    "PORT",
    "EMAIL_URL",
)
GREEN = (pytest.ExitCode.OK,)
GREEN_WHEN_CHOSEN = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def main(arguments: list[str]) -> int:
    """Run the passes asked for; 1 when any of them is not green or a service is missing."""
    chosen = [argument for argument in arguments if argument != "--sqlite-only"]
    try:
        with data_folder() as templates:
            run = both_passes if chosen == arguments else sqlite_pass
            codes = run(chosen, templates)
    except ServiceFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    allowed = GREEN_WHEN_CHOSEN if chosen and pytest.ExitCode.OK in codes else GREEN
    return 0 if all(code in allowed for code in codes) else 1


def sqlite_pass(chosen: list[str], templates: Path) -> list[int]:
    """Run what needs no services."""
    print(
        "Left out, because they need PostgreSQL, Redis or Chromium: the tests counted as deselected.",
        flush=True,
    )
    return [
        run_pass(
            "SQLite, without services", ["--without-services", *chosen], {"TEST_TEMPLATES": str(templates)}
        )
    ]


def both_passes(chosen: list[str], templates: Path) -> list[int]:
    """Run every test on SQLite, and again on PostgreSQL what touches the database."""
    check_services()
    with private_postgres() as url:
        shared = {"TEST_TEMPLATES": str(templates), "TEST_POSTGRES": url}
        if not chosen:
            # While the first pass collects its tests; whoever needs it earlier waits for it.
            threading.Thread(
                target=PostgresTemplates(url, templates).template, args=[MIGRATED], daemon=True
            ).start()
        return [
            run_pass("SQLite, all tests", chosen, shared),
            run_pass(
                "PostgreSQL, what touches the database",
                ["--database-only", *chosen],
                {**shared, "DATABASE_URL": url},
            ),
        ]


def check_services() -> None:
    """Raise ServiceFailed before the first test when something the suite needs does not start."""
    chromium_program()
    with private_redis():
        pass


def run_pass(name: str, arguments: list[str], environment: Mapping[str, str]) -> int:
    """Run pytest in a process and a data folder of its own and return its exit code."""
    print(f"\n=== {name} ===", flush=True)
    start = time.monotonic()
    with data_folder() as folder:
        env = {key: value for key, value in os.environ.items() if key not in FOREIGN}
        # Each portal that a test starts would compile our code anew.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env |= {"VAR_DIR": str(folder / "var"), **environment}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            f"--basetemp={folder / 'pytest'}",
        ]
        code = subprocess.run([*command, *workers(), *arguments], check=False, cwd=ROOT, env=env).returncode
    print(
        f"=== {name}: {'green' if code == 0 else f'pytest ended with {code}'} after {time.monotonic() - start:.0f} s ===",
        flush=True,
    )
    return code


def workers() -> list[str]:
    """Return how many processes share a pass: one per core, at most four, and one more, for some tests mostly wait."""
    return ["-n", str(min(os.cpu_count() or 1, 4) + 1), "--dist", "worksteal"]


@contextmanager
def data_folder() -> Iterator[Path]:
    """Yield a folder that is gone afterwards: no test may read or write var/."""
    with tempfile.TemporaryDirectory(prefix="portal-suite-") as folder:
        yield Path(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
