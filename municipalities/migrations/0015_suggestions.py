# What waits beside the needs: a hromada's suggestions, drafts, uploaded files.

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("municipalities", "0014_need_translations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='NeedUpload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rows', models.JSONField(default=list, verbose_name='rows')),
                ('read_at', models.DateTimeField(verbose_name='read at')),
                ('editor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='editor')),
            ],
            options={
                'verbose_name': 'uploaded file of needs',
                'verbose_name_plural': 'uploaded files of needs',
            },
        ),
        migrations.CreateModel(
            name='NeedDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('values', models.JSONField(default=dict, verbose_name='values')),
                ('saved_at', models.DateTimeField(verbose_name='saved at')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='need_drafts', to='municipalities.candidate', verbose_name='candidate')),
                ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='municipalities.contactperson', verbose_name='contact person')),
                ('editor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='editor')),
                ('need', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='municipalities.need', verbose_name='need')),
            ],
            options={
                'verbose_name': 'draft of a need',
                'verbose_name_plural': 'drafts of needs',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk__in', []), models.Q(('contact__isnull', True), ('editor__isnull', False)), models.Q(('contact__isnull', False), ('editor__isnull', True)), _connector='OR'), name='need_draft_of_one'), models.UniqueConstraint(fields=('need', 'editor'), name='need_draft_once_per_editor'), models.UniqueConstraint(fields=('need', 'contact'), name='need_draft_once_per_contact'), models.UniqueConstraint(condition=models.Q(('need__isnull', True)), fields=('candidate', 'editor'), name='new_need_draft_once_per_editor'), models.UniqueConstraint(condition=models.Q(('need__isnull', True)), fields=('candidate', 'contact'), name='new_need_draft_once_per_contact')],
            },
        ),
        migrations.CreateModel(
            name='Suggestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('confirm', 'the need is current'), ('change', 'the need has changed'), ('withdraw', 'the need is no longer current'), ('add', 'a new need'), ('teach', 'can teach others'), ('unteach', 'does not teach this any more'), ('consent', 'consent to be listed'), ('contact', 'contact person')], max_length=8, verbose_name='kind')),
                ('before', models.JSONField(default=dict, verbose_name='before')),
                ('after', models.JSONField(default=dict, verbose_name='after')),
                ('said_at', models.DateTimeField(verbose_name='said at')),
                ('outcome', models.CharField(choices=[('waiting', 'waits for AUC'), ('accepted', 'accepted'), ('declined', 'left as it was'), ('taken_back', 'taken back by the hromada')], default='waiting', max_length=10, verbose_name='outcome')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='suggestions', to='municipalities.candidate', verbose_name='candidate')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                ('need', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='suggestions', to='municipalities.need', verbose_name='need')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='municipalities.contactperson', verbose_name='new contact person')),
                ('said_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='said', to='municipalities.contactperson', verbose_name='said by')),
                ('theme', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='municipalities.theme', verbose_name='theme')),
            ],
            options={
                'verbose_name': 'change from a hromada',
                'verbose_name_plural': 'changes from hromadas',
                'ordering': ('id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['add', 'change', 'confirm', 'consent', 'contact', 'teach', 'unteach', 'withdraw'])), name='suggestion_kind'), models.CheckConstraint(condition=models.Q(('outcome__in', ['accepted', 'declined', 'taken_back', 'waiting'])), name='suggestion_outcome'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('outcome', 'waiting')), models.Q(models.Q(('outcome', 'waiting'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='suggestion_decided_or_waiting'), models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', False), ('outcome__in', ['accepted', 'declined'])), models.Q(('decided_by__isnull', True), ('outcome__in', ['waiting', 'taken_back'])), _connector='OR'), name='suggestion_decided_by_auc'), models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'declined'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='suggestion_declined_has_reason'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['confirm', 'change', 'withdraw']), ('need__isnull', False)), models.Q(models.Q(('kind__in', ['confirm', 'change', 'withdraw']), _negated=True), ('need__isnull', True)), _connector='OR'), name='suggestion_about_need'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'contact'), ('person__isnull', False)), models.Q(models.Q(('kind', 'contact'), _negated=True), ('person__isnull', True)), _connector='OR'), name='suggestion_about_person'), models.UniqueConstraint(condition=models.Q(('outcome', 'waiting')), fields=('need',), name='suggestion_one_waiting_per_need')],
            },
        ),
    ]
