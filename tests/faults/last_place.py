"""Two hundred last places and two proposals for each, laid out in bulk: half lack a place in Norway, half in Ukraine.

`python -m tests.faults.last_place` fills the database of the environment and prints, as JSON, the rounds and the cookies of
two coordinators. It runs in a process of its own, before the server.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

ROUNDS = 200


def fill() -> dict[str, Any]:
    """Make the rounds and return {"rounds": [[proposal, proposal, side], …], "cookies": [{name: value}, …]}."""
    from django.core.management import call_command
    from django.test import Client

    from tests.people import make_user

    call_command("migrate", interactive=False, verbosity=0)
    without_registers()
    cookies = []
    for who in ("kari", "guro"):
        client = Client()
        client.force_login(make_user(who))
        cookies.append({name: crumb.value for name, crumb in client.cookies.items()})
    return {"rounds": _rounds(), "cookies": cookies}


def without_registers() -> None:
    """Note the registers as loaded: no place of theirs takes part, and reading them is most of a server's first start."""
    from kommunesamarbeid.prepare import registers_digest, registers_stamp

    stamp = registers_stamp()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(registers_digest(), encoding="ascii")


def _rounds() -> list[tuple[int, int, str]]:
    """Return the ids of two proposals for each place: an odd round shares the municipality, an even one the candidate."""
    from matching.models import Proposal

    run, responses, candidates = _run(), ready_responses(2 * ROUNDS), _candidates(2 * ROUNDS)
    pairs = []
    for place in range(ROUNDS):
        one, two = 2 * place, 2 * place + 1
        shared = [(one, one), (one, two)] if place % 2 else [(one, one), (two, one)]
        pairs += [(responses[i], candidates[j]) for i, j in shared]
    made = Proposal.objects.bulk_create(
        Proposal(
            run=run,
            response=response,
            version=version,
            candidate=candidate,
            assessment=assessment,
            points=5000,
            breakdown=[_criterion()],
            coverage_permille=1000,
        )
        for (response, version), (candidate, assessment) in pairs
    )
    sides = ["ua" if place % 2 == 0 else "no" for place in range(ROUNDS)]
    return [(made[2 * place].pk, made[2 * place + 1].pk, sides[place]) for place in range(ROUNDS)]


def _criterion() -> dict[str, Any]:
    return {
        "code": "theme",
        "points": 5000,
        "max": 10000,
        "known": True,
        "known_max": 10000,
        "row": [],
        "column": [],
        "parts": [],
    }


def _run() -> Any:
    from matching.models import MatchRun
    from matching.runs.schemes import ensure_default_scheme
    from tests.people import NOW, TODAY

    return MatchRun.objects.create(
        state="published",
        scheme=ensure_default_scheme(at=NOW),
        as_of=TODAY,
        objective="total",
        requested_at=NOW,
        finished_at=NOW,
        published_at=NOW,
        pairs=2 * ROUNDS,
        total=0,
        bound=0,
        proved=True,
        plan={"pairs": []},
    )


def ready_responses(number: int) -> list[tuple[Any, Any]]:
    """Return ready responses of as many invented municipalities, each with one place; no real number begins with 9."""
    from municipalities.models import County, Municipality, Response, ResponseVersion
    from tests.people import NOW
    from tests.places import round_open

    county = County.objects.create(number="99", name="Testfylke")
    parties = Municipality.objects.bulk_create(
        Municipality(
            number=f"{9000 + each}",
            kind="municipality",
            name=f"Test {each}",
            name_official=f"Test {each}",
            county=county,
            written_standard="nb",
        )
        for each in range(number)
    )
    responses = Response.objects.bulk_create(
        Response(
            municipality=party,
            round=round_open(),
            state="ready",
            reference=f"T-{each:06}",
            started_at=NOW,
            submitted_at=NOW,
            ready_at=NOW,
        )
        for each, party in enumerate(parties)
    )
    versions = ResponseVersion.objects.bulk_create(
        ResponseVersion(
            response=row, number=1, answers={"capacity": 1}, structure="1", submitted_at=NOW, language="nb"
        )
        for row in responses
    )
    return list(zip(responses, versions, strict=True))


def _candidates(number: int) -> list[tuple[Any, Any]]:
    """Return ready candidates of as many invented hromadas, each with one place and a confirmed category."""
    from kommunesamarbeid.core.models import User
    from municipalities.models import Candidate, CategoryAssessment, Hromada, Oblast
    from tests.people import NOW, TODAY, make_user

    oblast = Oblast.objects.create(code="UA99000000000000000", iso="UA-99", name_uk="Тестова", name_en="Test")
    hromadas = Hromada.objects.bulk_create(
        Hromada(
            katottg=f"UA9900000000{each:07}",
            name_uk="Тест",
            name_en="Test",
            kind="urban",
            centre_uk=f"Тест {each}",
            centre_en=f"Test {each}",
            oblast=oblast,
        )
        for each in range(number)
    )
    candidates = Candidate.objects.bulk_create(
        Candidate(
            hromada=place,
            state="ready",
            capacity=1,
            added_at=NOW,
            ready_at=NOW,
            updated_at=NOW,
            is_fictional=True,
        )
        for place in hromadas
    )
    auc, ks = make_user("andrij"), User.objects.get(email__startswith="kari@")
    assessments = CategoryAssessment.objects.bulk_create(
        CategoryAssessment(
            candidate=row,
            category="outside",
            valid_from=TODAY.replace(month=1),
            source="Test",
            reason="Test",
            proposed_at=NOW,
            proposed_by=auc,
            proposed_for="auc",
            confirmed_at=NOW,
            confirmed_by=ks,
            confirmed_for="ks",
        )
        for row in candidates
    )
    return list(zip(candidates, assessments, strict=True))


def main() -> int:
    """Fill and tell."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")
    django.setup()
    json.dump(fill(), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
