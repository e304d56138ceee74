"""Known partnerships kept by hand with history, and other programmes a hromada is offered through."""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

class Migration(migrations.Migration):

    dependencies = [
        ("municipalities", "0011_candidate_facts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalKnownPartnership',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('key', models.CharField(db_index=True, max_length=160, verbose_name='key')),
                ('partner_country', models.CharField(max_length=2, verbose_name="partner's country")),
                ('partner_name', models.CharField(max_length=120, verbose_name='partner')),
                ('partner_level', models.CharField(max_length=20, verbose_name="partner's level")),
                ('place_text', models.CharField(blank=True, max_length=160, verbose_name='Ukrainian place as printed')),
                ('kind', models.CharField(max_length=20, verbose_name='kind')),
                ('year', models.PositiveSmallIntegerField(null=True, verbose_name='year')),
                ('reported_on', models.CharField(blank=True, max_length=10, verbose_name='date as reported')),
                ('active', models.BooleanField(null=True, verbose_name='active')),
                ('source', models.CharField(max_length=400, verbose_name='source')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('edited_at', models.DateTimeField(blank=True, null=True, verbose_name='kept by hand since')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical known partnership',
                'verbose_name_plural': 'historical known partnerships',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalOfferedThrough',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('programme', models.CharField(choices=[('c4c', 'Cities4Cities | United4Ukraine'), ('bot', 'Bridges of Trust'), ('u_lead', 'U-LEAD with Europe'), ('skew', 'SKEW, German-Ukrainian partnerships'), ('other', 'another programme')], max_length=8, verbose_name='programme')),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='name of the programme')),
                ('since', models.DateField(blank=True, null=True, verbose_name='since')),
                ('status', models.CharField(choices=[('listed', 'looks for a partner there'), ('in_talks', 'in talks'), ('matched', 'has found a partner'), ('ended', 'ended')], max_length=8, verbose_name='status')),
                ('source', models.CharField(max_length=400, verbose_name='source')),
                ('updated_at', models.DateTimeField(verbose_name='last updated')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical other road to a partner',
                'verbose_name_plural': 'historical other roads to a partner',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='OfferedThrough',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('programme', models.CharField(choices=[('c4c', 'Cities4Cities | United4Ukraine'), ('bot', 'Bridges of Trust'), ('u_lead', 'U-LEAD with Europe'), ('skew', 'SKEW, German-Ukrainian partnerships'), ('other', 'another programme')], max_length=8, verbose_name='programme')),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='name of the programme')),
                ('since', models.DateField(blank=True, null=True, verbose_name='since')),
                ('status', models.CharField(choices=[('listed', 'looks for a partner there'), ('in_talks', 'in talks'), ('matched', 'has found a partner'), ('ended', 'ended')], max_length=8, verbose_name='status')),
                ('source', models.CharField(max_length=400, verbose_name='source')),
                ('updated_at', models.DateTimeField(verbose_name='last updated')),
            ],
            options={
                'verbose_name': 'other road to a partner',
                'verbose_name_plural': 'other roads to a partner',
                'ordering': ('hromada', 'programme', 'name'),
            },
        ),
        migrations.AddField(
            model_name='knownpartnership',
            name='edited_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='kept by hand since'),
        ),
        migrations.AlterField(
            model_name='knownpartnership',
            name='source',
            field=models.CharField(max_length=400, verbose_name='source'),
        ),
        migrations.AddField(
            model_name='historicalknownpartnership',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalknownpartnership',
            name='hromada',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='municipalities.hromada', verbose_name='hromada'),
        ),
        migrations.AddField(
            model_name='historicalknownpartnership',
            name='municipality',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='municipalities.municipality', verbose_name='Norwegian party'),
        ),
        migrations.AddField(
            model_name='historicalofferedthrough',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalofferedthrough',
            name='hromada',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='municipalities.hromada', verbose_name='hromada'),
        ),
        migrations.AddField(
            model_name='historicalofferedthrough',
            name='partnership',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='municipalities.knownpartnership', verbose_name='partnership it led to'),
        ),
        migrations.AddField(
            model_name='offeredthrough',
            name='hromada',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offered_through', to='municipalities.hromada', verbose_name='hromada'),
        ),
        migrations.AddField(
            model_name='offeredthrough',
            name='partnership',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='found_through', to='municipalities.knownpartnership', verbose_name='partnership it led to'),
        ),
        migrations.AddConstraint(
            model_name='offeredthrough',
            constraint=models.UniqueConstraint(fields=('hromada', 'programme', 'name'), name='offered_through_once'),
        ),
        migrations.AddConstraint(
            model_name='offeredthrough',
            constraint=models.CheckConstraint(condition=models.Q(('programme__in', ['bot', 'c4c', 'other', 'skew', 'u_lead'])), name='offered_through_programme'),
        ),
        migrations.AddConstraint(
            model_name='offeredthrough',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['ended', 'in_talks', 'listed', 'matched'])), name='offered_through_status'),
        ),
        migrations.AddConstraint(
            model_name='offeredthrough',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('programme', 'other'), _negated=True), models.Q(('name', ''), _negated=True), _connector='OR'), name='offered_through_named'),
        ),
    ]
