"""E-mail addresses are kept in lower case from now on; those that were typed before, too."""

from django.db import migrations

LOWER = "UPDATE customers_{noun} SET email = lower(email) WHERE email <> lower(email)"


class Migration(migrations.Migration):

    dependencies = [("customers", "0006_indexes_of_what_is_there")]

    operations = [
        migrations.RunSQL(LOWER.format(noun=noun), migrations.RunSQL.noop) for noun in ("customer", "contact")
    ]
