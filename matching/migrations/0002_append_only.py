"""A decision, once written, never changes."""

from __future__ import annotations

from django.db import migrations

from kommunesamarbeid.core.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("matching", "0001_initial")]
    operations = [append_only("matching_decision")]
