"""Writing scores back: only what changed, by COPY into a temporary table and one UPDATE.

The named exception to `records_save`: neither `version` nor `updated_at` moves, and an Event is written only where a
customer crosses from one risk level to another, or a number passes a threshold that a rule names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from analytics.models import PredictionSnapshot, Recommendation
from crm.core.actors import SYSTEM
from crm.core.bulk import Fact, events_write
from crm.core.cleaning import json_value
from crm.core.copying import json_text
from crm.customers.models import Scored

# Where a value came from does not count as a change of the value.
PROVENANCE = ("model_version", "scored_at", "features_at")
CUSTOMER = "customers.customer"
FIELDS = tuple(field.name for field in Scored._meta.concrete_fields)
JUDGED = tuple(name for name in FIELDS if name not in PROVENANCE)
EMPTY: dict[str, Any] = {field.name: "" if field.empty_strings_allowed and not field.null else None
                         for field in Scored._meta.concrete_fields}  # fmt: skip

NAMES = ", ".join(f'"{name}"' for name in FIELDS)
OLD = ", ".join(f'c."{name}"' for name in JUDGED)
NEW = ", ".join(f's."{name}"' for name in JUDGED)
SETS = ", ".join(f'"{name}" = s."{name}"' for name in FIELDS)
SPACE = f"CREATE TEMPORARY TABLE scores ON COMMIT DROP AS SELECT id, {NAMES} FROM customers_customer WHERE false"  # noqa: S608
COPY = f"COPY scores (id, {NAMES}) FROM STDIN"
UPDATE = (
    f"UPDATE customers_customer AS c SET {SETS} FROM scores AS s "  # noqa: S608 -- names of our own fields only
    f"WHERE c.id = s.id AND ({OLD}) IS DISTINCT FROM ({NEW}) RETURNING c.id, old.churn_band, new.churn_band"
)

KEY = "(hashtext('analytics.refresh'), hashtext(current_schema()))"
LOCK, LOCK_HERE = f"SELECT pg_advisory_lock{KEY}", f"SELECT pg_advisory_xact_lock{KEY}"
UNLOCK = f"SELECT pg_advisory_unlock{KEY}"


@contextmanager
def alone() -> Iterator[None]:
    """One recomputation of a tenant at a time; a second one waits, and then finds its work done."""
    in_transaction = connection.in_atomic_block  # then the lock ends with it, also when it fails
    with connection.cursor() as cursor:
        cursor.execute(LOCK_HERE if in_transaction else LOCK)
    try:
        yield
    finally:
        if not in_transaction:
            with connection.cursor() as cursor:
                cursor.execute(UNLOCK)


def scores_write(
    rows: Iterable[tuple[UUID, Mapping[str, Any]]], *, scored_at: datetime, features_at: datetime
) -> tuple[int, int]:
    """Store the fields of customers; return how many rows changed and how many crossed a risk level."""
    stamp = {"scored_at": scored_at, "features_at": features_at}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SPACE)
        with cursor.cursor.copy(COPY) as copy:
            for pk, values in rows:
                copy.write_row((pk, *_row(values, stamp)))
        watched = _watched()
        cursor.execute(UPDATE + "".join(f', old."{name}", new."{name}"' for name in watched))
        changed = cursor.fetchall()
        cursor.execute("DROP TABLE scores")
        crossed = [row for row in changed if row[1] and row[2] and row[1] != row[2]]
        events_write((_crossing(*row[:3]) for row in crossed), SYSTEM)
        passed = (_passing(row[0], row[3:], watched) for row in changed) if watched else ()
        events_write([fact for fact in passed if fact is not None], SYSTEM)
    return len(changed), len(crossed)


def _row(values: Mapping[str, Any], stamp: Mapping[str, datetime]) -> list[Any]:
    """One customer's fields in the order of the table; what is not known is emptied."""
    full = {**EMPTY, **stamp, **values}
    reasons = full["churn_reasons"]
    full["churn_reasons"] = None if reasons is None else json_text(reasons)
    return [full[name] for name in FIELDS]


def _crossing(pk: UUID, before: str, after: str) -> Fact:
    """The event of a customer who moved from one risk level to another."""
    return Fact(
        "customers.customer.band_crossed", "customers.customer", pk, {"churn_band": before}, {"churn_band": after}
    )


def _watched() -> dict[str, tuple[float, ...]]:
    """The numbers among the scores that somebody waits for to pass a threshold; who, the settings say."""
    asked: dict[str, tuple[float, ...]] = import_string(settings.SCORE_THRESHOLDS)(CUSTOMER)
    return {name: limits for name, limits in asked.items() if name in FIELDS}


def _passing(pk: UUID, values: Sequence[Any], watched: Mapping[str, tuple[float, ...]]) -> Fact | None:
    """The event of a customer one of whose scores passed a threshold: both sides of each that did."""
    before, after = {}, {}
    for at, (name, limits) in enumerate(watched.items()):
        old, new = values[2 * at : 2 * at + 2]
        if old is not None and new is not None and any((old >= limit) != (new >= limit) for limit in limits):
            before[name], after[name] = json_value(old), json_value(new)
    return Fact(f"{CUSTOMER}.score_crossed", CUSTOMER, pk, before, after) if after else None


SHELF = (
    'CREATE TEMPORARY TABLE picks (customer_id uuid, product_id uuid, shelf text, "rank" int, score float8, '
    "reason_type text, reason_values jsonb, reason_text text, expires_at timestamptz) ON COMMIT DROP"
)
SHELF_COPY = (
    'COPY picks (customer_id, product_id, shelf, "rank", score, reason_type, reason_values, reason_text, expires_at) '
    "FROM STDIN"
)
GONE = """
    DELETE FROM analytics_recommendation r WHERE r.customer_id = ANY(%s::uuid[]) AND NOT EXISTS (
        SELECT FROM picks p
        WHERE p.customer_id = r.customer_id AND p.shelf = r.shelf AND p.product_id = r.product_id)
"""
ORPHANED = """
    DELETE FROM analytics_recommendation r USING customers_customer c
    WHERE c.id = r.customer_id AND c.is_sample = %s AND NOT EXISTS (
        SELECT FROM sales_order o WHERE o.customer_id = r.customer_id AND o.deleted_at IS NULL AND o.kind = 'sale'
            AND o.status <> 'cancelled' AND o.amount_home > 0)
"""
MERGE = """
    INSERT INTO analytics_recommendation AS r
        (customer_id, product_id, shelf, "rank", score, reason_type, reason_values, reason_text, expires_at)
    SELECT customer_id, product_id, shelf, "rank", score, reason_type, reason_values, reason_text, expires_at FROM picks
    ON CONFLICT (customer_id, shelf, product_id) DO UPDATE SET
        "rank" = excluded."rank", score = excluded.score, reason_type = excluded.reason_type,
        reason_values = excluded.reason_values, reason_text = excluded.reason_text, expires_at = excluded.expires_at
    WHERE (r."rank", r.score, r.reason_text) IS DISTINCT FROM (excluded."rank", excluded.score, excluded.reason_text)
"""


def recommendations_write(customer_ids: Sequence[UUID], rows: Iterable[Sequence[Any]]) -> int:
    """Replace the lists of these customers by new ones; what people did with a recommendation that stays is kept."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SHELF)
        with cursor.cursor.copy(SHELF_COPY) as copy:
            for row in rows:
                copy.write_row((*row[:6], json_text(row[6]), *row[7:]))
        cursor.execute("CREATE INDEX ON picks (customer_id, shelf, product_id)")
        cursor.execute("ANALYZE picks")
        cursor.execute(GONE, [list(customer_ids)])
        removed = cursor.rowcount
        cursor.execute(MERGE)
        written = removed + cursor.rowcount
        cursor.execute("DROP TABLE picks")
    return int(written)


def statistics_renew() -> None:
    """Tell the planner what came in: on tables that it takes for empty, a query over a whole history takes minutes."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer, sales_product, sales_order, sales_orderline")


def recommendations_prune(*, is_sample: bool) -> int:
    """Remove the lists of customers who have no order any more."""
    with connection.cursor() as cursor:
        cursor.execute(ORPHANED, [is_sample])
        return int(cursor.rowcount)


SNAPSHOT = """
    INSERT INTO analytics_predictionsnapshot (customer_id, week_on, churn_probability, churn_band, model_version)
    SELECT id, %s, churn_probability, churn_band, model_version FROM customers_customer
    WHERE is_sample = %s AND deleted_at IS NULL AND churn_probability IS NOT NULL
    ON CONFLICT (customer_id, week_on) DO NOTHING
"""


def snapshot_write(week_on: date, *, is_sample: bool) -> int:
    """Keep this week's predictions, once a week."""
    with connection.cursor() as cursor:
        cursor.execute(SNAPSHOT, [week_on, is_sample])
        return int(cursor.rowcount)


def forget(customer_ids: Sequence[UUID]) -> None:
    """Remove what was derived about customers who object to profiling."""
    Recommendation.objects.filter(customer_id__in=customer_ids).delete()
    PredictionSnapshot.objects.filter(customer_id__in=customer_ids).delete()
