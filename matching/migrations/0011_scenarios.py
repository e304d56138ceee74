"""What-ifs and analyses are computed beside a run, each with a row of its own."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0010_pair_rules"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name='RunAnalysis',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('computed', 'Computed'), ('failed', 'Failed')], default='queued', max_length=8, verbose_name='state')),
                ('requested_at', models.DateTimeField(verbose_name='requested at')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started at')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('sign_of_life_at', models.DateTimeField(blank=True, null=True, verbose_name='last sign of life')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('kind', models.CharField(choices=[('objectives', 'Objectives side by side'), ('stability', 'Stability'), ('prices', 'Prices')], max_length=10, verbose_name='kind')),
                ('result', models.JSONField(null=True, verbose_name='result')),
            ],
            options={
                'verbose_name': 'analysis of a run',
                'verbose_name_plural': 'analyses of runs',
                'ordering': ('run', 'kind'),
            },
        ),
        migrations.CreateModel(
            name='Scenario',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('computed', 'Computed'), ('failed', 'Failed')], default='queued', max_length=8, verbose_name='state')),
                ('requested_at', models.DateTimeField(verbose_name='requested at')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started at')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('sign_of_life_at', models.DateTimeField(blank=True, null=True, verbose_name='last sign of life')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('changes', models.JSONField(verbose_name='changes')),
                ('objective', models.CharField(choices=[('total', 'Highest total score'), ('partnerships', 'Most partnerships, then highest total'), ('leximin', 'Most partnerships, then the weakest pair as strong as possible'), ('urgent_first', 'Most urgent needs met, then most partnerships')], max_length=12, verbose_name='objective')),
                ('pairs', models.PositiveIntegerField(null=True, verbose_name='pairs')),
                ('total', models.BigIntegerField(null=True, verbose_name='total score')),
                ('worst', models.IntegerField(null=True, verbose_name='lowest score')),
                ('proved', models.BooleanField(null=True, verbose_name='proved')),
                ('problem', models.BinaryField(null=True, verbose_name='problem')),
                ('plan', models.JSONField(null=True, verbose_name='plan')),
                ('points_before', models.JSONField(default=list, verbose_name='points as the run scores them')),
            ],
            options={
                'verbose_name': 'what-if',
                'verbose_name_plural': 'what-ifs',
                'ordering': ('-id',),
            },
        ),
        migrations.AddField(
            model_name='runanalysis',
            name='requested_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by'),
        ),
        migrations.AddField(
            model_name='runanalysis',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='analyses', to='matching.matchrun', verbose_name='run'),
        ),
        migrations.AddField(
            model_name='scenario',
            name='requested_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by'),
        ),
        migrations.AddField(
            model_name='scenario',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scenarios', to='matching.matchrun', verbose_name='run'),
        ),
        migrations.AddField(
            model_name='scenario',
            name='scheme',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='previews', to='matching.scheme', verbose_name='draft it tries'),
        ),
        migrations.AddConstraint(
            model_name='runanalysis',
            constraint=models.UniqueConstraint(fields=('run', 'kind'), name='analysis_once_per_run'),
        ),
        migrations.AddConstraint(
            model_name='runanalysis',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['computed', 'failed', 'queued', 'running'])), name='analysis_state'),
        ),
        migrations.AddConstraint(
            model_name='runanalysis',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['objectives', 'prices', 'stability'])), name='analysis_kind'),
        ),
        migrations.AddConstraint(
            model_name='runanalysis',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'computed'), _negated=True), ('result__isnull', False), _connector='OR'), name='analysis_computed_has_result'),
        ),
        migrations.AddConstraint(
            model_name='scenario',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['computed', 'failed', 'queued', 'running'])), name='scenario_state'),
        ),
        migrations.AddConstraint(
            model_name='scenario',
            constraint=models.CheckConstraint(condition=models.Q(('objective__in', ['leximin', 'partnerships', 'total', 'urgent_first'])), name='scenario_objective'),
        ),
        migrations.AddConstraint(
            model_name='scenario',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'computed'), _negated=True), models.Q(('pairs__isnull', False), ('plan__isnull', False), ('proved', True)), _connector='OR'), name='scenario_computed_has_proved_plan'),
        ),
    ]
