"""A table that a file fills is known to the planner."""

from __future__ import annotations

from django.db import connection

from crm.core.actors import SYSTEM
from crm.core.filling import statistics_refresh
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from tenants.models import Tenant


def rows_known() -> float:
    """How many customers the planner believes in, or -1 where it has never looked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'customers_customer'::regclass")
        return float(cursor.fetchone()[0])


def test_a_table_that_has_grown_is_looked_at(tenant: Tenant) -> None:
    records_save(Customer, [Change({"name": f"Person {n}", "number": f"S{n}"}) for n in range(200)], actor=SYSTEM)
    before = rows_known()
    statistics_refresh(Customer, {"number"}, 0)
    assert rows_known() == before
    statistics_refresh(Customer, {"number"}, 1_000_000)
    assert rows_known() >= 200
