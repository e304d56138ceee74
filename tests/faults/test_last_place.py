"""Two coordinators approve two proposals for one last place at the same moment, 200 times: one wins, the place is never given twice.

A running server on PostgreSQL, two logged-in HTTP clients behind a barrier; SQL counts what came of it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg2

from tests.databases import MIGRATED, PostgresTemplates, demo_environment
from tests.faults.last_place import ROUNDS
from tests.services import ROOT, ServiceFailed, portal_server

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
# Only what came of the proposals: the registers bring partnerships of their own.
TAKEN = "FROM matching_agreementparty p JOIN matching_agreement a ON a.id = p.agreement_id WHERE p.is_open AND a.origin = 'matched'"
TAKEN_TWICE = f"""
    SELECT count(*) FROM (
        SELECT p.municipality_id {TAKEN} GROUP BY p.municipality_id HAVING count(*) > 1
        UNION ALL SELECT p.hromada_id {TAKEN} GROUP BY p.hromada_id HAVING count(*) > 1
    ) AS twice"""  # noqa: S608  # no value from outside


class Coordinator:
    """One logged-in person, with nothing but HTTP."""

    def __init__(self, origin: str, cookies: dict[str, str]) -> None:
        self.origin, self.cookies = origin, dict(cookies)
        page = self.open(f"{origin}/desk/matching/proposal/")[1]
        self.token = (TOKEN.search(page) or [""])[1] or self.cookies.get("csrftoken", "")
        assert self.token

    def open(self, url: str, data: dict[str, str] | None = None) -> tuple[int, str]:
        """Return status and text of an answer; a redirect is not followed."""
        body = None if data is None else urllib.parse.urlencode(data).encode()
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        request = urllib.request.Request(
            url, body, {"Cookie": jar, "Origin": self.origin, "Accept-Language": "en"}
        )  # loopback
        try:
            answer: Any = OPENER.open(request, timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            for crumb in answer.headers.get_all("Set-Cookie") or ():
                name, _is, value = crumb.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read().decode()

    def approve(self, proposal: int) -> tuple[int, str]:
        """Approve a proposal as the page's form does."""
        form = {
            "csrfmiddlewaretoken": self.token,
            "kind": "ks_first",
            "seen": "proposed",
            "no_conflict": "on",
            "reason": "",
        }
        return self.open(f"{self.origin}/desk/matching/proposal/{proposal}/approve/", form)


class Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other here."""

    def redirect_request(self, *_given: Any) -> None:
        """Do not follow."""


OPENER = urllib.request.build_opener(Stay)


def laid_out(env: dict[str, str]) -> dict[str, Any]:
    """Fill the database in a process of its own."""
    command = [sys.executable, "-m", "tests.faults.last_place"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True
    )
    if done.returncode:
        raise ServiceFailed(done.stderr[-3000:])
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def race(people: list[Coordinator], rounds: list[tuple[int, int, str]]) -> list[dict[int, tuple[int, str]]]:
    """Let both approve at the same moment, round by round; return each round's answers by proposal."""
    barrier, answers = threading.Barrier(2, timeout=60), [dict[int, tuple[int, str]]() for _round in rounds]

    def run(who: int) -> None:
        for place, (*proposals, _side) in enumerate(rounds):
            barrier.wait()
            answers[place][proposals[who]] = people[who].approve(proposals[who])

    threads = [threading.Thread(target=run, args=(who,)) for who in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def counted(url: str, question: str) -> int:
    """Return what SQL counts."""
    base = psycopg2.connect(url)
    try:
        with base.cursor() as cursor:
            cursor.execute(question)
            return int(cursor.fetchone()[0])
    finally:
        base.close()


def test_last_place_is_given_once_in_200_races_on_both_sides(
    postgres_templates: PostgresTemplates, tmp_path: Path
) -> None:
    url = postgres_templates.copy(MIGRATED, "last_place")
    env = {
        **demo_environment(url, tmp_path),
        "UNDO_MINUTES": "60",
    }  # so that no introduction is due while they race
    told = laid_out(env)
    with portal_server(env) as origin:
        people = [Coordinator(origin, cookies) for cookies in told["cookies"]]
        began = time.monotonic()
        answers = race(people, told["rounds"])
        print(f"{len(answers)} races in {time.monotonic() - began:.1f} s")
    statuses = Counter(tuple(sorted(status for status, _text in each.values())) for each in answers)
    assert statuses == {(302, 409): ROUNDS}
    assert {"<h1" in text for each in answers for status, text in each.values() if status == 409} == {True}
    assert counted(url, TAKEN_TWICE) == 0
    assert counted(url, f"SELECT count(*) {TAKEN}") == ROUNDS
    assert counted(url, "SELECT count(*) FROM matching_proposal WHERE state = 'approved'") == ROUNDS
    assert Counter(side for _one, _two, side in told["rounds"]) == {"no": ROUNDS // 2, "ua": ROUNDS // 2}
