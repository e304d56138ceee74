"""Review tasks from a new edition of the official list; each is closed once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kommunesamarbeid.core.triggers import append_only

COLUMNS = (
    "id", "candidate_id", "edition_id", "before_edition_id", "kind", "before_status", "after_status", "before", "after",
    "opened_at",
)  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [
        ("municipalities", "0009_ledger"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ListReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('new', 'new on the list'), ('changed', 'changed'), ('ended', 'ended')], max_length=7, verbose_name='what happened')),
                ('before_status', models.CharField(max_length=60, verbose_name='status before')),
                ('after_status', models.CharField(max_length=60, verbose_name='status after')),
                ('before', models.JSONField(verbose_name='periods before')),
                ('after', models.JSONField(verbose_name='periods after')),
                ('opened_at', models.DateTimeField(verbose_name='opened at')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
                ('outcome', models.CharField(blank=True, choices=[('assessed', 'a category was proposed'), ('no_change', 'no change'), ('replaced', 'the edition was loaded again')], max_length=9, verbose_name='outcome')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
            ],
            options={
                'verbose_name': 'review task',
                'verbose_name_plural': 'review tasks',
                'ordering': ('-opened_at', 'candidate', 'id'),
            },
        ),
        migrations.AddField(
            model_name='listreview',
            name='assessment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='list_reviews', to='municipalities.categoryassessment', verbose_name='category assessment'),
        ),
        migrations.AddField(
            model_name='listreview',
            name='before_edition',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='municipalities.officiallistedition', verbose_name='edition before'),
        ),
        migrations.AddField(
            model_name='listreview',
            name='candidate',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='list_reviews', to='municipalities.candidate', verbose_name='candidate'),
        ),
        migrations.AddField(
            model_name='listreview',
            name='closed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by'),
        ),
        migrations.AddField(
            model_name='listreview',
            name='edition',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='municipalities.officiallistedition', verbose_name='edition of the official list'),
        ),
        migrations.AddConstraint(
            model_name='listreview',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('candidate', 'edition'), name='list_review_one_open'),
        ),
        migrations.AddConstraint(
            model_name='listreview',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['changed', 'ended', 'new'])), name='list_review_kind'),
        ),
        migrations.AddConstraint(
            model_name='listreview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by__isnull', True)), models.Q(('closed_at__isnull', False), models.Q(('closed_by__isnull', False), ('outcome', 'replaced'), _connector='OR')), _connector='OR'), name='list_review_closed'),
        ),
        migrations.AddConstraint(
            model_name='listreview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('outcome', '')), models.Q(('closed_at__isnull', False), ('outcome__in', ['assessed', 'no_change', 'replaced'])), _connector='OR'), name='list_review_outcome'),
        ),
        migrations.AddConstraint(
            model_name='listreview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'assessed'), _negated=True), ('assessment__isnull', False), _connector='OR'), name='list_review_has_assessment'),
        ),
        migrations.AddConstraint(
            model_name='listreview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'no_change'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='list_review_has_reason'),
        ),
        append_only("municipalities_listreview", once=("closed_at",), columns=COLUMNS),
    ]
