"""What could not be saved waits a day, sealed, for its writer to come back."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("municipalities", "0002_append_only"),]

    operations = [
        migrations.CreateModel(
            name="KeptInput",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.CharField(max_length=64, unique=True, verbose_name="token hash")),
                ("page", models.CharField(max_length=80, verbose_name="page")),
                ("sealed", models.BinaryField(verbose_name="sealed values")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("expires_at", models.DateTimeField(db_index=True, verbose_name="expires at")),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="kept_inputs", to="municipalities.municipality",
                        verbose_name="municipality",
                    ),
                ),
            ],
            options={
                "verbose_name": "kept input",
                "verbose_name_plural": "kept inputs",
                "ordering": ("id",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("created_at__isnull", True), ("expires_at__isnull", True), ("expires_at__gte", models.F("created_at")),
                            _connector="OR",
                        ),
                        name="kept_input_dates",
                    )
                ],
            },
        )
    ]
