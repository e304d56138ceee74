"""A note and an answer to an introduction, once written, never change; erasing a contact person only blanks the pointer to it."""

from __future__ import annotations

from django.db import migrations

from kommunesamarbeid.core.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0007_follow_up"),]
    operations = [
        append_only("matching_casenote"),
        append_only(
            "matching_introductionreply",
            columns=("agreement_id", "side", "reply", "reason", "replied_at", "recorded_by_id"),
        ),
    ]
