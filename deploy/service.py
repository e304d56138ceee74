"""Service mode on one machine: web, worker and beat as separate processes that start and stop together (`make
serve`).

For a try-out, CI and small installations; a real host runs the same three commands under its own supervisor
(`deploy/systemd/`). The database is prepared first, so a release needs no other step.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = {
    "DATABASE_URL": "the PostgreSQL database, as postgresql://user:password@host/name",
    "REDIS_URL": "the broker and cache, as redis://host:6379/0",
    "EMAIL_URL": "where mail goes, as smtp+tls://user:password@host:587, filemail:///folder or "
    "consolemail://",
}
STOP_SECONDS = 20


def missing(environment: Mapping[str, str]) -> list[str]:
    """Return one line per variable that is not set; a demo sends no mail."""
    demo = environment.get("DEMO", "0").strip().lower() in {"1", "true", "yes", "on"}
    needed = {name: meaning for name, meaning in NEEDED.items() if not (demo and name == "EMAIL_URL")}
    return [f"{name} is not set: {meaning}." for name, meaning in needed.items() if not environment.get(name)]


def service_environment(environment: Mapping[str, str], secret: Path) -> dict[str, str]:
    """Return the environment of the processes: what was told, and for a loopback try-out what may
    be assumed.
    """
    settings = {**environment, "PORTAL_MODE": "service"}
    settings.setdefault("PORT", "8000")
    settings.setdefault("BASE_URL", f"http://localhost:{settings['PORT']}")
    if settings["BASE_URL"].startswith(("http://localhost", "http://127.0.0.1")):
        settings.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1")
        settings.setdefault("SECRET_KEY", stored_secret(secret))
    return settings


def stored_secret(path: Path) -> str:
    """Return the try-out's own secret, made once; a real host sets SECRET_KEY itself."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(os.urandom(32).hex(), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def commands(port: str, schedule: Path) -> dict[str, list[str]]:
    """Return the three commands; each may be run more than once on a host except beat."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-A", "kommunesamarbeid"]
    bound = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4", "--worker-class", "gthread"]
    return {
        "web": [*python, "gunicorn", "kommunesamarbeid.wsgi:application", *bound, "--no-control-socket"],
        "worker": [
            *celery,
            "worker",
            "--concurrency",
            "2",
            "--loglevel",
            "WARNING",
            "--without-gossip",
            "--without-mingle",
        ],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(schedule)],
    }


def prepare(environment: Mapping[str, str]) -> bool:
    """Migrate, load the registers, gather the static files; False when a step failed and has said why."""
    steps = (
        ["-m", "kommunesamarbeid.prepare"],
        ["manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
    )
    return all(
        subprocess.run([sys.executable, *step], check=False, cwd=ROOT, env=environment).returncode == 0
        for step in steps
    )


def serve(environment: Mapping[str, str], schedule: Path) -> int:
    """Run the three until told to stop (0), or until one of them ends by itself (1)."""
    started = {
        name: subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
        for name, command in commands(environment["PORT"], schedule).items()
    }
    print(f"Web, worker and beat run on {environment['BASE_URL']} (stop them with Ctrl-C)", flush=True)
    code = 0
    try:
        while all(process.poll() is None for process in started.values()):
            time.sleep(0.2)
        ended = ", ".join(name for name, process in started.items() if process.poll() is not None)
        print(f"Stopping, because this ended by itself: {ended}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        pass
    finally:
        stop(list(started.values()))
    return code


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Stop all of them, each by its id, and wait."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def main() -> int:
    """Check the environment, prepare, serve."""
    if lines := missing(os.environ):
        print("\n".join(lines), file=sys.stderr)
        print(
            "For a try-out `make services` starts PostgreSQL and Redis and prints what to export.",
            file=sys.stderr,
        )
        return 1
    var = Path(os.environ.get("VAR_DIR") or ROOT / "var")
    environment = service_environment(os.environ, var / "service_secret_key")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not prepare(environment):
        return 1
    return serve(environment, var / "celerybeat-schedule")


if __name__ == "__main__":
    sys.exit(main())
