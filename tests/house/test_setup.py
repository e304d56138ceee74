"""A fresh clone can be set up from its files alone: locked, without addresses of any machine or registry."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.assets import FILES, FONT_SUBSETS, VENDOR
from deploy.catalogs import GATE
from deploy.lock import LOCKED, without_addresses
from deploy.service import commands, missing, service_environment
from tests.services import ROOT

PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)
COMMANDS = (
    "run",
    "test",
    "test-sqlite",
    "check",
    "bench",
    "assets",
    "serve",
    "services",
    "messages",
    "lock",
    "help",
    "clean",
)
TOOLING = [
    "Makefile",
    "pyproject.toml",
    "package.json",
    "package-lock.json",
    ".npmrc",
    ".ci/run",
    *(t for t, _ in LOCKED.values()),
]


def pins(name: str) -> dict[str, str]:
    """Return package → version of a lock file."""
    return dict(PINNED.findall((ROOT / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", [target for target, _ in LOCKED.values()])
def test_requirements_carry_a_hash_for_every_package(name: str) -> None:
    blocks = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / name).read_text(encoding="utf-8").strip())
    assert [
        block.split()[0] for block in blocks if not block.startswith("#") and "--hash=sha256:" not in block
    ] == []


@pytest.mark.parametrize("name", [source for source in LOCKED if source != "deploy/node.in"])
def test_requirements_have_a_lower_bound_on_every_line(name: str) -> None:
    lines = [
        line
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if line and line[0] not in "#-"
    ]
    assert [line for line in lines if ">=" not in line] == []


def test_tests_run_on_the_versions_the_portal_runs_on() -> None:
    tested = pins("requirements-dev.txt")
    assert {name: tested.get(name) for name in pins("requirements.txt")} == pins("requirements.txt")


def test_driver_is_psycopg2_only() -> None:
    from django.db.backends.postgresql.psycopg_any import is_psycopg3

    assert "psycopg" not in pins("requirements-dev.txt")
    assert is_psycopg3 is False


@pytest.mark.parametrize("name", TOOLING)
def test_tooling_names_no_address_and_no_folder_of_a_machine(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert (
        re.findall(r"(?:https?|file)://(?!localhost|portal\.example)\S+|/(?:root|home|tmp|work)/\S*", text)
        == []
    )


def test_npm_lock_holds_hashes_only() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert all(
        "integrity" in packages[name] and "resolved" not in packages[name] for name in packages if name
    )


def test_without_addresses_keeps_what_verifies_a_package(tmp_path: Path) -> None:
    lock = tmp_path / "lock.json"
    lock.write_text(
        json.dumps({"packages": {"a": {"resolved": "x", "funding": {}, "integrity": "sha512-1"}}}),
        encoding="utf-8",
    )
    without_addresses(lock)
    assert json.loads(lock.read_text(encoding="utf-8")) == {"packages": {"a": {"integrity": "sha512-1"}}}


def test_assets_are_built() -> None:
    names = {
        *FILES.values(),
        "inter/index.css",
        *(f"inter/inter-{subset}-wght-normal.woff2" for subset in FONT_SUBSETS),
    }
    assert {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()} - {
        ".stamp"
    } == names


def test_assets_name_nothing_off_the_origin() -> None:
    sheets = {path.name: path.read_text(encoding="utf-8") for path in VENDOR.rglob("*.css")}
    assert {
        name: re.findall(r"url\((?!['\"]?(?:data:|\./))[^)]*|sourceMappingURL", text)
        for name, text in sheets.items()
    } == {name: [] for name in sheets}


def test_help_lists_every_command() -> None:
    done = subprocess.run(["make", "help"], capture_output=True, text=True, check=True, cwd=ROOT)
    assert {line.split()[0] for line in done.stdout.splitlines()[1:]} >= set(COMMANDS)


def test_gitignore_covers_what_make_builds() -> None:
    built = [".venv/made", "node_modules/x", "static/vendor/x.css", "var/portal.sqlite3", "var/secret_key"]
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", *built], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.stdout.split() == built


def test_language_gate_asks_for_bokmal_everywhere() -> None:
    assert set(GATE) == {"nb", "nn", "uk"}
    assert GATE["nb"] == ("",)


def test_service_mode_names_what_is_not_set() -> None:
    services = {"DATABASE_URL": "postgresql://d", "REDIS_URL": "redis://r"}
    assert [line.split()[0] for line in missing({})] == ["DATABASE_URL", "REDIS_URL", "EMAIL_URL"]
    assert [line.split()[0] for line in missing(services)] == ["EMAIL_URL"]
    assert (
        missing({**services, "EMAIL_URL": "smtp://mail.example"}) == missing({**services, "DEMO": "1"}) == []
    )


def test_service_mode_assumes_a_secret_on_loopback_only(tmp_path: Path) -> None:
    here = service_environment({}, tmp_path / "secret")
    there = service_environment({"BASE_URL": "https://portal.example"}, tmp_path / "secret")
    assert (len(here["SECRET_KEY"]), (tmp_path / "secret").stat().st_mode & 0o777) == (64, 0o600)
    assert "SECRET_KEY" not in there


def test_service_mode_listens_on_loopback_only(tmp_path: Path) -> None:
    web = commands("8000", tmp_path / "schedule")["web"]
    assert web[web.index("--bind") + 1] == "127.0.0.1:8000"


def test_server_process_never_loads_the_solver() -> None:
    code = (
        "import sys, os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'kommunesamarbeid.settings'; django.setup();"
        "import kommunesamarbeid.urls, kommunesamarbeid.serve; from kommunesamarbeid.celery import app;"
        "app.loader.import_default_modules(); sys.exit('ortools' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0
