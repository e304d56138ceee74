"""A file waits here between its dry run and its use."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

class Migration(migrations.Migration):

    dependencies = [
        ("municipalities", "0012_partnerships"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('candidates', 'list of candidates'), ('edition', 'edition of the official list'), ('partnerships', 'foreign partnerships')], max_length=12, verbose_name='kind')),
                ('name', models.CharField(max_length=120, verbose_name='file')),
                ('content', models.BinaryField(verbose_name='content')),
                ('digest', models.CharField(max_length=64, verbose_name='digest')),
                ('facts', models.JSONField(default=dict, verbose_name='what was told beside the file')),
                ('uploaded_at', models.DateTimeField(verbose_name='uploaded at')),
                ('applied_at', models.DateTimeField(blank=True, null=True, verbose_name='used at')),
            ],
            options={
                'verbose_name': 'uploaded file',
                'verbose_name_plural': 'uploaded files',
            },
        ),
        migrations.AddField(
            model_name='upload',
            name='uploaded_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='uploaded by'),
        ),
        migrations.AddConstraint(
            model_name='upload',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['candidates', 'edition', 'partnerships'])), name='upload_kind'),
        ),
    ]
