"""A company is shown its sample until it has records of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("tenants", "0001_tables"),
    ]

    operations = [
        migrations.AddField("tenant", "is_sample_shown", models.BooleanField(default=False)),
    ]
