"""What a hromada said never changes; that AUC accepted or left it, or the hromada took it back, closes the row for good."""

from __future__ import annotations

from django.db import migrations

from kommunesamarbeid.core.triggers import append_only

COLUMNS = ("id", "candidate_id", "kind", "need_id", "theme_id", "person_id", "before", "after", "said_at", "said_by_id")


class Migration(migrations.Migration):
    dependencies = [
        ("municipalities", "0015_suggestions"),]
    operations = [append_only("municipalities_suggestion", once=("decided_at",), columns=COLUMNS)]
