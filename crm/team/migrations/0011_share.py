import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import crm.core.fields

GRANT, WHOLE = "*.grant_*", {"*.add_*", "*.change_*", "*.delete_*"}


def permissions_give(apps, schema_editor):
    """Who may make, change and delete records may share them, too; a role narrowed by hand stays as it is."""
    for role in apps.get_model("team", "Role").objects.filter(code__in=("manager", "member")):
        if GRANT not in role.permissions and WHOLE.issubset(role.permissions):
            role.permissions = [*role.permissions, GRANT]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):

    dependencies = [
        ("team", "0010_person_has_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="Share",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("object_type", models.CharField(max_length=60)),
                ("object_id", models.UUIDField()),
                ("is_writable", models.BooleanField(default=False)),
                ("ends_on", models.DateField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="team.team"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("object_id", "user", "team"), name="share_once", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("team__isnull", False), ("user", None)),
                            models.Q(("team", None), ("user__isnull", False)),
                            _connector="OR",
                        ),
                        name="share_with_one",
                    ),
                ],
            },
        ),
        migrations.RunPython(permissions_give, migrations.RunPython.noop),
    ]
