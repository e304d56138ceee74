"""`manage.py replay_run N`: compute a run again from what it stored;
exit 0 and the digest when it is the same.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from matching.models import MatchRun
from matching.questions import replay
from matching.runs.solver import SolverError

WORDS = {
    "input_digest": "the stored inputs do not have the stored digest",
    "problem": "the stored inputs give another problem than the stored one",
    "plan": "the stored problem gives another plan than the stored one",
    "proof": "the stored plan is not proved by its own prices",
}


class Command(BaseCommand):
    """Replay one run and say whether it is the same, byte for byte."""

    help = "Compute a stored run again from its own row, and compare the bytes."

    def add_arguments(self, parser: CommandParser) -> None:
        """The run's number, --json."""
        parser.add_argument("run", type=int, help="number of the run")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the digest; fail with what differs."""
        run = MatchRun.objects.select_related("scheme").filter(pk=options["run"]).first()
        if run is None:
            raise CommandError(f"there is no run {options['run']}")
        try:
            result = replay.replay_run(run)
        except replay.NothingToReplay:
            raise CommandError(f"run {run.pk} is {run.state}: it has no plan to compare with") from None
        except SolverError as failure:
            raise CommandError(f"the engine gave no plan: {failure.code}") from None
        changed = [f"{name} is {now}, was {then}" for name, then, now in result.versions]
        if options["json"]:
            report = {
                "run": run.pk,
                "digest": result.digest,
                "differs": list(result.differs),
                "from_inputs": result.from_inputs,
            }
            self.stdout.write(json.dumps({**report, "versions_changed": changed}, sort_keys=True))
        if result.differs:
            raise CommandError("; ".join([*(WORDS[code] for code in result.differs), *changed]))
        if not options["json"]:
            source = "inputs and problem" if result.from_inputs else "problem (its inputs were not kept)"
            self.stdout.write(f"Run {run.pk} is the same from its stored {source}: {result.digest}")
