"""``python -m tests.bench.portal sqlite|postgres``: the product's own way from the database to proposals, timed.

A database of its own is filled with 357 answers and 300 candidates (one answer in four missing, capacities 1 to 3, caps
and a war-zone bound that bind), on real registers. What is timed is `runs.compute_run`, from queued to computed, in a
process whose engine is warm; beside it the plain version: the same rows, a double loop, a flow arc by arc, proposals
written without proof, price or alternative. Both write what they find.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

ROWS, COLUMNS, TIMES = 357, 300, 9
MISSING: Final = 0.25
NOW: Final = datetime(2026, 11, 2, 9, tzinfo=UTC)
TODAY: Final = date(2026, 11, 2)


def fill() -> None:
    """Load the registers and write both sides in bulk."""
    from matching.models import AgreementParty
    from matching.runs.schemes import ensure_default_scheme
    from municipalities.models import (
        Candidate,
        Hromada,
        Municipality,
        OfficialListEdition,
        Response,
        Round,
        Theme,
    )
    from municipalities.registers.loader import load_registers

    load_registers(at=NOW - timedelta(days=400))
    # Everybody may be proposed here: an occupied hromada would only make the problem smaller.
    OfficialListEdition.objects.update(edition_on=NOW + timedelta(days=400))
    ensure_default_scheme(at=NOW)
    dice = random.Random(1)  # the same rows each time
    themes = list(Theme.objects.live().order_by("slug"))
    round_ = Round.objects.create(name="2026", opens_at=NOW - timedelta(days=300))
    # Reported partnerships take places: these parties would be out before they come in.
    taken = AgreementParty.objects.filter(is_open=True)
    free = Municipality.objects.filter(valid_to__isnull=True).exclude(pk__in=taken.values("municipality"))
    parties = list(free.order_by("number")[:ROWS])
    responses = Response.objects.bulk_create(
        Response(
            municipality=party,
            round=round_,
            state="ready",
            reference=f"BENCH-{k:04}",
            started_at=NOW,
            submitted_at=NOW,
            ready_at=_waiting(dice),
        )
        for k, party in enumerate(parties)
    )
    _write_versions(responses, themes, dice)
    hromadas = list(Hromada.objects.exclude(pk__in=taken.values("hromada")).order_by("katottg"))
    dice.shuffle(hromadas)
    candidates = Candidate.objects.bulk_create(_candidate(hromada, dice) for hromada in hromadas[:COLUMNS])
    _write_sides(candidates, themes, dice)


def _waiting(dice: random.Random) -> datetime:
    return NOW - timedelta(days=dice.choice([10, 400]))


def _maybe(dice: random.Random, value: Any) -> Any:
    """Return the value, or None where nobody has answered."""
    return None if dice.random() < MISSING else value


def _write_versions(responses: list[Any], themes: list[Any], dice: random.Random) -> None:
    from municipalities.models import ResponseVersion

    isos = ["UA-46", "UA-18", "UA-21", "UA-53", "UA-32"]
    ResponseVersion.objects.bulk_create(
        ResponseVersion(
            response=response,
            number=1,
            structure="bench",
            submitted_at=NOW,
            language="nb",
            answers={
                "offers": {theme.slug: {"level": dice.choice([2, 4])} for theme in dice.sample(themes, 10)},
                "wishes": _maybe(dice, [theme.slug for theme in dice.sample(themes, 2)]),
                "horizons": ["short", "long"],
                "short_term_capacity": _maybe(dice, dice.randrange(4)),
                "capacity": dice.randrange(1, 4),
                "preference": _maybe(dice, dice.choice(["none", "war_zone", "outside"])),
                "refusal": "war_zone" if dice.random() < 0.03 else "none",
                "languages": _maybe(dice, dice.sample(["en", "no", "de"], 2)),
                "interpreter": dice.choice(["yes", "no"]),
                "existing_contact": _maybe(dice, "no"),
                "refugee_oblasts": dice.sample(isos, 1),
            },
        )
        for response in responses
    )


def _candidate(hromada: Any, dice: random.Random) -> Any:
    from municipalities.models import Candidate

    facts = {
        name: _maybe(dice, dice.random() < 0.5)
        for name in ("agriculture", "industry_energy", "university", "coastal", "mountain")
    }
    return Candidate(
        hromada=hromada,
        state="ready",
        authority="council",
        capacity=dice.randrange(1, 4),
        interpreter=dice.random() < 0.5,
        languages=_maybe(dice, dice.sample(["uk", "en", "pl"], 2)),
        added_at=NOW,
        ready_at=_waiting(dice),
        updated_at=NOW,
        **facts,
    )


def _write_sides(candidates: list[Any], themes: list[Any], dice: random.Random) -> None:
    """Write categories (whole oblasts), consents, needs and teachings."""
    from kommunesamarbeid.core.models import User
    from municipalities.models import CategoryAssessment, Consent, Need, Teaching

    andrij, kari = (
        User.objects.create(email=f"{name}@bench.example", organisation=of)
        for name, of in (("andrij", "auc"), ("kari", "ks"))
    )
    oblasts = sorted({candidate.hromada.oblast_id for candidate in candidates})
    at_war = set(oblasts[: len(oblasts) // 2])
    CategoryAssessment.objects.bulk_create(
        CategoryAssessment(
            candidate=candidate,
            category="war_zone" if candidate.hromada.oblast_id in at_war else "outside",
            valid_from=TODAY - timedelta(days=90),
            source="bench",
            reason="bench",
            proposed_at=NOW,
            proposed_by=andrij,
            proposed_for="auc",
            confirmed_at=NOW,
            confirmed_by=kari,
            confirmed_for="ks",
        )
        for candidate in candidates
    )
    Consent.objects.bulk_create(
        Consent(
            candidate=candidate,
            scope="norwegian",
            given_on=TODAY - timedelta(days=90),
            given_by="bench",
            recorded_at=NOW,
            recorded_by=andrij,
        )
        for candidate in candidates
    )
    Need.objects.bulk_create(
        Need(
            candidate=candidate,
            theme=theme,
            horizon=horizon,
            urgency=dice.choice([1, 2]),
            confirmed_on=TODAY,
            confirmed_by=andrij,
            created_at=NOW,
            updated_at=NOW,
        )
        for candidate in candidates
        for theme in dice.sample(themes, 6)
        for horizon in dice.choice([("long",), ("short", "long")])
    )
    Teaching.objects.bulk_create(
        Teaching(candidate=candidate, theme=theme)
        for candidate in candidates
        for theme in dice.sample(themes, dice.randrange(3))
    )


def scheme_of(objective: str) -> Any:
    """Return a draft scheme with caps and a war-zone bound that bind."""
    from matching.models import Scheme

    last = Scheme.objects.order_by("-version")[0]
    return Scheme.objects.create(
        version=last.version + 1,
        weights=last.weights,
        objective=objective,
        oblast_at_most=24,
        war_zone_at_least=200,
        seed=1,
        total_at_most=400,
        reason="bench",
        drafted_at=NOW,
    )


def busy() -> float:
    """Return the processor time this process and its engines have used; on a loaded machine it says more than the clock."""
    from matching.runs import solver

    ticks = 0
    for engine in solver._stand.live:
        stat = Path(f"/proc/{engine.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(stat[11]) + int(stat[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def timed_runs(scheme: Any) -> tuple[list[float], float, Any]:
    """Return the seconds of each run from queued to computed, the processor time of an average one, and the last run."""
    from django.utils import timezone

    from kommunesamarbeid.core.roles import SYSTEM
    from matching.runs import runs

    seconds, used = [], 0.0
    waiting = [runs.queue_run(scheme=scheme, as_of=TODAY, by=SYSTEM, at=NOW) for _ in range(TIMES + 1)]
    for run in waiting:
        begin = time.perf_counter()
        done = runs.compute_run(run=run, at=NOW, clock=timezone.now)
        seconds.append(time.perf_counter() - begin)
        assert done, run.error
        used = used or busy()
    return seconds[1:], (busy() - used) / TIMES, waiting[-1]


def plain(scheme: Any) -> tuple[float, float, int]:
    """Return the seconds, the processor time and the total of the plain version on the same database."""
    from django.db import transaction

    from matching.engine.records import problem_of
    from matching.engine.scores.criterion_points import score
    from matching.features import encode
    from matching.models import MatchRun, Proposal
    from matching.runs.problems import problem_file
    from tests.bench.naive import arc_by_arc, pair_points, records

    begin, used = time.perf_counter(), time.process_time()
    encoded = encode(as_of=TODAY, scheme=scheme)
    read, read_used = time.perf_counter() - begin, time.process_time() - used
    # Not timed: a plain version would read into such records at once, and know its caps.
    rows, columns = records(encoded)
    points = score(encoded.rows, encoded.columns, encoded.pairs, encoded.weights)
    frame = problem_of(json.loads(problem_file(encoded, points, scheme, "total")))[0].frame
    run = MatchRun.objects.create(scheme=scheme, as_of=TODAY, objective="total", requested_at=NOW)
    begin, used = time.perf_counter(), time.process_time()
    found = arc_by_arc(frame, lambda i, j: pair_points(rows[i], columns[j]))
    with transaction.atomic():
        Proposal.objects.bulk_create(
            Proposal(
                run=run,
                response_id=encoded.row_ids[i].response,
                version_id=encoded.row_ids[i].version,
                candidate_id=encoded.column_ids[j].candidate,
                assessment_id=encoded.column_ids[j].assessment,
                points=worth,
                breakdown=[],
                coverage_permille=0,
            )
            for i, j, worth in found
        )
    seconds, processor = read + time.perf_counter() - begin, read_used + time.process_time() - used
    return seconds, processor, sum(worth for _, _, worth in found)


def measure() -> dict[str, Any]:
    """Fill the database and return the row."""
    import django
    from django.core.management import call_command

    from kommunesamarbeid.celery import settle

    django.setup()
    call_command("migrate", verbosity=0)
    fill()
    settle()  # as a worker does at its start
    scheme = scheme_of("total")
    seconds, processor, run = timed_runs(scheme)
    found = run.rows, run.columns, run.proved, run.total
    assert found == (ROWS, COLUMNS, True, run.bound), (
        found,
        Counter(run.exclusions.values_list("side", "rule")),
    )
    assert "ortools" not in sys.modules
    slow, slow_processor, total = min(plain(scheme) for _ in range(2))
    assert total == run.total, (total, run.total)
    partnerships, _, _ = timed_runs(scheme_of("partnerships"))
    binding = {each["code"]: each["worth"] or 0 for each in run.plan["binding"]}
    caps = sum(worth > 0 for code, worth in binding.items() if code.startswith("oblast"))
    steps = ", ".join(f"{step} {spent * 1000:.0f}" for step, spent in run.seconds.items())
    return {
        "seconds": min(seconds),
        "processor": processor,
        "median": statistics.median(seconds),
        "total": run.total,
        "pairs": run.pairs,
        "plain_seconds": slow,
        "ratio": slow / min(seconds),
        "steps": run.seconds,
        "partnerships_seconds": min(partnerships),
        "note": (
            f"{run.pairs} pairs, {caps} caps and the war-zone bound (worth {binding.get('war_zone', 0)}) bind; median "
            f"{statistics.median(seconds):.3f} s; {steps} ms; partnerships first {min(partnerships):.3f} s; plain loop without "
            f"proof {slow:.3f} s = {slow / min(seconds):.1f} x (target 4), of processor time {slow_processor:.3f} s = "
            f"{slow_processor / processor:.1f} x"
        ),
    }


def main(kind: str) -> None:
    """Measure on one kind of database and print JSON."""
    from tests.services import private_postgres

    with (
        tempfile.TemporaryDirectory() as folder,
        private_postgres() if kind == "postgres" else nullcontext("") as url,
    ):
        os.environ |= {"VAR_DIR": folder, "DATABASE_URL": url, "PORTAL_MODE": "embedded", "DEMO": "1"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "kommunesamarbeid.settings"
        print(json.dumps(measure()))
        from django.db import connections

        connections.close_all()
        assert not Path("portal.sqlite3").exists()


if __name__ == "__main__":
    main(sys.argv[1])
