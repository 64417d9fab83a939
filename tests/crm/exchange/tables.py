"""The tenant's tables as hashes, to see whether anything at all is different."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

WRITTEN = (
    "customers_customer",
    "customers_contact",
    "sales_product",
    "sales_order",
    "sales_orderline",
    "core_externalid",
    "activities_note",
    "activities_task",
    "gadgets_gadget",
)
ASIDE = ("version", "updated_at")


def table_hashes(aside: Iterable[str] = ASIDE) -> dict[str, str]:
    """An md5 over every row and column of what imports write, ids and deleted rows included, `aside` not."""
    names = list(aside)
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        for table in WRITTEN:
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(row, E'\\n' ORDER BY row), '')) "  # noqa: S608 - our own names
                f"FROM (SELECT (to_jsonb(one) - %s::text[])::text AS row FROM {table} AS one) AS rows",
                [names],
            )
            found[table] = cursor.fetchone()[0]
    return found
