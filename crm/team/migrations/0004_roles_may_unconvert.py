from django.db import migrations


def permission_give(apps, schema_editor):
    """Who may convert leads may take a conversion back, as in new companies."""
    for role in apps.get_model("team", "Role").objects.exclude(code="owner"):
        if "*.convert_*" in role.permissions and "*.unconvert_*" not in role.permissions:
            role.permissions = [*role.permissions, "*.unconvert_*"]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [
        ("team", "0003_connected_apps"),
    ]

    operations = [migrations.RunPython(permission_give, migrations.RunPython.noop)]
