from django.db import migrations, models

import crm.team.models

NAMED = "UPDATE team_user SET name = split_part(email, '@', 1) WHERE name = '' AND email IS NOT NULL"


class Migration(migrations.Migration):

    dependencies = [
        ("team", "0009_sample_people"),
    ]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="name",
            field=crm.team.models.PersonName(blank=True, max_length=120, verbose_name="Name"),
        ),
        migrations.RunSQL(NAMED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("name", ""), _negated=True), ("email", None), _connector="OR"),
                name="person_has_name",
            ),
        ),
    ]
