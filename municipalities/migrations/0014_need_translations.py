# A need has a Norwegian translation, marked when made by a machine, and a day until which it is urgent.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("municipalities", "0013_uploads"),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalneed',
            name='text_nb',
            field=models.TextField(blank=True, verbose_name='translation to Norwegian'),
        ),
        migrations.AddField(
            model_name='historicalneed',
            name='text_nb_by_machine',
            field=models.BooleanField(default=False, verbose_name='translated to Norwegian by machine'),
        ),
        migrations.AddField(
            model_name='historicalneed',
            name='urgent_to',
            field=models.DateField(blank=True, null=True, verbose_name='urgent until'),
        ),
        migrations.AddField(
            model_name='need',
            name='text_nb',
            field=models.TextField(blank=True, verbose_name='translation to Norwegian'),
        ),
        migrations.AddField(
            model_name='need',
            name='text_nb_by_machine',
            field=models.BooleanField(default=False, verbose_name='translated to Norwegian by machine'),
        ),
        migrations.AddField(
            model_name='need',
            name='urgent_to',
            field=models.DateField(blank=True, null=True, verbose_name='urgent until'),
        ),
    ]
