"""A published run, the values of a scheme and what was ruled about a pair stay as they were, also against the shell."""

from __future__ import annotations

from django.db import migrations

from kommunesamarbeid.core.triggers import append_only, frozen

RECORD = (
    "scheme_id", "as_of", "objective", "input_digest", "rows", "columns", "pairs", "total", "bound", "worst", "proved", "versions",
    "inputs", "problem", "plan", "unmatched",
)
VALUES = (
    "version", "weights", "threshold", "objective", "oblast_at_most", "county_at_most", "war_zone_at_least",
    "war_zone_share_permille", "total_at_most", "leximin_band", "seed", "reason", "drafted_at", "drafted_by_id",
)
RULED = ("kind", "municipality_id", "hromada_id", "reason", "until", "made_at", "made_by_id")


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0012_scheme_second_person"),]
    operations = [
        frozen("matching_matchrun", columns=RECORD, when="published_at"),
        append_only("matching_scheme", columns=VALUES),
        append_only("matching_pairrule", columns=RULED, once=("lifted_at",)),
    ]
