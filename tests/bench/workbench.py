"""``python -m tests.bench.workbench [--pairs 400] [--rounds 15]``: the workbench's pages beside a bare table, on one server.

The bare page is what Django at least costs: 50 rows of one model in one plain table, for the same logged-in person, through
the same middleware. Both are asked for in turns, so that a busy machine is busy for both; the medians are compared. Also
prints SQL statements per page. Target: the proposals of a 400-pair run at most 55 times the bare page, lists at most 20 statements.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

from matching.decisions import publication

TARGET_RATIO, TARGET_STATEMENTS = 55, 20


def main() -> int:
    """Fill a database of its own, measure, and print a table and JSON."""
    parser = argparse.ArgumentParser(description="The workbench's pages beside a bare table.")
    parser.add_argument("--pairs", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="kommunesamarbeid.settings",
            VAR_DIR=folder,
            DATABASE_URL=f"sqlite:///{folder}/bench.sqlite3",
        )
        import django

        django.setup()
        found = measure(fill(options.pairs), options.rounds)
    bare = found["bare table, 50 rows"]
    print(f"{'page':<44}{'median ms':>10}{'× bare':>8}{'SQL':>5}")
    for name, row in found.items():
        row["ratio"] = round(row["ms"] / bare["ms"], 1)
        print(f"{name:<44}{row['ms']:>10.1f}{row['ratio']:>8.1f}{row['sql']:>5}")
    print(json.dumps(found, sort_keys=True))
    missed = [
        name for name, row in found.items() if row["ratio"] > TARGET_RATIO or row["sql"] > TARGET_STATEMENTS
    ]
    print(f"above the target: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


def fill(pairs: int) -> Any:
    """Return a published run with this many proposals, made of a small computed one whose rows are copied."""
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("load_registers", verbosity=0)
    settings.ALLOWED_HOSTS = ["*"]
    from matching.choices import Side
    from matching.models import Alternative, Proposal
    from matching.runs import analyses, runs
    from municipalities.models import Candidate, Hromada, Municipality, Response
    from tests.matching.builders import queued_run
    from tests.municipalities.answers import ready_response
    from tests.municipalities.pool import ready_candidate
    from tests.people import NOW, actor

    response, candidate = (
        ready_response("1804"),
        ready_candidate(languages=["en"], interpreter=True, university=True),
    )
    other = ready_candidate(
        Hromada.objects.exclude(pk=candidate.hromada_id).order_by("katottg")[5], languages=["en"]
    )
    first, run = queued_run(), queued_run()
    for each in (first, run):
        runs.compute_run(run=each, at=NOW, clock=lambda: NOW)
    for analysis in analyses.request_analyses(run=run, by=actor("kari"), at=NOW):
        analyses.compute_analysis(analysis=analysis, at=NOW, clock=lambda: NOW)
    model = run.proposals.get()
    municipalities = list(
        Municipality.objects.exclude(pk=response.municipality_id)
        .filter(valid_to__isnull=True)
        .order_by("number")
    )
    hromadas = list(Hromada.objects.exclude(candidate__isnull=False).order_by("katottg")[:pairs])
    responses = Response.objects.bulk_create(
        [
            Response(
                municipality=municipalities[k % len(municipalities)],
                round_id=response.round_id,
                state=response.state,
                reference=f"B{k:08}",
                started_at=NOW,
                submitted_at=NOW,
                ready_at=NOW,
            )
            for k in range(min(pairs - 1, len(municipalities)))
        ]
    )
    candidates = Candidate.objects.bulk_create(
        [
            Candidate(hromada=each, state=candidate.state, added_at=NOW, updated_at=NOW, ready_at=NOW)
            for each in hromadas[: pairs - 1]
        ]
    )
    for each in (first, run):
        made = Proposal.objects.bulk_create(
            [
                Proposal(
                    run=each,
                    response=responses[k % len(responses)],
                    version=model.version,
                    candidate=candidates[k],
                    assessment=model.assessment,
                    points=model.points - k,
                    breakdown=model.breakdown,
                    coverage_permille=model.coverage_permille,
                    ban_price=k,
                )
                for k in range(pairs - 1)
            ]
        )
        Alternative.objects.bulk_create(
            [
                Alternative(
                    proposal=pair,
                    side=side,
                    rank=rank,
                    response_id=pair.response_id,
                    candidate=other,
                    points=5_000,
                    price=10 * rank,
                )
                for pair in made
                for side in Side.values
                for rank in (1, 2, 3)
            ]
        )
    publication.publish_run(run=run, by=actor("kari"), at=NOW)
    return run


def measure(run: Any, rounds: int) -> dict[str, dict[str, Any]]:
    """Return page → median milliseconds and SQL statements, every page in every round."""
    from django.db import connection
    from django.template import engines
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import path, reverse

    import kommunesamarbeid.urls as addresses
    from kommunesamarbeid.core.models import User
    from municipalities.models import Municipality

    table = engines["django"].from_string(
        "<table>{% for row in rows %}<tr><th>{{ row.number }}</th><td>{{ row.name }}</td><td>{{ row.population }}</td></tr>{% endfor %}</table>"
    )

    def bare(request: Any) -> Any:
        from django.http import HttpResponse

        return HttpResponse(
            table.render(
                {"rows": Municipality.objects.order_by("number")[:50], "who": request.user.pk}, request
            )
        )

    addresses.urlpatterns.insert(0, path("bare/", bare))
    client = Client()
    client.force_login(
        User.objects.get(email__startswith="kari@"),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    page = reverse("admin:matching_matchrun_change", args=[run.pk])
    pages = {
        "bare table, 50 rows": "/bare/",
        f"run page, {run.proposals.count()} pairs": page,
        "run page, by theme": f"{page}?theme=education",
        "run page, changed only": f"{page}?changed=on",
        "proposals of the run": f"{reverse('admin:matching_proposal_changelist')}?run__id__exact={run.pk}",
        "match runs": reverse("admin:matching_matchrun_changelist"),
        "what-ifs": reverse("admin:matching_scenario_changelist"),
        "rules for pairs": reverse("admin:matching_pairrule_changelist"),
        "compare two runs": f"{reverse('admin:matching_matchrun_compare')}?first=run-{run.pk - 1}&second=run-{run.pk}",
    }
    taken: dict[str, list[float]] = {name: [] for name in pages}
    statements: dict[str, int] = {}
    for name, address in pages.items():
        answer = client.get(address)
        assert answer.status_code == 200, (name, answer.status_code)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        statements[name] = len(queries)
    for _round in range(rounds):
        for name, address in pages.items():
            taken[name].append(milliseconds(lambda address=address: client.get(address)))  # type: ignore[misc]  # bound at once
    return {
        name: {"ms": round(statistics.median(each), 2), "sql": statements[name]}
        for name, each in taken.items()
    }


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    begin = time.perf_counter()
    work()
    return 1_000 * (time.perf_counter() - begin)


if __name__ == "__main__":
    raise SystemExit(main())
