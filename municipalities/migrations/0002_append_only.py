"""Submitted versions never change; a category assessment is confirmed once and otherwise never changes."""

from __future__ import annotations

from django.db import migrations

from kommunesamarbeid.core.triggers import append_only

ASSESSMENT_COLUMNS = (
    "id", "candidate_id", "category", "valid_from", "valid_to", "source", "edition_id", "official_status", "rule_version",
    "damage", "damage_source", "reason", "proposed_at", "proposed_by_id", "proposed_for", "review_due",
)  # fmt: skip
VERSION_COLUMNS = ("id", "response_id", "number", "answers", "structure", "submitted_at", "language")


class Migration(migrations.Migration):
    dependencies = [("municipalities", "0001_initial")]
    operations = [
        append_only("municipalities_categoryassessment", once=("confirmed_at",), columns=ASSESSMENT_COLUMNS),
        # contact_id may still be emptied when the person is erased.
        append_only("municipalities_responseversion", columns=VERSION_COLUMNS),
    ]
