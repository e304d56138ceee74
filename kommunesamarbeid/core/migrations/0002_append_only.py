"""The audit trail and its seals are append-only in the database itself."""

from __future__ import annotations

from django.db import migrations

from kommunesamarbeid.core.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [append_only("core_auditevent"), append_only("core_auditseal")]
