"""The portal as `make serve` runs it, on a PostgreSQL and a Redis of its own that a test may stop and start again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg2
import redis

from tests.faults.visitors import Visitor
from tests.services import (
    ROOT,
    answers,
    database_user,
    free_port,
    is_alive,
    postgres_programs,
    private_folder,
    running,
    stop_process,
)

PATIENCE = 30.0
SECRET = "for-tests-only-" * 4


@dataclass
class Postgres:
    """A cluster that `private_postgres` has started: it can be stopped, and started again on the same data."""

    url: str
    again: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        """Return where its socket and data lie."""
        return Path(parse_qs(urlsplit(self.url).query)["host"][0])

    def stop(self) -> None:
        """Stop it as an operator does who does not wait for those who are connected."""
        number = int((self.folder / "data" / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
        os.kill(number, signal.SIGINT)
        wait(lambda: not answers(self.folder / ".s.PGSQL.5432"))

    def start(self) -> None:
        """Start it again."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "max_connections": "60",
        }
        told = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = [str(postgres_programs() / "postgres"), "-D", str(self.folder / "data"), *told]
        how: dict[str, Any] = {
            "cwd": self.folder,
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            **database_user(),
        }
        self.again = subprocess.Popen(command, stdin=subprocess.DEVNULL, **how)
        wait(lambda: answers(self.folder / ".s.PGSQL.5432"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what the database says, over a connection of the test's own."""
        line = psycopg2.connect(self.url)
        try:
            with line.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall())
        finally:
            line.close()


@dataclass
class Redis:
    """A Redis that `private_redis` has started: it can be stopped, and started again empty on the same port."""

    url: str
    again: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """Stop it without saving, as a crash does."""
        line = redis.Redis.from_url(self.url)
        with suppress(redis.ConnectionError):
            line.shutdown(nosave=True)
        wait(lambda: not answers(("127.0.0.1", int(urlsplit(self.url).port or 0))))

    def start(self) -> None:
        """Start it again."""
        to = urlsplit(self.url)
        options = [
            "--port",
            str(to.port),
            "--bind",
            "127.0.0.1",
            "--requirepass",
            str(to.password),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
        self.again = subprocess.Popen(["redis-server", *options], stdin=subprocess.DEVNULL, **quiet)  # type: ignore[call-overload]  # a dict of three known options
        wait(lambda: answers(("127.0.0.1", int(to.port or 0))))


@dataclass
class Served:
    """The running portal, its two services, and who visits it."""

    origin: str
    postgres: Postgres
    redis: Redis
    visitors: list[Visitor]


@contextmanager
def served(postgres: Postgres, broker: Redis, number: int) -> Iterator[Served]:
    """Yield web, worker and beat, with visitors who have only the declaration left; stop what was started here."""
    port = free_port()
    origin = f"http://localhost:{port}"
    with ExitStack() as stack:
        folder = stack.enter_context(private_folder({}))
        env = {
            **os.environ,
            "PORTAL_MODE": "service",
            "DATABASE_URL": postgres.url,
            "REDIS_URL": broker.url,
            "PORT": str(port),
            "BASE_URL": origin,
            "ALLOWED_HOSTS": "localhost",
            "SECRET_KEY": SECRET,
            "VAR_DIR": str(folder / "var"),
            "DEMO": "0",
            "EMAIL_URL": f"filemail://{folder}/mail",
            "PYTHONUNBUFFERED": "1",
        }
        command = [sys.executable, "-m", "deploy.service"]
        portal = stack.enter_context(running(command, folder / "log", cwd=ROOT, env=env))
        stack.callback(stop_again, postgres)
        stack.callback(stop_again, broker)
        wait(lambda: is_alive(origin) or portal.poll() is not None, patience=4 * PATIENCE)
        assert portal.poll() is None, (folder / "log").read_text(encoding="utf-8")[-3000:]
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.visitors", str(number)],
            check=True,
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
        )
        made = json.loads(done.stdout.splitlines()[-1])
        yield Served(origin, postgres, broker, [Visitor(origin, **one) for one in made])


def stop_again(service: Postgres | Redis) -> None:
    """Stop what the test has started anew."""
    if service.again is not None:
        stop_process(service.again, signal.SIGINT)


def wait(ready: Any, patience: float = PATIENCE) -> None:
    """Return when `ready()`, and fail when it is not within the time."""
    until = time.monotonic() + patience
    while not ready():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)
