"""Real services for tests and development, private to one checkout: PostgreSQL, Redis, a Celery worker, the portal.

Each is a context manager that waits a bounded time for an answer and stops what it started by its process id.
`python -m tests.services` (`make services`) keeps PostgreSQL and Redis up until interrupted.
"""

from __future__ import annotations

import getpass
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30.0


class ServiceFailed(Exception):
    """A service did not start; the text says what to install or what its log said last."""


@contextmanager
def private_postgres() -> Iterator[str]:
    """Yield the URL of an empty database in a cluster of its own: a socket in a closed folder, no port.

    As root the server runs as `postgres` or `nobody`, because PostgreSQL refuses to run as root.
    """
    programs = postgres_programs()
    with private_folder(owner := database_user()) as folder:
        as_owner: dict[str, Any] = {"cwd": folder, **owner}
        data = folder / "data"
        initdb = [
            "-D",
            str(data),
            "-U",
            "portal",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
        run_once([str(programs / "initdb"), *initdb], **as_owner)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "fsync": "off",
            "max_connections": "60",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(programs / "postgres"), "-D", str(data), *options]
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for open connections.
        with running(command, folder / "log", stop=signal.SIGINT, **as_owner) as server:
            # The socket answers before the server does, with "is starting up": a busy machine stays there for a while.
            ask = [str(programs / "pg_isready"), "-q", "-h", str(folder)]
            wait_until(
                lambda: subprocess.run(ask, check=False, **as_owner).returncode == 0, server, folder / "log"
            )
            run_once([str(programs / "createdb"), "-h", str(folder), "-U", "portal", "portal"], **as_owner)
            yield f"postgresql://portal@/portal?host={folder}"


@contextmanager
def private_redis() -> Iterator[str]:
    """Yield the URL of an empty Redis on a free loopback port behind a password, writing nothing to disk."""
    program = shutil.which("redis-server")
    if program is None:
        raise ServiceFailed("redis-server is missing. Install with: sudo apt-get install redis-server")
    port, password = free_port(), secrets.token_urlsafe(12)
    options = [
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--requirepass",
        password,
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    with private_folder({}) as folder, running([program, *options], folder / "log", cwd=folder) as server:
        wait_until(lambda: answers(("127.0.0.1", port)), server, folder / "log")
        yield f"redis://:{password}@127.0.0.1:{port}/0"


@contextmanager
def celery_worker(env: Mapping[str, str], *, beat: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a real worker process of the portal on the broker in `env`, once it takes tasks."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "kommunesamarbeid",
        "worker",
        "--concurrency=2",
        "--loglevel=INFO",
    ]
    command += [
        "--without-gossip",
        "--without-mingle",
        *(["--beat", "--schedule={folder}/beat"] if beat else []),
    ]
    with private_folder({}) as folder:
        command = [part.replace("{folder}", str(folder)) for part in command]
        with running(command, folder / "log", cwd=ROOT, env={**os.environ, **env}) as worker:
            wait_until(lambda: b" ready." in (folder / "log").read_bytes(), worker, folder / "log")
            yield worker


@contextmanager
def portal_server(env: Mapping[str, str], port: int | None = None) -> Iterator[str]:
    """Yield the address of a running portal: embedded, or gunicorn alone when `env` says service mode."""
    port = port or free_port()
    told = {**os.environ, "PORT": str(port), "PYTHONUNBUFFERED": "1", **env}
    command = [sys.executable, "-m", "kommunesamarbeid.serve"]
    if told.get("PORTAL_MODE") == "service":
        bound = ["--bind", f"127.0.0.1:{port}", "--threads", "4", "--no-control-socket"]
        command = [sys.executable, "-m", "gunicorn", "kommunesamarbeid.wsgi:application", *bound]
    address = f"http://localhost:{port}"
    with private_folder({}) as folder, running(command, folder / "log", cwd=ROOT, env=told) as server:
        wait_until(lambda: is_alive(address), server, folder / "log", patience=4 * PATIENCE)
        yield address


@contextmanager
def running(
    command: list[str], log: Path, *, stop: signal.Signals = signal.SIGTERM, **how: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the started process; stop it on the way out, by force when it does not listen."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **how
        )
    try:
        yield process
    finally:
        stop_process(process, stop)


def stop_process(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> int:
    """Stop the process by its id and return its exit code; kill it after 15 seconds."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        return process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, patience: float = PATIENCE
) -> None:
    """Return when `ready()`. Raises ServiceFailed with the log's end when the process died or time is up."""
    end = time.monotonic() + patience
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise ServiceFailed(
                f"{process.args!r} did not answer within {patience:.0f} s or ended. It said:\n{said}"
            )
        time.sleep(0.05)


def run_once(command: list[str], **how: Any) -> None:
    """Run a command to its end. Raises ServiceFailed with what it said."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, **how)
    if done.returncode:
        raise ServiceFailed(f"{command[0]} failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")


@contextmanager
def private_folder(owner: Mapping[str, Any]) -> Iterator[Path]:
    """Yield a folder that only `owner` may enter, short enough for a socket's path (107 bytes)."""
    place = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="portal-", dir=place if len(place) < 60 else "/tmp"))  # noqa: S108  # a name of its own, rights 0700
    if owner:
        os.chown(folder, owner["user"], owner["group"])
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def database_user() -> dict[str, Any]:
    """Return how to start PostgreSQL: as another user when this is root, else as ourselves (nothing to say)."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise ServiceFailed(
        f"PostgreSQL refuses to run as {getpass.getuser()} and there is no user postgres or nobody."
    )


def postgres_programs() -> Path:
    """Return the folder of PostgreSQL's server programs, the newest of several."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if program := shutil.which("initdb"):
        return Path(program).resolve().parent
    raise ServiceFailed("PostgreSQL is missing. Install with: sudo apt-get install postgresql")


def chromium_program() -> str:
    """Return the browser for tests. Raises ServiceFailed when there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if program := shutil.which(name):
            return program
    raise ServiceFailed("Chromium is missing. Install with: sudo apt-get install chromium")


def free_port() -> int:
    """Return a loopback port nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(address: Path | tuple[str, int]) -> bool:
    """Tell whether somebody listens on a socket file or a port."""
    family, target = (
        (socket.AF_UNIX, str(address)) if isinstance(address, Path) else (socket.AF_INET, address)
    )
    with socket.socket(family) as probe:
        return probe.connect_ex(target) == 0


def is_alive(address: str) -> bool:
    """Tell whether the portal at `address` answers /healthz."""
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def main() -> int:
    """Keep both services up until interrupted; their data goes with them."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with private_postgres() as database, private_redis() as broker:
            print(
                "PostgreSQL and Redis are up until Ctrl-C; their data goes with them. In another terminal:\n"
            )
            print(f"export DATABASE_URL='{database}'\nexport REDIS_URL='{broker}'\n", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        return 0
    except ServiceFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
