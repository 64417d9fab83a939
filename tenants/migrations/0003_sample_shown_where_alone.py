"""Companies of an earlier version that have nothing but their sample go on seeing it."""

from django.db import migrations

BEGIN = ("customers_customer", "sales_lead", "sales_deal", "sales_order", "sales_product", "sales_target")


def sample_show(apps, schema_editor):
    tenants = apps.get_model("tenants", "Tenant").objects
    with schema_editor.connection.cursor() as cursor:
        for pk, schema in tenants.values_list("pk", "schema_name"):
            places = [f"{schema_editor.quote_name(schema)}.{table}" for table in BEGIN]
            cursor.execute("SELECT count(to_regclass(place)) FROM unnest(%s::text[]) place", [places])
            if cursor.fetchone()[0] < len(places):
                continue  # not a schema of ours any more
            own = " OR ".join(f"EXISTS (SELECT FROM {place} WHERE NOT is_sample)" for place in places)
            cursor.execute(f"SELECT NOT ({own}) AND EXISTS (SELECT FROM {places[0]})")
            if cursor.fetchone()[0]:
                tenants.filter(pk=pk).update(is_sample_shown=True)


class Migration(migrations.Migration):

    dependencies = [
        ("tenants", "0002_is_sample_shown"),
    ]

    operations = [
        migrations.RunPython(sample_show, migrations.RunPython.noop),
    ]
