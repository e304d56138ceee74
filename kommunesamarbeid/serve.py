"""The embedded portal is one process on this machine: it prepares its database, serves pages and works in the
background.

`python -m kommunesamarbeid.serve` (PORT, DEMO, EMAIL_URL, VAR_DIR, DATABASE_URL from the environment).
gunicorn forks one worker with eight threads; the Celery worker and beat are threads of that same worker,
because the memory broker lives and dies with its process. What the queue forgets the database remembers:
interrupted runs are started again.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import sys
import threading
from pathlib import Path
from typing import IO, Any

from gunicorn.app.base import BaseApplication

from kommunesamarbeid.core.mail.transport import require_transport

STOP_SECONDS = 5


class CannotServe(Exception):
    """The portal cannot start here; the text is one line that says why and what to do."""


class Background:
    """The Celery worker and beat as threads; started after the fork, never in the parent."""

    def __init__(self) -> None:
        from celery.beat import Scheduler, Service

        from kommunesamarbeid.celery import app

        app.finalize(auto=True)
        self.worker = app.WorkController(
            app=app,
            pool="threads",
            concurrency=2,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )
        # It looks up every second at least, so that it can be stopped within one.
        self.beat = Service(app, max_interval=1, scheduler_cls=Scheduler)

    def start(self) -> None:
        """Start both and put the first tasks in line: beat's sign of life, and what the last process left
        undone.
        """
        from kommunesamarbeid.core.tasks import heartbeat
        from matching.tasks import resume_runs

        for name, work in (("celery-worker", self.worker.start), ("celery-beat", self.beat.start)):
            threading.Thread(target=work, name=name, daemon=True).start()
        heartbeat.delay()
        resume_runs.delay()

    def stop(self) -> None:
        """Let what is under way finish, at most STOP_SECONDS; the rest is taken up at the next start."""
        self.beat.stop()
        stopping = threading.Thread(target=self.worker.stop, daemon=True)
        stopping.start()
        stopping.join(STOP_SECONDS)


class EmbeddedServer(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn with one worker on the loopback address."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.background: Background | None = None
        super().__init__()

    def load_config(self) -> None:
        """Set what the embedded mode is; nothing is read from the command line or a file."""
        options = {
            "bind": f"127.0.0.1:{self.port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": 8,
            "timeout": 60,
            "graceful_timeout": STOP_SECONDS + 2,
            "loglevel": "warning",
            "control_socket_disable": True,
            "when_ready": lambda server: print(announcement(self.port), flush=True),
            "post_worker_init": self.start_background,
            "worker_exit": self.stop_background,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the WSGI application."""
        from kommunesamarbeid.wsgi import application

        return application

    def start_background(self, worker: object) -> None:
        """Start the background work in the forked process."""
        from kommunesamarbeid.celery import settle

        self.background = Background()
        settle()
        self.background.start()

    def stop_background(self, server: object, worker: object) -> None:
        """Stop it before the process ends."""
        if self.background is not None:
            self.background.stop()


def announcement(port: int) -> str:
    """Return what is told when the portal answers: where it is, who can log in, where mail is read."""
    from django.conf import settings
    from django.urls import reverse

    from kommunesamarbeid.core.demo import DEMO_LOGINS

    address = f"http://localhost:{port}"
    lines = ["", f"Kommunesamarbeid answers on {address} (stop it with Ctrl-C)"]
    if settings.DEMO:
        lines += [f"Outgoing mail is not sent; read it on {address}/demo/mail/"]
        lines += [f"Demo logins, all fictional, on {address}{reverse(settings.LOGIN_URL)}"]
        lines += [f"  {login.role:<14} {login.email:<20} {login.password}" for login in DEMO_LOGINS]
    else:
        lines += ["First administrator: DEMO=0 .venv/bin/python manage.py createadmin ADDRESS NAME"]
    return "\n".join([*lines, ""])


def chosen_port(text: str) -> int:
    """Return the port as a number.

    Raises CannotServe when it is none, or when something else listens there.
    """
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise CannotServe(f"PORT must be a number from 1 to 65535, not {text!r}.")
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise CannotServe(
                    f"Port {port} needs more rights. Choose another: make run PORT=8001"
                ) from None
            raise CannotServe(
                f"Port {port} is taken by another program. Choose another: make run PORT=8001"
            ) from None
    return port


def claim_database() -> IO[str]:
    """Return the open lock file that makes this the only embedded process on its database.

    Two would each have a queue of their own and send every mail twice. Raises CannotServe.
    """
    from django.conf import settings

    name = Path(str(settings.DATABASES["default"]["NAME"])).name
    Path(settings.VAR_DIR).mkdir(parents=True, exist_ok=True)
    lock = (Path(settings.VAR_DIR) / f"{name}.lock").open("w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise CannotServe(
            f"The database {name} is already served by another process. Stop that one first."
        ) from None
    return lock


def main() -> int:
    """Prepare and serve until told to stop; 1 and one line when it cannot."""
    import django
    from django.core.exceptions import ImproperlyConfigured

    from kommunesamarbeid import prepare

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")
    if os.environ.get("PORTAL_MODE", "embedded") != "embedded":
        print("This is the embedded server. For service mode: make serve", file=sys.stderr)
        return 1
    try:
        port = chosen_port(os.environ.get("PORT") or "8000")
        django.setup()
        require_transport()
        lock = claim_database()
    except (CannotServe, ImproperlyConfigured) as reason:
        print(reason, file=sys.stderr)
        return 1
    with lock:
        if code := prepare.main():
            return code
        prepare.gather_files()
        EmbeddedServer(port).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
