"""Facts about customers at one date, as one number a column: one SQL aggregate a date, in the tenant's schema.

Point-in-time exact: nothing dated after the snapshot's day is read. Sums are made in `numeric`, so that they do not
depend on the order in which rows are met. Days are dates in the tenant's time zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from tenants.context import current

Floats = NDArray[np.float64]

# What the aggregate returns, in its order; money in the tenant's currency, times in days.
NAMES = (
    "recency_days", "tenure_days", "order_days", "gap_average", "gap_spread", "gap_longest",
    "orders", "spend", "largest_order", "latest_order", "orders_30", "orders_90", "orders_180",
    "spend_30", "spend_90", "spend_180", "lines", "products", "units", "products_90", "returns", "returned",
)  # fmt: skip

# A counting order: a live sale that was not cancelled, of a known customer, with an amount above zero.
COUNTING = """
    SELECT o.id, o.customer_id, (o.ordered_at AT TIME ZONE %(zone)s)::date AS day, o.amount_home AS amount
    FROM sales_order o JOIN customers_customer c ON c.id = o.customer_id
    WHERE o.deleted_at IS NULL AND o.kind = 'sale' AND o.status <> 'cancelled' AND o.amount_home > 0
      AND o.is_sample = %(sample)s AND o.ordered_at < %(until)s
      AND c.deleted_at IS NULL AND NOT c.is_profiling_refused /*only*/
"""
ONLY = "AND o.customer_id = ANY(%(only)s::uuid[])"

SNAPSHOT = """
WITH counting AS MATERIALIZED (/*counting*/), days AS (
    SELECT customer_id, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap
    FROM (SELECT DISTINCT customer_id, day FROM counting) AS each_day
), rhythm AS (
    SELECT customer_id, count(*) AS order_days, avg(gap) AS average, stddev_pop(gap) AS spread, max(gap) AS longest
    FROM days GROUP BY customer_id
), totals AS (
    SELECT customer_id, %(day)s::date - max(day) AS recency, %(day)s::date - min(day) AS tenure,
        count(*) AS orders, sum(amount) AS spend, max(amount) AS largest,
        (array_agg(amount ORDER BY day DESC, amount DESC))[1] AS latest,
        count(*) FILTER (WHERE day > %(day)s::date - 30) AS orders_30,
        count(*) FILTER (WHERE day > %(day)s::date - 90) AS orders_90,
        count(*) FILTER (WHERE day > %(day)s::date - 180) AS orders_180,
        sum(amount) FILTER (WHERE day > %(day)s::date - 30) AS spend_30,
        sum(amount) FILTER (WHERE day > %(day)s::date - 90) AS spend_90,
        sum(amount) FILTER (WHERE day > %(day)s::date - 180) AS spend_180
    FROM counting GROUP BY customer_id
), baskets AS (
    SELECT o.customer_id, count(*) AS lines, count(DISTINCT l.product_id) AS products, sum(l.quantity) AS units,
        count(DISTINCT l.product_id) FILTER (WHERE o.day > %(day)s::date - 90) AS products_90
    FROM counting o JOIN sales_orderline l ON l.order_id = o.id WHERE l.kind = 'product' GROUP BY o.customer_id
), credits AS (
    SELECT o.customer_id, count(*) AS returns, sum(abs(o.amount_home)) AS returned
    FROM sales_order o
    WHERE o.deleted_at IS NULL AND o.kind = 'credit' AND o.status <> 'cancelled' AND o.customer_id IS NOT NULL
      AND o.is_sample = %(sample)s AND o.ordered_at < %(until)s /*only*/
    GROUP BY o.customer_id
)
SELECT t.customer_id, t.recency::float8, t.tenure::float8, r.order_days::float8, coalesce(r.average, 0)::float8,
    coalesce(r.spread, 0)::float8, coalesce(r.longest, 0)::float8, t.orders::float8, t.spend::float8,
    t.largest::float8, t.latest::float8, t.orders_30::float8, t.orders_90::float8, t.orders_180::float8,
    coalesce(t.spend_30, 0)::float8, coalesce(t.spend_90, 0)::float8, coalesce(t.spend_180, 0)::float8,
    coalesce(b.lines, 0)::float8, coalesce(b.products, 0)::float8, coalesce(b.units, 0)::float8,
    coalesce(b.products_90, 0)::float8, coalesce(x.returns, 0)::float8, coalesce(x.returned, 0)::float8
FROM totals t JOIN rhythm r USING (customer_id)
LEFT JOIN baskets b USING (customer_id) LEFT JOIN credits x USING (customer_id)
ORDER BY t.customer_id
"""
RETURNING_CUSTOMERS = "SELECT DISTINCT customer_id FROM (/*counting*/) AS counting WHERE day > %(day)s::date"
EXTENT = "SELECT min(day), max(day) FROM (/*counting*/) AS counting"
LONGEST_SILENCE = """
    SELECT max(gap) FROM (
        SELECT day - lag(day) OVER (ORDER BY day) AS gap
        FROM (SELECT DISTINCT day FROM (/*counting*/) AS counting) AS days
    ) AS gaps
"""


def woven(statement: str, only: str = "") -> str:
    """A statement with the definition of a counting order put in, and with the choice of a few customers if asked."""
    return statement.replace("/*counting*/", COUNTING).replace("/*only*/", only)


@dataclass(frozen=True)
class Snapshot:
    """What was known of each customer at the end of one day.

    Attributes
    ----------
    on : date
    ids : list of UUID, ascending, length n
    values : ndarray of shape (n, len(NAMES)), float64
    """

    on: date
    ids: list[UUID]
    values: Floats

    def column(self, name: str) -> Floats:
        """One feature of all customers, shape (n,)."""
        column: Floats = self.values[:, NAMES.index(name)]
        return column

    @cached_property
    def places(self) -> dict[UUID, int]:
        """The row of each customer."""
        return {pk: row for row, pk in enumerate(self.ids)}

    def of(self, ids: Iterable[UUID]) -> Snapshot:
        """The same day for some of the customers, in the order asked; who is not in it is left out."""
        found = [pk for pk in ids if pk in self.places]
        return Snapshot(self.on, found, self.values[[self.places[pk] for pk in found]])


def day_end(on: date) -> datetime:
    """The first moment after a day, in the tenant's time zone."""
    return datetime.combine(on + timedelta(days=1), time.min, tzinfo=ZoneInfo(current().time_zone))


def local_day(moment: datetime) -> date:
    """The tenant's date at a moment."""
    return moment.astimezone(ZoneInfo(current().time_zone)).date()


def window(on: date, *, is_sample: bool, until: date | None = None) -> dict[str, Any]:
    """The parameters that every statement here takes: `on` is the snapshot's day, `until` the last day read."""
    return {"zone": current().time_zone, "sample": is_sample, "day": on, "until": day_end(until or on)}


def snapshot(on: date, *, is_sample: bool, only: Sequence[UUID] | None = None) -> Snapshot:
    """Features of everyone with at least one counting order up to and including `on`."""
    statement = woven(SNAPSHOT, ONLY if only is not None else "")
    values = {**window(on, is_sample=is_sample), "only": list(only or ())}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    table = np.array([row[1:] for row in rows], dtype=np.float64).reshape(len(rows), len(NAMES))
    return Snapshot(on=on, ids=[row[0] for row in rows], values=table)


def returned_within(on: date, days: int, *, is_sample: bool) -> set[UUID]:
    """Who has a counting order in (on, on + days]."""
    with connection.cursor() as cursor:
        cursor.execute(woven(RETURNING_CUSTOMERS), window(on, is_sample=is_sample, until=on + timedelta(days=days)))
        return {row[0] for row in cursor.fetchall()}


def extent(until: date, *, is_sample: bool) -> tuple[date, date] | None:
    """First and last day with a counting order up to `until`, or None without orders."""
    with connection.cursor() as cursor:
        cursor.execute(woven(EXTENT), window(until, is_sample=is_sample))
        first, last = cursor.fetchone()
    return None if first is None else (first, last)


def reference_day(today: date, *, is_sample: bool) -> date:
    """The day scores speak of: today, or the last order's day when the data plainly ends before.

    A file exported last year says nothing about the year since. Silence of more than 30 days that is also more than
    twice the longest silence seen before is read as the end of the data, not as everybody leaving.
    """
    span = extent(today, is_sample=is_sample)
    if span is None:
        return today
    with connection.cursor() as cursor:
        cursor.execute(woven(LONGEST_SILENCE), window(today, is_sample=is_sample))
        longest = cursor.fetchone()[0] or 0
    return span[1] if (today - span[1]).days > max(30, 2 * longest) else today
