"""Every customer of a population, with what is known beside their orders: opening totals, objections, hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from analytics.features import window, woven

PROFILES = """
    SELECT c.id, c.is_profiling_refused, greatest(c.opening_orders_count,
        CASE WHEN c.opening_spend > 0 OR c.opening_last_order_on IS NOT NULL THEN 1 ELSE 0 END),
        coalesce(c.opening_spend, 0)::float8,
        c.opening_last_order_on, max(o.ordered_at), count(o.id),
        mode() WITHIN GROUP (ORDER BY extract(hour FROM o.ordered_at AT TIME ZONE %(zone)s)::int),
        array_agg(extract(hour FROM o.ordered_at AT TIME ZONE %(zone)s)::int)
    FROM customers_customer c
    LEFT JOIN sales_order o ON o.customer_id = c.id AND o.deleted_at IS NULL AND o.kind = 'sale'
        AND o.status <> 'cancelled' AND o.amount_home > 0 AND o.is_sample = %(sample)s AND o.ordered_at < %(until)s
    WHERE c.deleted_at IS NULL AND c.is_sample = %(sample)s /*only*/
    GROUP BY c.id ORDER BY c.id
"""
LEAST_ORDERS_FOR_HOUR = 5


@dataclass(frozen=True)
class Profile:
    """One customer beside the feature table."""

    id: UUID
    is_refused: bool
    opening_orders: int
    opening_spend: float
    opening_last_on: date | None
    last_order_at: datetime | None
    orders: int
    usual_hour: int | None
    hours: list[int | None]

    @property
    def best_hour(self) -> int | None:
        """The hour of at least half of five or more orders; midnight is what files without a time show."""
        if self.orders < LEAST_ORDERS_FOR_HOUR or not self.usual_hour:
            return None
        return self.usual_hour if self.hours.count(self.usual_hour) * 2 >= self.orders else None


def profiles(on: date, *, is_sample: bool, only: Sequence[UUID] | None = None) -> list[Profile]:
    """Everyone in the population, in the order of their ids, those without orders too."""
    statement = woven(PROFILES, "AND c.id = ANY(%(only)s::uuid[])" if only is not None else "")
    values = {**window(on, is_sample=is_sample), "only": list(only or ())}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Profile(*row) for row in cursor.fetchall()]
