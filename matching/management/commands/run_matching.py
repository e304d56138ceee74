"""`manage.py run_matching --json [--as-of DATE]`: compute a run here and now, as the desk's would be."""

from __future__ import annotations

import argparse
import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from kommunesamarbeid.core.roles import SYSTEM
from matching.choices import Objective
from matching.models import MatchRun
from matching.runs import runs
from matching.runs.schemes import current_scheme, ensure_default_scheme
from matching.states import RunState


def a_date(text: str) -> date:
    """Read a date as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-11-23") from None


class Command(BaseCommand):
    """Compute a run on the scheme in force and print what came out."""

    help = "Compute a match run on the scheme in force and print its result."

    def add_arguments(self, parser: CommandParser) -> None:
        """--json, --as-of, --objective."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--as-of", type=a_date, default=None, help="the date whose data count (default: today)"
        )
        parser.add_argument(
            "--objective", choices=Objective.values, default=None, help="default: the scheme's"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Queue and compute in this process; the solver has its own."""
        now = timezone.now()
        ensure_default_scheme(at=now)
        run = runs.queue_run(
            scheme=current_scheme(),
            as_of=options["as_of"] or timezone.localdate(now),
            by=SYSTEM,
            at=now,
            objective=options["objective"],
        )
        runs.compute_run(run=run, at=now, clock=timezone.now)
        if run.state != RunState.COMPUTED:
            raise CommandError(f"run {run.pk} is {run.state}: {run.error}")
        self.stdout.write(json.dumps(summary(run), sort_keys=True) if options["json"] else line(run))


def summary(run: MatchRun) -> dict[str, Any]:
    """Return what is printed (E-01); equal apart from `run` and `seconds` for the same data,
    scheme and date.
    """
    return {
        "run": run.pk,
        "pairs": run.pairs,
        "total": run.total,
        "bound": run.bound,
        "proved": run.proved,
        "worst": run.worst,
        "unmatched": {
            side: sorted(code for code, _reason in run.unmatched[side])
            for side in ("municipalities", "candidates")
        },
        "seconds": run.seconds,
    }


def line(run: MatchRun) -> str:
    """Return one line for people."""
    return f"Run {run.pk}: {run.pairs} pairs, total {run.total} of at most {run.bound}, proved: {run.proved}"
