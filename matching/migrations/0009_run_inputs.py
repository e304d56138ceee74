"""A run keeps what it has read, so that a replay and a what-if see the same."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0008_append_only"),]
    operations = [
        migrations.AddField(
            model_name='matchrun',
            name='inputs',
            field=models.BinaryField(null=True, verbose_name='inputs'),
        ),
        migrations.AddField(
            model_name='matchrun',
            name='summary',
            field=models.JSONField(default=dict, verbose_name='summary'),
        ),
    ]
