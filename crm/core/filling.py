"""What the database must know of a table that a file fills: how its keys look, and that its search terms may wait."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models

ALWAYS = ("deleted_at", "is_sample")
WAITING = "64MB"  # of terms: those of some two hundred thousand customers


def statistics_refresh(model: type[models.Model], names: Iterable[str], written: int) -> None:
    """Look at the columns by which rows are found, where the table was smaller than what has just been written.

    Of a table without statistics the planner takes its emptiness for granted: every chunk read it from end to end."""
    table, wanted = model._meta.db_table, {*names, *ALWAYS}
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields if field.name in wanted)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        if cursor.fetchone()[0] < written:
            cursor.execute(f'ANALYZE "{table}" ({columns})')


def search_waits() -> None:
    """Search terms that this transaction writes are put down in a row, where searches find them more slowly, and into
    their index by `search_merge`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('gin_pending_list_limit', %s, true)", [WAITING])


def search_merge(model: type[models.Model]) -> None:
    """Put the search terms that wait into their index."""
    for index in model._meta.indexes:
        if isinstance(index, GinIndex):
            with connection.cursor() as cursor:
                cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [index.name])
