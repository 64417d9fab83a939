"""All tables as they stood when the steps it replaces had been made, in one."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('ui', '0001_initial'),
        ('ui', '0002_list_choice_view'),
    ]

    initial = True

    dependencies = [
        ('core', '0001_tables'),
        ('team', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='ListChoice',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('label', models.CharField(max_length=60)),
                ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('pinned', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('view', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.savedview')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'label'), name='list_choice_once')],
            },
        ),
    ]
