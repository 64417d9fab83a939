from django.db import migrations

WORK = ["*.hold_*", "*.miss_*", "*.cancel_meeting", "*.send_*", "*.retry_message", "*.close_thread"]
WHOLE = {"*.add_*", "*.change_*", "*.delete_*"}


def permissions_give(apps, schema_editor):
    """Who works with records may do so with meetings and mail, too; a role narrowed by hand stays as it is."""
    for role in apps.get_model("team", "Role").objects.filter(code__in=("manager", "member")):
        missing = [one for one in WORK if one not in role.permissions]
        if missing and WHOLE.issubset(role.permissions):
            role.permissions = [*role.permissions, *missing]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [
        ("team", "0005_team"),
    ]

    operations = [migrations.RunPython(permissions_give, migrations.RunPython.noop)]
