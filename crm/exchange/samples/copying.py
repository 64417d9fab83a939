"""A scored sample into the schema one stands in: table by table from the pattern, in about a second."""
from __future__ import annotations

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django_tenants.utils import quote_schema_name

from crm.core.bulk import constraints_now
from crm.exchange.samples.patterns import sample_prepare
from crm.exchange.samples.tables import sample_models


def sample_copy(sample: str = "shop") -> int:
    """Copy a sample, named by industry and language (`shop`, `shop-zh-hans`), without Events, the one named exception.

    Returns how many rows came."""
    pattern = sample_prepare(sample)
    with transaction.atomic():
        rows = sum(table_copy(model, pattern) for model in sample_models())
        numbers_follow()
        constraints_now()
    return rows


def table_copy(model: type[models.Model], pattern: str) -> int:
    """All rows of one table: the pattern holds nothing but samples."""
    table = f'"{model._meta.db_table}"'
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields if not field.generated)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {quote_schema_name(pattern)}.{table}")  # noqa: S608  our own names
        return cursor.rowcount


def numbers_follow() -> None:
    """Let counted keys go on behind the rows that came with theirs."""
    statements = connection.ops.sequence_reset_sql(no_style(), list(sample_models()))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
