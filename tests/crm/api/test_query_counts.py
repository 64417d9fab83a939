"""How many statements an answer costs: committed, the same however many rows there are, and allowed to fall only.

After a fall: KITH_RENEW=1 pytest tests/crm/api/test_query_counts.py
"""

from __future__ import annotations

from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.registry import Resource, registry
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from tests.counting import cost, remember
from tests.crm.api.asking import made

MOST = {"list": 4, "record": 3}
each = pytest.mark.parametrize("noun", list(registry), ids=lambda noun: noun.label)


@each
def test_a_list_costs_what_was_committed(noun: Resource, tenant: Any, key_client: Any) -> None:
    client, path = key_client(), f"/api/v1/{noun.slug}/?page_size=50"
    few = cost(client, path)
    for _ in range(12):
        made(noun)
    assert cost(client, path) == few <= MOST["list"]
    if not noun.model.__module__.startswith("tests."):
        remember("api", f"{noun.slug} list", few)


@each
def test_a_record_costs_what_was_committed(noun: Resource, tenant: Any, key_client: Any) -> None:
    count = cost(key_client(), f"/api/v1/{noun.slug}/{made(noun)}")
    assert count <= MOST["record"]
    if not noun.model.__module__.startswith("tests."):
        remember("api", f"{noun.slug} record", count)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?ordering=-churn_probability&churn_band=high",
        "?search=customer",
        "?city=Oslo&count=exact",
        "?ordering=name&count=none",
    ],
)
def test_ten_thousand_rows_cost_what_ten_do(tenant: Any, key_client: Any, query: str) -> None:
    client, path = key_client(), f"/api/v1/customers/{query}"
    records_save(Customer, [Change({"name": f"Customer {n}", "city": "Oslo"}) for n in range(10)], actor=SYSTEM)
    few = cost(client, path)
    for start in range(0, 10_000, 5000):
        records_save(
            Customer,
            [Change({"name": f"Customer {n}", "city": "Oslo"}) for n in range(start, start + 5000)],
            actor=SYSTEM,
        )
    assert cost(client, path) == few <= MOST["list"]


def test_a_person_costs_no_more_than_a_key(tenant: Any, client_for: Any) -> None:
    assert cost(client_for("owner"), "/api/v1/customers/?ordering=name") <= MOST["list"] + 1
