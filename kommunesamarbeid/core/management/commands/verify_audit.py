"""`manage.py verify_audit`: recompute the seals over the audit trail."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from kommunesamarbeid.core.audit import verify_audit


class Command(BaseCommand):
    """Exit 1 when a seal does not fit the rows it covers."""

    help = "Check that no audit row was changed or removed since it was sealed."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was found."""
        verdict = verify_audit()
        self.stdout.write(
            f"sealed: {verdict.sealed}, not sealed yet: {verdict.unsealed}, broken: {len(verdict.broken)}"
        )
        if verdict.broken:
            self.stderr.write(f"broken seals end at rows {', '.join(map(str, verdict.broken))}")
            sys.exit(1)
