"""A flusher is killed in the middle, and two hosts flush at once: no mail is lost, and at most the one in hand comes twice."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from email.message import Message
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2
import pytest

from tests.databases import PostgresTemplates
from tests.mail_server import MailServer, mail_server
from tests.services import ROOT

PATIENCE = 120.0
TAKEN = "250 taken"


class Outbox:
    """A database with queued mails, and processes that work on it."""

    def __init__(self, database_url: str, folder: Path, server: MailServer) -> None:
        self.env = {
            **os.environ,
            "PORTAL_MODE": "embedded",
            "DEMO": "0",
            "REDIS_URL": "",
            "VAR_DIR": str(folder),
            "DATABASE_URL": database_url,
            "EMAIL_URL": server.url,
            "EMAIL_TIMEOUT": "60",  # a mail is held in hand while another process starts
        }

    def start(self, *command: str) -> subprocess.Popen[str]:
        line = [sys.executable, "-m", "tests.faults.outbox_process", *command]
        return subprocess.Popen(line, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, text=True)

    def do(self, *command: str) -> int:
        return counted(self.start(*command))


def counted(process: subprocess.Popen[str]) -> int:
    """Return what the process has counted, when it is done."""
    output, _errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    return int(output)


def hold(place: int, reached: threading.Event, let_go: threading.Event) -> Callable[[Message], str]:
    """Return a server's answer that keeps the mail of one place in hand until it may let go."""
    places = iter(range(1000))

    def answer(_mail: Message) -> str:
        if next(places) == place:
            reached.set()
            let_go.wait(PATIENCE)
        return TAKEN

    return answer


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def database(postgres_templates: PostgresTemplates) -> str:
    """The URL of a PostgreSQL database of the test's own, for its processes commit."""
    return postgres_templates.create(f"outbox_{uuid4().hex}")


def asked(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows."""
    line = psycopg2.connect(url)
    line.autocommit = True
    with closing(line), line.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def together(number: int) -> Callable[[Message], str]:
    """Return a server's answer that comes when so many flushers have a mail in hand, and at once from then on."""
    all_here, first = threading.Barrier(number, timeout=PATIENCE), iter(range(number))

    def answer(_mail: Message) -> str:
        if next(first, None) is not None:
            all_here.wait()
        return TAKEN

    return answer


@pytest.mark.parametrize(("engine", "hosts"), [("sqlite", 1), ("postgresql", 2)])
def test_a_killed_flusher_repeats_the_mail_in_hand_alone_and_two_hosts_repeat_none(
    engine: str, hosts: int, database: str, tmp_path: Path, server: MailServer
) -> None:
    outbox = Outbox(
        database if engine == "postgresql" else f"sqlite:///{tmp_path}/portal.sqlite3", tmp_path, server
    )
    assert outbox.do("queue", "30") == 30
    in_hand, killed = threading.Event(), threading.Event()
    server.on_mail = hold(3, in_hand, killed)
    flusher = outbox.start("flush")
    assert in_hand.wait(PATIENCE)
    flusher.kill()
    flusher.wait()
    killed.set()
    server.on_mail = together(hosts)
    sent = [counted(process) for process in [outbox.start("flush") for _host in range(hosts)]]
    assert (sum(sent), all(sent)) == (27, True)
    assert (Counter(server.times.values()), server.times[server.mails[3]["Message-ID"]]) == ({1: 29, 2: 1}, 2)


def test_a_mail_in_hand_can_no_longer_be_taken_back(
    database: str, tmp_path: Path, server: MailServer
) -> None:
    outbox = Outbox(database, tmp_path, server)
    assert outbox.do("queue", "3") == 3
    in_hand, answered = threading.Event(), threading.Event()
    server.on_mail = hold(0, in_hand, answered)
    flusher = outbox.start("flush")
    assert in_hand.wait(PATIENCE)
    taker = outbox.start("cancel")
    while not asked(
        database,
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    ):
        assert taker.poll() is None
        time.sleep(0.05)
    answered.set()
    sent, taken = counted(flusher), counted(taker)
    assert (sent + taken, sent, sent > 0) == (3, len(server.mails), True)
