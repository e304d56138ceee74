"""PostgreSQL or Redis goes away while visitors submit: nobody is told a thing that is not so, and nothing is lost or doubled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.databases import MIGRATED, PostgresTemplates
from tests.faults.served import Postgres, Redis, Served, served, wait
from tests.services import private_postgres, private_redis

VISITORS = 12
AWAY = 8.0
FORM_PAGES = (
    "/",
    "/meld-interesse/",
    "/skjema/",
    "/skjema/side/notes/",
    "/skjema/side/offers/",
    "/skjema/kontroller/",
    "/kommunens-side/",
)
STORED = """SELECT reference, count(v.id) FROM municipalities_response r
    LEFT JOIN municipalities_responseversion v ON v.response_id = r.id GROUP BY reference"""
RECEIPTS = "SELECT status, count(*) FROM post_office_email GROUP BY status"
SENT = 0


@pytest.fixture(scope="module")
def own_postgres(postgres_templates: PostgresTemplates) -> Iterator[str]:
    """A migrated database in a cluster of this module's own, for it is stopped."""
    with private_postgres() as url:
        postgres_templates.pour(MIGRATED, url)
        yield url


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A Redis of this module's own instead of the session's, for it is stopped."""
    with private_redis() as url:
        yield url


@pytest.fixture(scope="module")
def portal(own_postgres: str, redis_url: str) -> Iterator[Served]:
    """The portal as `make serve` runs it, with visitors for both tests."""
    with served(Postgres(own_postgres), Redis(redis_url), 2 * VISITORS) as running:
        yield running


def receipts(portal: Served) -> int:
    """Return how many mails there are, sent or waiting."""
    return int(portal.postgres.rows("SELECT count(*) FROM post_office_email")[0][0])


def test_postgres_stopped_for_8_seconds_loses_and_doubles_nothing(portal: Served) -> None:
    """Twelve visitors submit before, while and after the database is away; who is refused sends again."""
    with ThreadPoolExecutor(VISITORS) as crowd:
        before, visitors = receipts(portal), portal.visitors[:VISITORS]
        early, late = visitors[:2], visitors[2:]
        assert [visitor.submit() for visitor in early] == [True, True]
        portal.postgres.stop()
        stopped = time.monotonic()
        sent = [crowd.submit(visitor.submit_until_received, 40.0) for visitor in late]
        time.sleep(AWAY / 2)
        assert [visitor.submit() for visitor in early] == [False, False]
        time.sleep(max(0.0, stopped + AWAY - time.monotonic()))
        portal.postgres.start()
        for one in sent:
            one.result()

    assert {visitor.answers[-1] for visitor in late} == {(302, "/skjema/kvittering/")}
    assert {status for visitor in visitors for status, _to in visitor.answers} == {302, 503}
    refused = [
        page
        for v in visitors
        for (status, _to), page in zip(v.answers, v.pages, strict=True)
        if status == 503
    ]
    assert [
        page for page in refused if "your browser still has it" not in page or "received" in page.lower()
    ] == []
    stored = dict(portal.postgres.rows(STORED))
    assert [stored[visitor.reference] for visitor in visitors] == [1] * VISITORS
    assert receipts(portal) - before == VISITORS


def test_redis_stopped_every_page_works_and_every_receipt_is_sent_after_its_return(portal: Served) -> None:
    """While Redis is away visitors read, write and submit; their receipts wait in the database and go out afterwards."""
    portal.redis.stop()
    stopped = time.monotonic()
    before, visitors = receipts(portal), portal.visitors[VISITORS:]
    mona = visitors[0]

    assert [mona.ask("GET", page)[0] for page in FORM_PAGES] == [200] * len(FORM_PAGES)
    assert mona.write("notes", {"notes": "Written while Redis was away"}) == (302, "/skjema/")
    assert "Written while Redis was away" in mona.ask("GET", "/skjema/side/notes/")[2]
    assert [visitor.submit() for visitor in visitors] == [True] * VISITORS
    time.sleep(max(0.0, stopped + AWAY - time.monotonic()))

    portal.redis.start()
    back = time.monotonic()
    wait(lambda: portal.postgres.rows(RECEIPTS) == [(SENT, before + VISITORS)], patience=120)
    assert time.monotonic() - back < 120
