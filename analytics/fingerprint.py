"""A number that changes whenever something changes that a score could depend on."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from django.db import connection

from analytics.features import day_end
from tenants.context import current

FORMULA = "1"  # raise it when the computation itself changes
SUMS = """
SELECT
    (SELECT concat(count(*), '/', sum(hashtextextended(concat_ws('|', id, version, deleted_at, customer_id,
        ordered_at, kind, status, amount_home, is_sample), 0)::numeric)) FROM sales_order WHERE ordered_at < %(until)s),
    (SELECT concat(count(*), '/', sum(hashtextextended(concat_ws('|', id, deleted_at, is_profiling_refused,
        opening_orders_count, opening_spend, opening_last_order_on, is_sample), 0)::numeric)) FROM customers_customer),
    (SELECT concat(count(*), '/', sum(hashtextextended(concat_ws('|', id, deleted_at, is_active, is_sample, name),
        0)::numeric)) FROM sales_product)
"""


def fingerprint(on: date) -> str:
    """The data up to a day, the day, the tenant's settings and the formula, as one hash."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, {"until": day_end(on)})
        sums = cursor.fetchone()
    tenant = current()
    settings = (tenant.time_zone, tenant.industry, tenant.locale)
    return sha256("|".join([FORMULA, on.isoformat(), *settings, *sums]).encode()).hexdigest()
