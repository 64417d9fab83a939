from django.db import migrations

OBSERVE = "customers.observe_customer"
WHOLE = {"*.add_*", "*.change_*", "*.delete_*"}


def permissions_give(apps, schema_editor):
    """Who works with records may note what customers did, as in new companies; a role narrowed by hand stays."""
    for role in apps.get_model("team", "Role").objects.filter(code__in=("member", "manager")):
        if OBSERVE not in role.permissions and WHOLE.issubset(role.permissions):
            role.permissions = [*role.permissions, OBSERVE]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [
        ("customers", "0004_tags_lists_consents_behaviour"),
        ("team", "0008_roles_may_merge"),
    ]

    operations = [migrations.RunPython(permissions_give, migrations.RunPython.noop)]
