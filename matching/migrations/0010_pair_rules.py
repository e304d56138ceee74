"""KS rules about single pairs: never, or always, proposed."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0009_run_inputs"), ('municipalities', '0002_append_only'), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name='PairRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('forbid', 'Never propose'), ('lock', 'Always propose')], max_length=6, verbose_name='rule')),
                ('reason', models.TextField(verbose_name='reason')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted at')),
            ],
            options={
                'verbose_name': 'rule for a pair',
                'verbose_name_plural': 'rules for pairs',
                'ordering': ('-id',),
            },
        ),
        migrations.AddField(
            model_name='pairrule',
            name='hromada',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pair_rules', to='municipalities.hromada', verbose_name='hromada'),
        ),
        migrations.AddField(
            model_name='pairrule',
            name='lifted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by'),
        ),
        migrations.AddField(
            model_name='pairrule',
            name='made_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by'),
        ),
        migrations.AddField(
            model_name='pairrule',
            name='municipality',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pair_rules', to='municipalities.municipality', verbose_name='Norwegian municipality'),
        ),
        migrations.AddConstraint(
            model_name='pairrule',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['forbid', 'lock'])), name='pair_rule_kind'),
        ),
        migrations.AddConstraint(
            model_name='pairrule',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='pair_rule_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='pairrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lifted_at__isnull', True), ('lifted_by__isnull', True)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False)), _connector='OR'), name='pair_rule_lifted'),
        ),
        migrations.AddConstraint(
            model_name='pairrule',
            constraint=models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('municipality', 'hromada'), name='pair_rule_one_in_force'),
        ),
    ]
