"""When scores are recomputed: each night, on demand, and for one customer right after something happened to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from analytics.models import ModelVersion, Run
from analytics.services import refresh, rescore, rescore_all
from crm.sales.models import Order
from tenants.tasks import enqueue, tenant_task

CONTEST_EVERY = timedelta(days=7)
MOST_AT_ONCE = 500  # more than that is an import or a clean-up: the whole recomputation follows anyway
CUSTOMER, ORDER = "customers.customer", "sales.order"
MATTERS = {"is_profiling_refused", "opening_orders_count", "opening_spend", "opening_last_order_on"}


def night_job(as_of: datetime) -> None:
    """The night of one tenant: everyone rescored by a refitted champion, the contest once a week."""
    refresh(as_of=as_of, contest=is_contest_due(as_of))


def is_contest_due(as_of: datetime) -> bool:
    """Whether a week has passed since the last contest, or the last night raised an alarm."""
    last = Run.objects.filter(is_contest=True, state=Run.State.DONE).order_by("-as_of").first()
    if last is None or as_of - last.as_of >= CONTEST_EVERY:
        return True
    return ModelVersion.objects.filter(status=ModelVersion.Status.ACTIVE, drift__is_alarm=True).exists()


@tenant_task(name="analytics.tasks.refresh", queue="interactive")
def refresh_task(again: bool = False) -> int:
    """Recompute everything now, contest included: after an import, or at the press of a button (then `again`)."""
    return int(refresh(as_of=timezone.now(), contest=True, again=again).pk)


@tenant_task(name="analytics.tasks.rescore_all", queue="interactive")
def rescore_all_task() -> int:
    """Score everybody with the versions in use, after somebody chose another one."""
    return int(rescore_all().pk)


@tenant_task(name="analytics.tasks.rescore", queue="interactive")
def rescore_task(customers: Sequence[str]) -> int:
    """Rescore a few customers; ids arrive as text."""
    return rescore([UUID(pk) for pk in customers])


def rescore_from_events(events: Sequence[Mapping[str, Any]]) -> None:
    """Ask for a rescoring of the customers that some events speak of: the pump of all tenants must not wait for it.

    Imports are followed by a whole recomputation.
    """
    touched = customers_of(event for event in events if event["via"] != "import")
    if 0 < len(touched) <= MOST_AT_ONCE:
        enqueue("analytics.tasks.rescore", customers=sorted(touched))


def customers_of(events: Any) -> set[UUID]:
    """The customers whose scores an event may move: by an order, or by a field that counts."""
    touched: set[UUID] = set()
    orders: set[UUID] = set()
    for event in events:
        if event["object_type"] == ORDER:
            orders.add(event["object_id"])
            touched |= named_customers(event)
        elif event["object_type"] == CUSTOMER and is_relevant(event):
            touched.add(event["object_id"])
    known = Order.objects.filter(pk__in=orders, customer__isnull=False)
    return touched | set(known.values_list("customer_id", flat=True))


def named_customers(event: Mapping[str, Any]) -> set[UUID]:
    """The customers an order belonged to before and after: the one it was taken from moves too."""
    sides = (event["before"] or {}, event["after"] or {})
    named = (side.get("customer") for side in sides)
    return {UUID(value) for value in named if isinstance(value, str) and len(value) == 36}


def is_relevant(event: Mapping[str, Any]) -> bool:
    """Whether a change of a customer changes what is computed."""
    if event["name"].endswith(".band_crossed"):
        return False
    changed = {*(event["before"] or {}), *(event["after"] or {})}
    return not event["name"].endswith(".changed") or bool(changed & MATTERS)
