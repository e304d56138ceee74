"""A correction names what it supersedes, and a proposal that nobody confirmed can be taken back; consents are never rewritten."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kommunesamarbeid.core.triggers import append_only, lift

LEDGER = "municipalities_categoryassessment"
BEFORE = (
    "id", "candidate_id", "category", "valid_from", "valid_to", "source", "edition_id", "official_status", "rule_version",
    "damage", "damage_source", "reason", "proposed_at", "proposed_by_id", "proposed_for", "review_due",
)  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [
        ("municipalities", "0008_kept_rows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        lift(append_only(LEDGER, once=("confirmed_at",), columns=BEFORE)),
        migrations.AddField(
            model_name='categoryassessment',
            name='retract_reason',
            field=models.TextField(blank=True, verbose_name='why it was taken back'),
        ),
        migrations.AddField(
            model_name='categoryassessment',
            name='retracted_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='taken back at'),
        ),
        migrations.AddField(
            model_name='categoryassessment',
            name='retracted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='taken back by'),
        ),
        migrations.AddField(
            model_name='categoryassessment',
            name='supersedes',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='municipalities.categoryassessment', verbose_name='supersedes'),
        ),
        migrations.AddConstraint(
            model_name='categoryassessment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('retracted_at__isnull', True), ('retracted_by__isnull', True)), models.Q(('retracted_at__isnull', False), ('retracted_by__isnull', False)), _connector='OR'), name='assessment_retracted'),
        ),
        migrations.AddConstraint(
            model_name='categoryassessment',
            constraint=models.CheckConstraint(condition=models.Q(('retracted_at__isnull', True), ('confirmed_at__isnull', True), _connector='OR'), name='assessment_confirmed_or_retracted'),
        ),
        append_only(LEDGER, once=("confirmed_at", "retracted_at"), columns=(*BEFORE, "supersedes_id")),
        append_only("municipalities_consent"),
    ]
