"""AUC's priority of a candidate, and when AUC was asked to update it."""

from django.db import migrations, models

class Migration(migrations.Migration):

    dependencies = [
        ("municipalities", "0010_list_reviews"),
    ]

    operations = [
        migrations.AddField(
            model_name='candidate',
            name='priority',
            field=models.PositiveSmallIntegerField(blank=True, choices=[(1, 'high'), (2, 'medium'), (3, 'low')], null=True, verbose_name="AUC's priority"),
        ),
        migrations.AddField(
            model_name='candidate',
            name='update_asked_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='AUC was asked to update'),
        ),
        migrations.AddField(
            model_name='historicalcandidate',
            name='priority',
            field=models.PositiveSmallIntegerField(blank=True, choices=[(1, 'high'), (2, 'medium'), (3, 'low')], null=True, verbose_name="AUC's priority"),
        ),
        migrations.AddField(
            model_name='historicalcandidate',
            name='update_asked_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='AUC was asked to update'),
        ),
        migrations.AddConstraint(
            model_name='candidate',
            constraint=models.CheckConstraint(condition=models.Q(('priority__isnull', True), ('priority__in', [1, 2, 3]), _connector='OR'), name='candidate_priority'),
        ),
    ]
