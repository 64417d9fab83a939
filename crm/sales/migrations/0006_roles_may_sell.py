from django.db import migrations

WORK = ["sales.quote_deal", "sales.*_quote", "sales.*_order", "sales.*_payment", "sales.ask_*", "sales.withdraw_*"]
GIVEN = {"member": WORK, "manager": [*WORK, "sales.*"]}
WHOLE = {"*.add_*", "*.change_*", "*.delete_*"}


def permissions_give(apps, schema_editor):
    """Who works with records may quote, order and note payments, as in new companies; a role narrowed by hand stays."""
    for role in apps.get_model("team", "Role").objects.filter(code__in=GIVEN):
        missing = [one for one in GIVEN[role.code] if one not in role.permissions]
        if missing and WHOLE.issubset(role.permissions):
            role.permissions = [*role.permissions, *missing]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [
        ("sales", "0005_quote"),
        ("team", "0004_roles_of_today"),
    ]

    operations = [migrations.RunPython(permissions_give, migrations.RunPython.noop)]
