"""Who and what there is: counties, municipalities, oblasts, hromadas and themes, equal to their files, and
what an edition says of a hromada.
"""

from __future__ import annotations

from municipalities.registers.finder import (
    BEGINNING,
    HROMADA_FIELDS,
    KATOTTG,
    MUNICIPALITY_FIELDS,
    NORWEGIAN_NUMBER,
    Entry,
    Finder,
    fields_of,
    hromada_finder,
    municipality_finder,
)
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
from municipalities.registers.uploads import TriedFile, store_upload, use_upload

__all__ = [
    "BEGINNING",
    "HROMADA_FIELDS",
    "KATOTTG",
    "LEVELS",
    "MUNICIPALITY_FIELDS",
    "NORWEGIAN_NUMBER",
    "OBLAST",
    "RAION",
    "SETTLEMENT",
    "Covered",
    "Entry",
    "Finder",
    "TriedFile",
    "coverage",
    "fields_of",
    "hromada_finder",
    "kept_status",
    "latest_edition",
    "municipality_finder",
    "rule_version_on",
    "status_from",
    "status_of",
    "store_upload",
    "use_upload",
    "write_edition",
]
