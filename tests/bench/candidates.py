"""``python -m tests.bench.candidates [ROWS …]``: the desk's list of candidates beside a bare page, alternating, best of n.

The bare page is a table of 50 rows of the same candidates, read with one query and rendered by a plain template, through
the same middleware, session and server. The list is asked for without filter and with each of its filters, as Kari sees
it. Runs on the database of ``DATABASE_URL``, else on SQLite, in a test database of its own.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "9"))
LIMIT = 25.0
MOST_STATEMENTS = 20
FILTERS = (
    "", "category=outside", "q=Селище", "q=selyshche+12", "state__exact=ready", "official=active", "age=old", "urgent=yes",
    "priority__exact=1", "partners=norwegian", "inhabitants=m", "asked=yes", "theme=education", "hromada__oblast__id__exact=1",
    "category=war_zone&theme=youth&urgent=yes&partners=none", "p=3",
)  # fmt: skip
BARE = (
    "<!doctype html><title>Bare</title><table>{% for row in rows %}<tr><td>{{ row.pk }}<td>{{ row.hromada.katottg }}"
    "<td>{{ row.hromada.centre_uk }}<td>{{ row.hromada.centre_en }}<td>{{ row.hromada.oblast }}<td>{{ row.state }}"
    "<td>{{ row.capacity }}<td>{{ row.updated_at }}</tr>{% endfor %}</table>"
)


def bare_view(request: Any) -> Any:
    """Answer with 50 candidates as a table, and nothing else."""
    from django.http import HttpResponse

    from municipalities.models import Candidate

    rows = Candidate.objects.select_related("hromada__oblast").order_by("pk")[:50]
    return HttpResponse(bare_template().render({"rows": rows, "user": str(request.user)}))


@cache
def bare_template() -> Any:
    """Return the bare page's template, compiled once as a server does."""
    from django.template import engines

    return engines["django"].from_string(BARE)


def once(call: Callable[[], Any]) -> float:
    """Return the seconds of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure(rows: int) -> bool:
    """Print a line per filter; return whether every one keeps to the limits."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from kommunesamarbeid.core.models import User

    client = Client()
    client.force_login(User.objects.get(email__startswith="kari@"))
    address = reverse("admin:municipalities_candidate_changelist")

    def fetch(path: str) -> None:
        assert client.get(path).status_code == 200, path

    good = True
    for query in FILTERS:
        path = f"{address}?{query}"
        fetch(path)
        fetch("/bare/")
        pairs = [(once(partial(fetch, "/bare/")), once(partial(fetch, path))) for _round in range(ROUNDS)]
        bare, list_ = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
        with CaptureQueriesContext(connection) as statements:
            fetch(path)
        ratio, middle = list_ / bare, statistics.median(pair[1] / pair[0] for pair in pairs)
        good &= ratio <= LIMIT and len(statements) <= MOST_STATEMENTS
        print(
            f"{rows:>6} {connection.vendor:<10} {query or '–':<55} {len(statements):>3} SQL  bare {bare * 1000:6.2f} ms  "
            f"list {list_ * 1000:7.2f} ms  ratio {ratio:5.1f} (median {middle:5.1f})",
            flush=True,
        )
    return good


def main(sizes: list[int]) -> int:
    """Measure each size in a database of its own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.test.utils import get_runner, setup_test_environment
    from django.utils import translation

    from tests.municipalities.many import many_candidates

    settings.ROOT_URLCONF = "tests.bench.bare_urls"
    setup_test_environment(debug=False)
    good = True
    for rows in sizes:
        runner = get_runner(settings)(verbosity=0, interactive=False)
        old = runner.setup_databases()
        try:
            with translation.override("nb"):
                many_candidates(rows)
                good &= measure(rows)
        finally:
            runner.teardown_databases(old)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main([int(each) for each in sys.argv[1:]] or [30, 300, 5_000]))
