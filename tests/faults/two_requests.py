"""Two people ask for the same thing at the same moment, or for two that do not go together, again and again.

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
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

ROUNDS = 40
PAIRS = 9


def at_once(
    work: Callable[[int], object],
    rounds: int,
    count: Callable[[int], Any],
    *,
    other: Callable[[int], object] | None = None,
) -> list[Any]:
    """Return what `count` says of each round, or the first error, after two threads have both done each at the same moment.

    The second one does `other` when it is given.
    """
    from django.db import DatabaseError, connection

    barrier, errors = threading.Barrier(2, timeout=60), []

    def run(work: Callable[[int], object]) -> None:
        for number in range(rounds):
            barrier.wait()
            try:
                work(number)
            except DatabaseError as error:
                errors.append(repr(error))
        connection.close()

    threads = [threading.Thread(target=run, args=(each,)) for each in (work, other or work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors[:1] or [count(number) for number in range(rounds)]


def links() -> list[Any]:
    """Two people of one municipality ask for a link to the same new address: one contact person, one link."""
    from django.utils import timezone

    from municipalities.access.links import request_link
    from municipalities.models import AccessLink, ContactPerson
    from tests.places import municipality

    party = municipality()

    def address(number: int) -> str:
        return f"ny{number}@bodo.kommune.no"

    return at_once(
        lambda number: request_link(
            municipality=party, email=address(number), at=timezone.now(), language="nb"
        ),
        ROUNDS,
        lambda number: [
            ContactPerson.objects.filter(municipality=party, email=address(number)).count(),
            AccessLink.objects.filter(contact__email=address(number)).count(),
        ],
    )


def questions(run: Any) -> list[Any]:
    """Two coordinators ask what the same pair would cost: one question."""
    from matching.models import PriceQuestion
    from matching.questions import price_questions
    from municipalities.models import Candidate, Response
    from tests.people import NOW, actor

    kari = actor("kari")
    pairs = [
        (one, other) for one in Response.objects.order_by("pk") for other in Candidate.objects.order_by("pk")
    ]

    def ask(number: int) -> None:
        price_questions.ask(run=run, response=pairs[number][0], candidate=pairs[number][1], by=kari, at=NOW)

    return at_once(
        ask,
        PAIRS,
        lambda number: PriceQuestion.objects.filter(
            response=pairs[number][0], candidate=pairs[number][1]
        ).count(),
    )


def analyses(run: Any) -> list[Any]:
    """Two coordinators ask for the analyses of the same runs: two rows each."""
    from matching.models import RunAnalysis
    from matching.runs.analyses import request_analyses
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
    from municipalities.responses.response_mails import DAY, send_digests
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


def joining(run: Any) -> list[Any]:
    """KS approves a joint application's pair while a named municipality confirms: a partnership; who is confirmed is in it, and nobody else."""
    from matching.models import Agreement, AgreementParty, Proposal
    from municipalities.models import JointMember
    from municipalities.responses.joint_applications import MemberBound, confirm_member
    from tests.matching.partners import approve
    from tests.people import NOW

    pairs, members = joint_pairs(run)

    def confirm(number: int) -> None:
        member = JointMember.objects.select_related("response").get(pk=members[number])
        with suppress(MemberBound):
            confirm_member(member=member, by=by_mail(member.municipality_id), at=NOW)

    def is_told_right(number: int) -> bool:
        member = JointMember.objects.get(pk=members[number])
        is_party = AgreementParty.objects.filter(municipality=member.municipality_id).exists()
        return is_party == (member.confirmed_at is not None)

    return at_once(
        lambda number: approve(Proposal.objects.get(pk=pairs[number])),
        ROUNDS,
        lambda number: [Agreement.objects.filter(proposal=pairs[number]).count(), is_told_right(number)],
        other=confirm,
    )


def editions() -> list[Any]:
    """Two people load the same new edition of the official list: one edition, loaded once, and one task for the candidate it changes.

    There is none before the first round.
    """
    from kommunesamarbeid.core.models import AuditEvent
    from municipalities.models import ListReview, OfficialListEdition
    from municipalities.official_list.editions import Order, load_edition, read_edition
    from tests.municipalities.pool import POLTAVA
    from tests.municipalities.sheets import csv_file
    from tests.people import NOW, actor

    kari = actor("kari")
    days = [date(2026, 5, 1) + timedelta(days=number) for number in range(ROUNDS)]
    tables = [
        read_edition(
            "list.csv",
            csv_file("code,class,from,to", f"{POLTAVA},{('possible', 'active')[number % 2]},2022-02-24,"),
        )
        for number in range(ROUNDS)
    ]

    def counted(number: int) -> list[int]:
        loaded = OfficialListEdition.objects.filter(edition_on=days[number])
        events = AuditEvent.objects.filter(action="edition.loaded", data__edition_on=days[number].isoformat())
        return [loaded.count(), events.count(), ListReview.objects.filter(edition__in=loaded).count()]

    return at_once(
        lambda number: load_edition(
            order=Order(f"{number}", days[number], "Order"), table=tables[number], by=kari, at=NOW
        ),
        ROUNDS,
        counted,
    )


def joint_pairs(run: Any) -> tuple[list[int], list[int]]:
    """Return the ids of proposals for invented leads, all with one candidate, and of the member each lead has named."""
    from matching.models import Proposal
    from municipalities.models import Candidate
    from municipalities.responses.joint_applications import name_member
    from tests.faults.last_place import ready_responses
    from tests.people import NOW

    Candidate.objects.update(capacity=ROUNDS + PAIRS)
    like = run.proposals.first()
    given = {
        "run": run,
        "candidate": like.candidate,
        "assessment": like.assessment,
        "breakdown": like.breakdown,
    }
    made = ready_responses(2 * ROUNDS)
    pairs = Proposal.objects.bulk_create(
        Proposal(response=response, version=version, points=5000, coverage_permille=1000, **given)
        for response, version in made[:ROUNDS]
    )
    members = [
        name_member(response=lead, municipality=named.municipality, by=by_mail(lead.municipality_id), at=NOW)
        for (lead, _version), (named, _other) in zip(made[:ROUNDS], made[ROUNDS:], strict=True)
    ]
    return [pair.pk for pair in pairs], [member.pk for member in members]


def by_mail(municipality: int) -> Any:
    """Return the contact of an invented municipality."""
    from kommunesamarbeid.core.roles import Actor
    from municipalities.models import ContactPerson
    from tests.people import NOW

    found, _made = ContactPerson.objects.get_or_create(
        municipality_id=municipality, defaults={"created_at": NOW}
    )
    return Actor.contact(found.pk)


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
    made |= {
        "questions": questions(run),
        "analyses": analyses(run),
        "joining": joining(run),
        "editions": editions(),
    }
    made |= {"digests": digests()}
    json.dump(made, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
