from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("team", "0008_roles_may_merge"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="is_sample",
            field=models.BooleanField(default=False, editable=False, verbose_name="Sample data"),
        ),
    ]
