"""A drafted scheme is not in force without the second person who published it, in the database too."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0011_scenarios"),]
    operations = [
        migrations.AddConstraint(
            model_name='scheme',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'published'), _negated=True), ('drafted_by__isnull', True), ('published_by__isnull', False), _connector='OR'), name='scheme_in_force_by_a_second_person'),
        ),
    ]
