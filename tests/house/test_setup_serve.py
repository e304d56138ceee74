"""`make run`: one process, on this machine only, that starts fast, stops clean and refuses what would harm its data."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.services import PATIENCE, ROOT, free_port, is_alive, stop_process

SERVE = [sys.executable, "-m", "kommunesamarbeid.serve"]


class Portal:
    """An embedded portal with a data folder of its own, empty (DEMO=0) so that it is up in seconds."""

    def __init__(self, var: Path) -> None:
        self.var, self.port, self.log = var, free_port(), var.with_suffix(".log")
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self, **other: str) -> dict[str, str]:
        inherited = {
            key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")
        }
        portal = {
            "VAR_DIR": str(self.var),
            "DEMO": "0",
            "PORTAL_MODE": "embedded",
            "PORT": str(self.port),
            "EMAIL_URL": "consolemail://",
        }
        return {**inherited, **portal, **other}

    def start(self) -> float:
        """Start and return the seconds until the first answer."""
        begun = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(SERVE, cwd=ROOT, env=self.environment(), stdout=log, stderr=log)
        while not is_alive(self.address):
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() - begun < 4 * PATIENCE, self.log.read_text(encoding="utf-8")
            time.sleep(0.05)
        return time.monotonic() - begun

    def stop(self) -> int:
        return stop_process(self.process) if self.process else 0

    def refused(self, **other: str) -> tuple[int, list[str]]:
        """Return exit code and lines of a second start that must not succeed."""
        done = subprocess.run(
            SERVE,
            cwd=ROOT,
            env=self.environment(**other),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        return done.returncode, done.stderr.splitlines()


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Yield a running portal."""
    started = Portal(tmp_path_factory.mktemp("embedded") / "var")
    try:
        started.start()
        yield started
    finally:
        started.stop()


def is_ready(address: str) -> bool:
    """Tell whether database, broker and beat all work."""
    try:
        with urlopen(f"{address}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (HTTPError, OSError):
        return False


def wait_for_ready(address: str, patience: float = 10.0) -> None:
    """Return when ready; fail when time is up."""
    end = time.monotonic() + patience
    while not is_ready(address):
        assert time.monotonic() < end, "not ready in time"
        time.sleep(0.1)


def test_portal_is_ready_with_worker_and_beat(portal: Portal) -> None:
    wait_for_ready(portal.address)


def test_portal_listens_on_loopback_only(portal: Portal) -> None:
    # A server on every address would answer here too: all of 127.0.0.0/8 leads to this machine.
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.2", portal.port)) != 0


def test_second_start_is_refused_when_the_port_is_taken(portal: Portal) -> None:
    assert portal.refused() == (
        1,
        [f"Port {portal.port} is taken by another program. Choose another: make run PORT=8001"],
    )


def test_second_start_is_refused_on_the_same_database(portal: Portal) -> None:
    code, lines = portal.refused(PORT=str(free_port()))
    assert (code, len(lines)) == (1, 1)
    assert lines[0].endswith("is already served by another process. Stop that one first.")


@pytest.mark.parametrize(
    ("url", "words"),
    [("", "EMAIL_URL is not set"), ("dummymail://", "EMAIL_URL must not be dummymail:// outside a demo")],
)
def test_start_without_a_way_out_for_mail_is_refused_in_one_line(
    portal: Portal, url: str, words: str
) -> None:
    code, lines = portal.refused(PORT=str(free_port()), EMAIL_URL=url)
    assert (code, len(lines), lines[0][: len(words)]) == (1, 1, words)


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1"])
def test_odd_port_is_refused_in_one_line(portal: Portal, port: str) -> None:
    assert portal.refused(PORT=port) == (1, [f"PORT must be a number from 1 to 65535, not {port!r}."])


def test_killed_worker_comes_back_with_its_background_work(portal: Portal) -> None:
    assert portal.process is not None
    children = (
        Path(f"/proc/{portal.process.pid}/task/{portal.process.pid}/children")
        .read_text(encoding="ascii")
        .split()
    )
    os.kill(int(children[0]), signal.SIGKILL)
    time.sleep(0.5)
    wait_for_ready(portal.address)


def test_restart_is_fast_and_stop_is_clean(portal: Portal) -> None:
    assert portal.stop() == 0
    begin = time.monotonic()
    subprocess.run([sys.executable, "manage.py", "check"], check=True, cwd=ROOT, capture_output=True)
    bare = time.monotonic() - begin  # what loading the code alone takes here and now: the machine may be busy
    assert portal.start() <= 4 * bare
    wait_for_ready(portal.address)
