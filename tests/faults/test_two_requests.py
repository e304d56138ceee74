"""Two requests for a link to one new address at the same moment make one contact person and one mail, never two."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.faults.two_requests import ROUNDS
from tests.services import ROOT


def test_f06_two_requests_at_once_for_a_new_address_share_one_contact_person_and_mail(postgres_url: str, tmp_path: Path) -> None:
    env = {"PORTAL_MODE": "embedded", "DEMO": "0", "REDIS_URL": "", "VAR_DIR": str(tmp_path), "DATABASE_URL": postgres_url}
    command = [sys.executable, "-m", "tests.faults.two_requests"]

    done = subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True)

    assert json.loads(done.stdout.splitlines()[-1]) == [[1, 1]] * ROUNDS
