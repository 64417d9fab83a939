from django.db import migrations

MAY_EXPORT = "*.export_*"


def permission_give(apps, schema_editor):
    """People who work with records take out what they see, as in new companies; a role changed by hand stays as it is."""
    for role in apps.get_model("team", "Role").objects.filter(code__in=["manager", "member"]):
        if "*.delete_*" in role.permissions and MAY_EXPORT not in role.permissions:
            role.permissions = [*role.permissions, MAY_EXPORT]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [
        ("exchange", "0003_export_job"),
        ("team", "0001_initial"),
    ]

    operations = [migrations.RunPython(permission_give, migrations.RunPython.noop)]
