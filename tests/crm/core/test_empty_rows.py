"""The last page of a list, where a handful of many records have nothing to be sorted by."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from crm.customers.models import Customer

MANY, FEW = 800, 5
FIGURES = {
    "churn_probability": 0.5,
    "clv_predicted": 10,
    "clv_historic": 10,
    "orders_count": 3,
    "last_order_at": timezone.now(),
    "next_purchase_expected_on": date(2027, 1, 1),
}


def test_those_without_a_figure_are_found_by_an_index(tenant: Any) -> None:
    Customer.objects.update(**FIGURES, churn_band="low")
    Customer.objects.bulk_create(
        Customer(name=str(n), name_key=str(n), **(FIGURES | {"churn_band": "low"} if n >= FEW else {}))
        for n in range(MANY)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
    for name in FIGURES:
        last = Customer.objects.filter(**{f"{name}__isnull": True}, deleted_at=None).order_by("-id").values("id")[:51]
        assert len(last) == FEW
        assert "customer_no_" in last.explain() or "customer_band" in last.explain(), last.explain()
