"""A scored sample into the schema one stands in: table by table from the pattern, in about a second."""
from __future__ import annotations

from django.db import connection, models, transaction

from crm.core.bulk import constraints_now
from crm.exchange.samples.patterns import sample_prepare
from crm.exchange.samples.tables import sample_models, statistics_renew


def sample_copy(sample: str = "shop") -> int:
    """Copy a sample, named by industry and language (`shop`, `shop-zh-hans`), without Events, the one named exception.

    Returns how many rows came."""
    pattern = sample_prepare(sample)
    with transaction.atomic():
        rows = sum(table_copy(model, pattern) for model in sample_models())
        constraints_now()
        statistics_renew()
    return rows


def table_copy(model: type[models.Model], pattern: str) -> int:
    """All rows of one table, for the pattern holds nothing but samples; keys that are counted are counted anew."""
    table, key = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(str(model._meta.pk.column))
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    own = [field for field in fields if not isinstance(field, models.AutoField)]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in own)
    source = f"{connection.ops.quote_name(pattern)}.{table}"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {source} ORDER BY {key}")  # noqa: S608
        return int(cursor.rowcount)
