"""A row of the old form is kept as it came; only its person and its draft may be taken off it."""

from __future__ import annotations

from django.db import migrations

from kommunesamarbeid.core.triggers import append_only

KEPT = ("id", "digest", "line", "cells", "municipality_id", "round_id", "imported_at", "imported_by_id")


class Migration(migrations.Migration):
    dependencies = [
        ("municipalities", "0007_old_form"),]
    operations = [append_only("municipalities_oldformrow", columns=KEPT)]
