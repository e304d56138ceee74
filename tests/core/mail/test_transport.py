"""Outside a demo nothing is served before somebody has chosen where mail goes, and no mail is thrown away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django.fixtures import Settings

from kommunesamarbeid.env import Environment, read_environment
from tests.services import ROOT

MISSING = "kommunesamarbeid.core.mail.transport.MissingTransport"
SERVICE = {
    "PORTAL_MODE": "service", "DEMO": "0", "EMAIL_URL": "", "SECRET_KEY": "mail" * 16, "ALLOWED_HOSTS": "localhost", "BASE_URL": "http://localhost:1",
    "DATABASE_URL": "postgresql://portal@/portal?host=/nowhere", "REDIS_URL": "redis://127.0.0.1:1/0",
}  # fmt: skip
SERVERS = {
    "web": ["gunicorn", "kommunesamarbeid.wsgi:application", "--bind", "127.0.0.1:0", "--no-control-socket"],
    "worker": ["celery", "-A", "kommunesamarbeid", "worker"],
    "beat": ["celery", "-A", "kommunesamarbeid", "beat", "--schedule", "schedule"],
}


def told(monkeypatch: pytest.MonkeyPatch, folder: Path, **environment: str) -> Environment:
    """Return what the environment says outside a demo, embedded."""
    for name, text in {
        "VAR_DIR": str(folder),
        "DEMO": "0",
        "PORTAL_MODE": "embedded",
        "EMAIL_URL": "",
        **environment,
    }.items():
        monkeypatch.setenv(name, text)
    return read_environment()


def test_a_demo_sends_nothing_whatever_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    demo = told(monkeypatch, tmp_path, DEMO="1", EMAIL_URL="smtp://mail.example")
    assert demo.email == {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}


def test_a_chosen_transport_counts_in_the_embedded_mode(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = told(monkeypatch, tmp_path, EMAIL_URL="smtp+tls://kari:p%40ss@mail.example")
    assert (server.email["EMAIL_HOST"], server.email["EMAIL_PORT"], server.email["EMAIL_USE_TLS"]) == (
        "mail.example",
        587,
        True,
    )
    assert (server.email["EMAIL_HOST_PASSWORD"], server.email_timeout) == ("p@ss", 10)
    files = told(monkeypatch, tmp_path, EMAIL_URL="filemail:///var/mail/portal", EMAIL_TIMEOUT="3")
    assert (files.email["EMAIL_FILE_PATH"], files.email_timeout) == ("/var/mail/portal", 3)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("dummymail://", "throws mail away and calls it sent"),
        ("memorymail://", "throws mail away and calls it sent"),
        ("smtp://", "names no mail server"),
        ("filemail://folder", "from the root on"),
        ("https://kari:hemmelig@mail.example", "must be smtp"),
        ("smtp://kari:hemmelig@mail.example:smtp", "must be smtp"),
    ],
)
def test_an_odd_transport_is_refused_in_words_without_its_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, words: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_URL ") as refusal:
        told(monkeypatch, tmp_path, EMAIL_URL=url)
    assert words in str(refusal.value)
    assert "hemmelig" not in str(refusal.value)


@pytest.mark.parametrize("seconds", ["0", "61", "ti"])
def test_a_timeout_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_TIMEOUT must be a number of seconds from 1 to 60"):
        told(monkeypatch, tmp_path, EMAIL_TIMEOUT=seconds)


def test_mails_are_numbered_under_the_portals_host_or_the_senders(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sender = {"MAIL_FROM": "Kommunesamarbeid <portal@ks.example>"}
    assert (
        told(monkeypatch, tmp_path, BASE_URL="https://portal.example", **sender).mail_domain
        == "portal.example"
    )
    assert told(monkeypatch, tmp_path, BASE_URL="http://localhost:8000", **sender).mail_domain == "ks.example"


def test_check_for_deployment_asks_for_a_transport_and_other_commands_do_not(settings: Settings) -> None:
    settings.POST_OFFICE = {**settings.POST_OFFICE, "BACKENDS": {"default": MISSING}}
    with pytest.raises(SystemCheckError, match=r"core\.E001\) EMAIL_URL is not set"):
        call_command("check", deploy=True)
    assert [message for message in run_checks() if message.id == "core.E001"] == []


@pytest.mark.parametrize("which", SERVERS)
def test_web_worker_and_beat_do_not_start_without_a_transport(which: str, tmp_path: Path) -> None:
    env = {**os.environ, **SERVICE, "VAR_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", *SERVERS[which]],
        check=False,
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "EMAIL_URL is not set" in done.stderr
