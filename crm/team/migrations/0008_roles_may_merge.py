from django.db import migrations

MERGE = "*.merge_*"
WHOLE = {"*.add_*", "*.change_*", "*.delete_*"}


def permissions_give(apps, schema_editor):
    """Who may make, change and delete records may merge them, too; a role narrowed by hand stays as it is."""
    for role in apps.get_model("team", "Role").objects.filter(code__in=("manager", "member")):
        if MERGE not in role.permissions and WHOLE.issubset(role.permissions):
            role.permissions = [*role.permissions, MERGE]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [
        ("team", "0007_role_reach"),
    ]

    operations = [migrations.RunPython(permissions_give, migrations.RunPython.noop)]
