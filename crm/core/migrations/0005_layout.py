import django.contrib.postgres.fields
from django.db import migrations, models

import crm.core.fields


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0004_merge"),
    ]

    operations = [
        migrations.CreateModel(
            name="Layout",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("object_type", models.CharField(max_length=60)),
                ("role", models.CharField(blank=True, max_length=20)),
                ("sections", models.JSONField(default=list)),
                (
                    "left_out",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), default=list, size=None
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("object_type", "role"), name="layout_once")],
            },
        ),
    ]
