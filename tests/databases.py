"""A database is migrated and filled once in a run; every process of the tests and every portal they serve starts from a copy.

Migrating is most of a portal's first start, and copying takes a moment. Whoever needs a stage first makes it, by the
commands an operator has, while the others wait for it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg2

from tests.services import ROOT, ServiceFailed, postgres_programs

MIGRATED, SMALL_DEMO = "migrated", "small_demo"
# What each stage begins as, and the commands of manage.py that make the rest. In the small demo nobody is ready to be matched.
STAGES = {
    MIGRATED: ("", [["migrate", "-v0"]]),
    SMALL_DEMO: (
        MIGRATED,
        [["load_registers"], ["seed_demo", "--municipalities", "2", "--candidates", "3", "--seed", "1"]],
    ),
}


@dataclass(frozen=True)
class SqliteTemplates:
    """The stages as files in a folder that every process of the run knows."""

    folder: Path

    def copy(self, stage: str, file: Path) -> None:
        """Write a copy of the stage."""
        shutil.copyfile(self.template(stage), file)

    def template(self, stage: str) -> Path:
        """Return the stage's file, which is there to be copied and not to be written."""
        file, (before, commands) = self.folder / f"{stage}.sqlite3", STAGES[stage]
        with locked(self.folder / f"{stage}-sqlite.lock"), TemporaryDirectory(dir=self.folder) as place:
            if file.exists():
                return file
            draft = Path(place) / "draft.sqlite3"
            if before:
                self.copy(before, draft)
            for command in commands:
                manage(demo_environment(f"sqlite:///{draft}", Path(place)), *command)
            # Until then what was written last may lie in a file beside it, which nobody copies.
            with closing(sqlite3.connect(draft)) as line:
                line.execute("PRAGMA journal_mode = DELETE")
            return draft.rename(file)


@dataclass(frozen=True)
class PostgresTemplates:
    """The stages as databases of one cluster, and a folder that every process of the run knows."""

    cluster: str
    folder: Path

    def copy(self, stage: str, name: str) -> str:
        """Make a database that is a copy of the stage and return its URL."""
        self.template(stage)
        with self.undisturbed():
            self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{stage}"')
        return self.url(name)

    def pour(self, stage: str, url: str) -> None:
        """Fill the empty database of another cluster with the stage."""
        self.template(stage)
        programs = postgres_programs()
        with self.undisturbed():
            dump = [str(programs / "pg_dump"), "--no-owner", "--dbname", self.url(stage)]
            with subprocess.Popen(dump, stdout=subprocess.PIPE) as source:
                restore = [str(programs / "psql"), "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", url]
                done = subprocess.run(restore, check=False, stdin=source.stdout, stdout=subprocess.DEVNULL)
        if source.returncode or done.returncode:
            raise ServiceFailed(f"The database {stage!r} could not be poured into another cluster.")

    def template(self, stage: str) -> None:
        """Return when the stage's database is there; nobody may stay connected to it."""
        draft, (before, commands) = f"{stage}_draft", STAGES[stage]
        with locked(self.folder / f"{stage}-postgres.lock"), TemporaryDirectory(dir=self.folder) as place:
            if self.has(stage):
                return
            self.execute(f'DROP DATABASE IF EXISTS "{draft}"')  # of an attempt that failed
            url = self.copy(before, draft) if before else self.create(draft)
            for command in commands:
                manage(demo_environment(url, Path(place)), *command)
            self.execute(f'ALTER DATABASE "{draft}" RENAME TO "{stage}"')

    def create(self, name: str) -> str:
        """Make an empty database and return its URL."""
        self.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def has(self, name: str) -> bool:
        """Tell whether the cluster has a database of this name."""
        with closing(psycopg2.connect(self.cluster)) as line, line.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name])
            return bool(cursor.fetchone() == (1,))

    def execute(self, statement: str) -> None:
        """Execute a statement about whole databases, which no transaction may hold."""
        with closing(psycopg2.connect(self.cluster)) as line:
            line.autocommit = True
            with line.cursor() as cursor:
                cursor.execute(statement)

    def undisturbed(self) -> AbstractContextManager[None]:
        """Let one process at a time read a template: it is copied only while nobody is connected to it."""
        return locked(self.folder / "postgres.lock")

    def url(self, name: str) -> str:
        """Return the URL of a database of the cluster."""
        return urlsplit(self.cluster)._replace(path=f"/{name}").geturl()


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Let one process at a time in."""
    with file.open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def demo_environment(url: str, var: Path) -> dict[str, str]:
    """Return the environment of an embedded demo on a database."""
    return {"PORTAL_MODE": "embedded", "DEMO": "1", "REDIS_URL": "", "VAR_DIR": str(var), "DATABASE_URL": url}


def manage(env: Mapping[str, str], *command: str) -> None:
    """Run a command of manage.py in the environment of a portal. Raises ServiceFailed with what it said."""
    program = [sys.executable, "manage.py", *command]
    done = subprocess.run(
        program, check=False, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True
    )
    if done.returncode:
        raise ServiceFailed(
            f"manage.py {' '.join(command)} failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}"
        )
