"""The environment, read once and strictly: an odd value refuses to start and says which variable is wrong."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
MODES = ("embedded", "service")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SMTP_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 587, "smtp+ssl": 465}
DISCARDING = ("dummymail", "memorymail")


@dataclass(frozen=True)
class Environment:
    """What the process was told: see `docs/operator.md` for each variable."""

    mode: str
    demo: bool
    debug: bool
    var: Path
    secret_key: str
    hosts: list[str]
    origins: list[str]
    database: dict[str, object]
    redis_url: str
    email: dict[str, object]
    email_timeout: int
    base_url: str
    sender: str
    trusted_proxy: bool
    undo_minutes: int

    @property
    def mail_domain(self) -> str:
        """The domain under which mails are numbered: the portal's host, or the sender's where the host is
        this machine.
        """
        host = urlsplit(self.base_url).hostname or "localhost"
        return (parseaddr(self.sender)[1].rpartition("@")[2] or host) if host in LOOPBACK else host


def read_environment() -> Environment:
    """Read and check the environment variables.

    Raises ImproperlyConfigured naming the variable when a value is missing or odd for the mode.
    """
    env = environ.Env()
    mode = env.str("PORTAL_MODE", "embedded")
    if mode not in MODES:
        raise ImproperlyConfigured(f"PORTAL_MODE must be one of {', '.join(MODES)}, not {mode!r}")
    service = mode == "service"
    demo = _flag(env, "DEMO", not service)
    var = Path(env.str("VAR_DIR", str(ROOT / "var")))
    (var / "static").mkdir(parents=True, exist_ok=True)
    environment = Environment(
        mode=mode,
        demo=demo,
        debug=_flag(env, "DEBUG", False),
        var=var,
        secret_key=env.str("SECRET_KEY", "") or ("" if service else _stored_secret(var)),
        hosts=env.list("ALLOWED_HOSTS", default=[] if service else ["localhost", "127.0.0.1", "[::1]"]),
        origins=env.list("CSRF_TRUSTED_ORIGINS", default=[]),
        database=_database(env, var / ("portal.sqlite3" if demo else "portal-live.sqlite3")),
        redis_url=env.str("REDIS_URL", ""),
        email=_email(env, demo),
        email_timeout=_seconds(env, "EMAIL_TIMEOUT", 10, most=60),
        base_url=env.str("BASE_URL", f"http://localhost:{env.int('PORT', 8000)}").rstrip("/"),
        sender=env.str("MAIL_FROM", "Kommunesamarbeid <portal@kommunesamarbeid.example>"),
        trusted_proxy=_flag(env, "TRUSTED_PROXY", service),
        undo_minutes=env.int("UNDO_MINUTES", 1 if demo else 10),
    )
    if service:
        _refuse_unsafe_service(environment)
    return environment


def _flag(env: environ.Env, name: str, default: bool) -> bool:
    text = env.str(name, "1" if default else "0").strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {text!r}")


def _seconds(env: environ.Env, name: str, default: int, *, most: int) -> int:
    text = env.str(name, str(default)).strip()
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ImproperlyConfigured(f"{name} must be a number of seconds from 1 to {most}, not {text!r}")
    return int(text)


def _email(env: environ.Env, demo: bool) -> dict[str, object]:
    """Return how mail leaves: a demo sends none, and where nobody has chosen, a backend refuses and mail
    stays queued.

    Raises ImproperlyConfigured, never with the URL's own words, for it holds a password.
    """
    url = env.str("EMAIL_URL", "").strip()
    if demo:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    if not url:
        return {"EMAIL_BACKEND": "kommunesamarbeid.core.mail.transport.MissingTransport"}
    scheme, _colon, rest = url.partition("://")
    if scheme in DISCARDING:
        raise ImproperlyConfigured(
            f"EMAIL_URL must not be {scheme}:// outside a demo: it throws mail away and calls it sent"
        )
    try:
        config = dict(env.email_url_config(url))
    except (ImproperlyConfigured, ValueError):
        raise ImproperlyConfigured(
            "EMAIL_URL must be smtp+tls://, smtp+ssl:// or smtp:// with a host, filemail:/// or "
            "consolemail://"
        ) from None
    if scheme in SMTP_PORTS and not config["EMAIL_HOST"]:
        raise ImproperlyConfigured("EMAIL_URL names no mail server: smtp+tls://user:password@host:587")
    if scheme == "filemail":
        if not rest.strip("/") or not rest.startswith("/"):
            raise ImproperlyConfigured("EMAIL_URL must name a folder from the root on: filemail:///folder")
        config["EMAIL_FILE_PATH"] = f"/{config['EMAIL_FILE_PATH']}".replace("//", "/")
    config["EMAIL_PORT"] = config["EMAIL_PORT"] or SMTP_PORTS.get(scheme, 25)
    return config


def _stored_secret(var: Path) -> str:
    """Return the embedded mode's own secret, made once with owner-only rights."""
    path = var / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def _database(env: environ.Env, file: Path) -> dict[str, object]:
    # The path is not made into a URL and back: a folder may have any character in its name.
    config: dict[str, object] = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}
    if env.str("DATABASE_URL", ""):
        config = dict(env.db_url("DATABASE_URL"))
    if str(config["ENGINE"]).endswith("sqlite3"):
        # IMMEDIATE takes the write lock at BEGIN, so a guard read inside the transaction cannot go stale.
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
        }
    else:
        config["CONN_MAX_AGE"] = 60
        config["CONN_HEALTH_CHECKS"] = True
        config["OPTIONS"] = {"connect_timeout": 3, **dict(config.get("OPTIONS") or {})}  # type: ignore[call-overload]  # django-environ types OPTIONS as object
    return config


def _refuse_unsafe_service(environment: Environment) -> None:
    if len(environment.secret_key) < 50:
        raise ImproperlyConfigured("SECRET_KEY must be set to at least 50 random characters in service mode")
    if environment.debug:
        raise ImproperlyConfigured("DEBUG must be off in service mode")
    if not environment.hosts or "*" in environment.hosts:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the portal's host names in service mode")
    if str(environment.database["ENGINE"]).endswith("sqlite3"):
        raise ImproperlyConfigured("DATABASE_URL must be PostgreSQL in service mode: several processes write")
    if not environment.redis_url:
        raise ImproperlyConfigured("REDIS_URL must be set in service mode")
    local = urlsplit(environment.base_url).hostname in LOOPBACK
    if environment.demo and not local:
        raise ImproperlyConfigured("DEMO may be on only behind a loopback BASE_URL")
    if not environment.base_url.startswith("https://") and not local:
        raise ImproperlyConfigured("BASE_URL must be https in service mode")
