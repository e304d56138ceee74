"""When the database is away the reader gets the portal's own 503 page, which says that what is saved is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.services import ROOT

ASK = """
import django
django.setup()
from django.test import Client
answer = Client(raise_request_exception=False, SERVER_NAME="localhost").get("/partnerskap/")
print(answer.status_code, answer.headers.get("Retry-After"), "default-src 'none'" in answer.headers["Content-Security-Policy"])
print(answer.content.decode())
"""


def test_a_database_that_is_away_gives_the_own_503_page(tmp_path: Path) -> None:
    away = {
        "DATABASE_URL": f"postgresql://portal@/portal?host={tmp_path}",
        "VAR_DIR": str(tmp_path),
        "DEMO": "1",
    }
    env = {
        **os.environ,
        **away,
        "DJANGO_SETTINGS_MODULE": "kommunesamarbeid.settings",
        "PORTAL_MODE": "embedded",
        "REDIS_URL": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK], check=True, cwd=ROOT, env=env, capture_output=True, text=True
    )
    first, _line, page = done.stdout.partition("\n")
    assert first == "503 30 True"
    assert '<html lang="nb"' in page
    assert "Traceback" not in page
