"""Two requests for the same thing at the same moment make one of it, and neither of the two is an error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.databases import MIGRATED, PostgresTemplates
from tests.faults.two_requests import PAIRS, ROUNDS
from tests.services import ROOT


def test_two_requests_at_once_share_what_they_make(
    postgres_templates: PostgresTemplates, tmp_path: Path
) -> None:
    url = postgres_templates.copy(MIGRATED, "two_requests")  # a database of its own: the threads commit
    env = {
        "PORTAL_MODE": "embedded",
        "DEMO": "0",
        "REDIS_URL": "",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": url,
    }
    command = [sys.executable, "-m", "tests.faults.two_requests"]
    done = subprocess.run(
        command, check=True, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True
    )

    made = {
        "links": [[1, 1]] * ROUNDS,
        "questions": [1] * PAIRS,
        "analyses": [2] * PAIRS,
        "joining": [[1, True]] * ROUNDS,
    }
    made |= {"editions": [[1, 1, 1]] * ROUNDS, "digests": [1] * ROUNDS}
    assert json.loads(done.stdout.splitlines()[-1]) == made
