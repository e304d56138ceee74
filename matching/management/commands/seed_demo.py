"""`manage.py seed_demo`: fill an empty demo with invented answers,
needs and partnerships on real codes and names.
"""

from __future__ import annotations

import time
from datetime import date, datetime
from datetime import time as clock_time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count
from django.utils import timezone

from matching.demo import NoRegisters, NotEmpty, RunFailed, seed
from matching.models import Agreement, MatchRun, Proposal
from matching.runs import solver
from municipalities.models import Candidate, Need, Response


class Command(BaseCommand):
    """Parse, one call, print."""

    help = "Fill an empty demo with fictional data, made through the services; equal for equal arguments"

    def add_arguments(self, parser: CommandParser) -> None:
        """Say how much, from which seed, and when the demo's year ends."""
        parser.add_argument("--municipalities", type=int, default=120)
        parser.add_argument("--candidates", type=int, default=300)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--as-of", type=date.fromisoformat, help="the day the demo's year ends, YYYY-MM-DD (default: now)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, and say what there is now."""
        if not settings.DEMO:
            raise CommandError("Demo data goes into a demo only: this portal has DEMO off.")
        started = time.monotonic()
        try:
            seed(
                municipalities=options["municipalities"],
                candidates=options["candidates"],
                seed=options["seed"],
                end=end_of(options["as_of"]),
                required=settings.APPROVALS_REQUIRED,
                undo_minutes=settings.UNDO_MINUTES,
            )
        except NotEmpty:
            raise CommandError(
                "There are answers, candidates or runs already; demo data goes into an empty database."
            ) from None
        except NoRegisters:
            raise CommandError(
                "The registers have too few places for that. Load them first: manage.py load_registers"
            ) from None
        except RunFailed as failure:
            raise CommandError(f"The match run failed: {failure}") from None
        finally:
            # A server may start from this very process: its workers keep engines of their own.
            solver.stop()
        self.stdout.write("\n".join([*summary(), f"{time.monotonic() - started:.1f} s"]))


def end_of(as_of: date | None) -> datetime:
    """Return the demo's last moment: now, or noon of the day asked for."""
    return timezone.make_aware(datetime.combine(as_of, clock_time(12))) if as_of else timezone.now()


def summary() -> list[str]:
    """Return one line per kind of row: how many, by state."""
    kinds = (
        ("responses", Response, "state"),
        ("candidates", Candidate, "state"),
        ("needs", Need, "status"),
        ("runs", MatchRun, "state"),
        ("proposals", Proposal, "state"),
        ("agreements", Agreement, "state"),
    )
    lines = []
    for name, model, field in kinds:
        counts = model._default_manager.order_by().values_list(field).annotate(n=Count("pk"))
        lines.append(f"{name}: " + ", ".join(f"{count} {state}" for state, count in sorted(counts)))
    return lines
