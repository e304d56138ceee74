"""The services of the tests are real, private, and gone afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
from redis import Redis

from tests.services import ServiceFailed, private_postgres, running, stop_process, wait_until


def test_postgres_is_real_and_sorts_norwegian_and_ukrainian(postgres_url: str) -> None:
    connection = psycopg2.connect(postgres_url)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(x, '' ORDER BY x COLLATE \"nb-x-icu\") FROM unnest(ARRAY['å','ø','æ','z','a']) x"
        )
        assert cursor.fetchone() == ("azæøå",)
        cursor.execute(
            "SELECT string_agg(x, '' ORDER BY x COLLATE \"uk-x-icu\") FROM unnest(ARRAY['ї','і','є','е','ґ','г']) x"
        )
        assert cursor.fetchone() == ("гґеєії",)
    connection.close()


def test_postgres_listens_on_no_port(postgres_url: str) -> None:
    connection = psycopg2.connect(postgres_url)
    with connection.cursor() as cursor:
        cursor.execute("SHOW listen_addresses")
        assert cursor.fetchone() == ("",)
    connection.close()


def test_postgres_leaves_no_folder_behind() -> None:
    with private_postgres() as url:
        folder = Path(url.partition("host=")[2])
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_redis_wants_its_password(redis_url: str) -> None:
    client = Redis.from_url(redis_url)
    assert (client.ping(), client.config_get("save")) == (True, {"save": ""})
    client.close()


def test_service_that_dies_tells_what_it_said(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", "print('no room left'); raise SystemExit(1)"]
    with running(command, log) as process, pytest.raises(ServiceFailed, match="no room left"):
        wait_until(lambda: False, process, log)


def test_service_that_hangs_is_given_up_in_time(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        running(["sleep", "60"], log) as process,
        pytest.raises(ServiceFailed, match="did not answer within 0 s"),
    ):
        wait_until(lambda: False, process, log, patience=0.2)
    assert process.poll() is not None


def test_stopping_what_has_ended_is_no_error() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    assert stop_process(process) == 0
