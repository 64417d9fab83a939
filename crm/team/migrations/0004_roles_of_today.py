from django.db import migrations

WORK = ["*.export_*", "*.complete_*", "*.reopen_*", "*.move_*", "*.win_*", "*.lose_*", "*.convert_*"]
GIVEN = {"member": WORK, "manager": [*WORK, "automation.*", "core.manage_customfield"]}
WHOLE = {"*.add_*", "*.change_*", "*.delete_*"}


def permissions_give(apps, schema_editor):
    """Who works with records may do what they may in new companies; a role narrowed by hand stays as it is."""
    for role in apps.get_model("team", "Role").objects.filter(code__in=GIVEN):
        missing = [one for one in GIVEN[role.code] if one not in role.permissions]
        if missing and WHOLE.issubset(role.permissions):
            role.permissions = [*role.permissions, *missing]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [
        ("team", "0003_connected_apps"),
    ]

    operations = [migrations.RunPython(permissions_give, migrations.RunPython.noop)]
