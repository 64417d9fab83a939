import django.contrib.postgres.fields
from django.db import migrations, models


def reach_take(apps, schema_editor):
    """Own records only, as it was said so far."""
    for role in apps.get_model("team", "Role").objects.exclude(own_only=[]):
        role.reach = {label: {"see": "own"} for label in role.own_only}
        role.save(update_fields=["reach"])


class Migration(migrations.Migration):

    dependencies = [
        ("team", "0006_roles_of_meetings"),
    ]

    operations = [
        migrations.AddField("role", "reach", models.JSONField(default=dict, blank=True)),
        migrations.AddField(
            "role",
            "fixed_fields",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=120), blank=True, default=list, size=None
            ),
        ),
        migrations.RunPython(reach_take, migrations.RunPython.noop),
        migrations.RemoveField("role", "own_only"),
    ]
