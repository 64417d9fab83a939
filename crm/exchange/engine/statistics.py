"""What the planner must know of a table that a file fills: without it, every chunk reads the table from end to end."""

from __future__ import annotations

from django.db import connection

from crm.core.plans import plan_of
from crm.core.registry import Resource

ALWAYS = ("deleted_at", "is_sample")


def statistics_refresh(resource: Resource, written: int) -> None:
    """Look at the columns that chunks are matched by, where the table was smaller than what has just been written."""
    table = resource.model._meta.db_table
    names = {*resource.keys, *plan_of(resource.model).looked_at, *ALWAYS}
    fields = [one for one in resource.model._meta.concrete_fields if one.name in names]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        if cursor.fetchone()[0] < written:
            cursor.execute(f'ANALYZE "{table}" ({columns})')
