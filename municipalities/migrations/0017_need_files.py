"""A file of needs waits where every sent file waits; a dry run that waited in the old place is sent again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("municipalities", "0016_append_only")]

    operations = [
        migrations.DeleteModel(name="NeedUpload"),
        migrations.RemoveConstraint(model_name="upload", name="upload_kind"),
        migrations.AlterField(
            model_name="upload",
            name="kind",
            field=models.CharField(
                choices=[
                    ("candidates", "list of candidates"),
                    ("edition", "edition of the official list"),
                    ("partnerships", "foreign partnerships"),
                    ("needs", "needs"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["candidates", "edition", "needs", "partnerships"])), name="upload_kind"
            ),
        ),
    ]
