# KS's own texts of mails and of the receipt page, one per name and language, with their history.

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0004_user_response_mails'),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalMailText',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('language', models.CharField(max_length=2, verbose_name='language')),
                ('subject', models.CharField(blank=True, max_length=150, verbose_name='subject')),
                ('body', models.TextField(blank=True, verbose_name='text')),
                ('edition', models.PositiveIntegerField(default=0, verbose_name='edition')),
                ('updated_at', models.DateTimeField(blank=True, null=True, verbose_name='changed at')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('updated_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='changed by')),
            ],
            options={
                'verbose_name': 'historical mail text',
                'verbose_name_plural': 'historical mail texts',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='MailText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('language', models.CharField(max_length=2, verbose_name='language')),
                ('subject', models.CharField(blank=True, max_length=150, verbose_name='subject')),
                ('body', models.TextField(blank=True, verbose_name='text')),
                ('edition', models.PositiveIntegerField(default=0, verbose_name='edition')),
                ('updated_at', models.DateTimeField(blank=True, null=True, verbose_name='changed at')),
                ('unused_since', models.DateTimeField(blank=True, null=True, verbose_name='not used since')),
                ('updated_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='changed by')),
            ],
            options={
                'verbose_name': 'mail text',
                'verbose_name_plural': 'mail texts',
                'ordering': ('name', 'language'),
                'constraints': [models.UniqueConstraint(fields=('name', 'language'), name='mail_text_one_per_language'), models.CheckConstraint(condition=models.Q(('language__in', ['en', 'nb', 'nn', 'uk'])), name='mail_text_language'), models.CheckConstraint(condition=models.Q(models.Q(('updated_at__isnull', True), ('updated_by__isnull', True)), models.Q(('updated_at__isnull', False), ('updated_by__isnull', False)), _connector='OR'), name='mail_text_updated'), models.CheckConstraint(condition=models.Q(models.Q(('body', ''), _negated=True), ('subject', ''), _connector='OR'), name='mail_text_subject_has_body')],
            },
        ),
    ]
