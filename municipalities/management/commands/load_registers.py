"""`manage.py load_registers [--folder DIR]`: load the registers from their files and report what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from municipalities.registers.loader import LoadReport, load_registers
from municipalities.registers.register_files import DATA, RegistersRefused

SHOWN = 50


class Command(BaseCommand):
    """Parse, call one service, print."""

    help = "Load municipalities, hromadas, themes, the official list and known partnerships; nothing is loaded from a faulty file"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take another folder than the packaged one."""
        parser.add_argument("--folder", type=Path, default=DATA, help="folder with the register files")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line per table; on faults each of them, and exit 1."""
        try:
            report = load_registers(folder=options["folder"], at=timezone.now())
        except RegistersRefused as refusal:
            # The terminal speaks English throughout, whatever the portal's first language.
            with translation.override("en"):
                raise CommandError(faults(refusal)) from None
        self.stdout.write(table(report))


def table(report: LoadReport) -> str:
    """Return the report as aligned lines."""
    lines = [
        f"{'':<22}{'created':>9}{'changed':>9}{'unchanged':>11}{'removed':>9}{'absent':>8}{'refused':>9}"
    ]
    for name, count in report.tables.items():
        lines.append(
            f"{name:<22}{count.created:>9}{count.changed:>9}{count.unchanged:>11}{count.removed:>9}{count.absent:>8}{0:>9}"
        )
    return "\n".join(lines)


def faults(refusal: RegistersRefused) -> str:
    """Return the faults, the first SHOWN of them, and how many rows of which file were refused."""
    lines = [str(problem) for problem in refusal.problems[:SHOWN]]
    if len(refusal.problems) > SHOWN:
        lines.append(f"… and {len(refusal.problems) - SHOWN} more")
    lines += [f"{file}: {count} rows refused" for file, count in refusal.refused.items()]
    return "\n".join(["Nothing was loaded:", *lines])
