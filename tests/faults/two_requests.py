"""Two people ask for the same thing at the same moment, again and again.

`python -m tests.faults.two_requests` fills the database of the environment, lets two threads ask, and prints, as JSON, how
many rows each round has made; an error in a thread is printed instead. It runs in a process of its own, for threads commit
where a test would roll back.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

ROUNDS = 40
PAIRS = 9


def at_once(work: Callable[[int], object], rounds: int, count: Callable[[int], Any]) -> list[Any]:
    """Return what `count` says of each round, or the first error, after two threads have both done each at the same moment."""
    from django.db import DatabaseError, connection

    barrier, errors = threading.Barrier(2, timeout=60), []

    def run() -> None:
        for number in range(rounds):
            barrier.wait()
            try:
                work(number)
            except DatabaseError as error:
                errors.append(repr(error))
        connection.close()

    threads = [threading.Thread(target=run) for _person in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors[:1] or [count(number) for number in range(rounds)]


def links() -> list[Any]:
    """Two people of one municipality ask for a link to the same new address: one contact person, one link."""
    from django.utils import timezone

    from municipalities.access import request_link
    from municipalities.models import AccessLink, ContactPerson
    from tests.places import municipality

    party = municipality()

    def address(number: int) -> str:
        return f"ny{number}@bodo.kommune.no"

    return at_once(
        lambda number: request_link(municipality=party, email=address(number), at=timezone.now(), language="nb"),
        ROUNDS,
        lambda number: [
            ContactPerson.objects.filter(municipality=party, email=address(number)).count(),
            AccessLink.objects.filter(contact__email=address(number)).count(),
        ],
    )


def questions(run: Any) -> list[Any]:
    """Two coordinators ask what the same pair would cost: one question."""
    from matching import asking
    from matching.models import PriceQuestion
    from municipalities.models import Candidate, Response
    from tests.people import NOW, actor

    kari = actor("kari")
    pairs = [(one, other) for one in Response.objects.order_by("pk") for other in Candidate.objects.order_by("pk")]

    def ask(number: int) -> None:
        asking.ask(run=run, response=pairs[number][0], candidate=pairs[number][1], by=kari, at=NOW)

    return at_once(
        ask, PAIRS, lambda number: PriceQuestion.objects.filter(response=pairs[number][0], candidate=pairs[number][1]).count()
    )


def analyses(run: Any) -> list[Any]:
    """Two coordinators ask for the analyses of the same runs: two rows each."""
    from matching.analyses import request_analyses
    from matching.models import RunAnalysis
    from tests.matching.builders import computed_run
    from tests.people import NOW, actor

    runs, kari = [run, *(computed_run() for _more in range(PAIRS - 1))], actor("kari")
    RunAnalysis.objects.all().delete()
    return at_once(
        lambda number: request_analyses(run=runs[number], by=kari, at=NOW),
        PAIRS,
        lambda number: RunAnalysis.objects.filter(run=runs[number]).count(),
    )


def digests() -> list[Any]:
    """Two workers send the day's number of answers, forty days on end: Kari gets one mail a day."""
    from django.utils import timezone

    from kommunesamarbeid.core.models import MailRecord
    from municipalities.models import ResponseVersion
    from municipalities.response_mails import DAY, send_digests
    from tests.people import NOW, actor

    kari, version = actor("kari"), ResponseVersion.objects.latest("pk")
    for number in range(ROUNDS):
        version.pk, version.number, version.submitted_at = None, 100 + number, NOW + number * DAY
        version.save(force_insert=True)
    return at_once(
        lambda number: send_digests(at=NOW + (number + 1) * DAY),
        ROUNDS,
        lambda number: MailRecord.objects.filter(
            recipient_kind="user",
            recipient_id=kari.id,
            case_reference=f"responses-{timezone.localdate(NOW + (number + 1) * DAY)}",
        ).count(),
    )


def filled_run() -> Any:
    """Return a published run over three municipalities and three candidates."""
    from tests.matching.builders import matchable, published_run, two_pairs
    from tests.municipalities.pool import TESTIVSKA

    two_pairs()
    matchable("1811", TESTIVSKA)
    return published_run()


def main() -> int:
    """Ask and tell."""
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    made: dict[str, list[Any]] = {"links": links()}
    run = filled_run()
    made |= {"questions": questions(run), "analyses": analyses(run), "digests": digests()}
    json.dump(made, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
