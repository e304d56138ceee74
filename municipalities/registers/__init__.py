"""Who and what there is: counties, municipalities, oblasts, hromadas and themes, equal to their files, and what an edition says of a hromada."""

from __future__ import annotations

from municipalities.registers.loader import write_edition
from municipalities.registers.official_statuses import (
    LEVELS,
    OBLAST,
    RAION,
    SETTLEMENT,
    Covered,
    coverage,
    kept_status,
    latest_edition,
    rule_version_on,
    status_from,
    status_of,
)
from municipalities.registers.uploads import keep_upload, use_upload

__all__ = [
    "LEVELS",
    "OBLAST",
    "RAION",
    "SETTLEMENT",
    "Covered",
    "coverage",
    "keep_upload",
    "kept_status",
    "latest_edition",
    "rule_version_on",
    "status_from",
    "status_of",
    "use_upload",
    "write_edition",
]
