"""How many statements an answer costs: committed, the same however many rows there are, and allowed to fall only.

After a fall: KITH_RENEW=1 pytest tests/crm/api/test_query_counts.py
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.core.actors import SYSTEM
from crm.core.registry import Resource, registry
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from tests.crm.api.asking import made

SNAPSHOT = Path(__file__).parents[2] / "snapshots" / "query_counts.json"
MOST = {"list": 4, "record": 3}
COUNTED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "EXPLAIN")
each = pytest.mark.parametrize("noun", list(registry), ids=lambda noun: noun.label)


def cost(client: Any, path: str) -> int:
    """Statements of a warm request."""
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return sum(query["sql"].lstrip("( ").upper().startswith(COUNTED) for query in found.captured_queries)


def remember(name: str, count: int) -> None:
    """Judge a count by the committed one; renewing writes it unless it has grown."""
    kept = json.loads(SNAPSHOT.read_text()) if SNAPSHOT.exists() else {}
    own = kept.setdefault("api", {})
    if os.environ.get("KITH_RENEW") and count < own.get(name, count + 1):
        own[name] = count
        SNAPSHOT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    assert name in own, f"{name} is not in {SNAPSHOT.name}: renew it"
    assert count <= own[name], f"{name} costs {count} statements, {own[name]} were committed"


@each
def test_a_list_costs_what_was_committed(noun: Resource, tenant: Any, key_client: Any) -> None:
    client, path = key_client(), f"/api/v1/{noun.slug}/?page_size=50"
    few = cost(client, path)
    for _ in range(12):
        made(noun)
    assert cost(client, path) == few <= MOST["list"]
    if not noun.model.__module__.startswith("tests."):
        remember(f"{noun.slug} list", few)


@each
def test_a_record_costs_what_was_committed(noun: Resource, tenant: Any, key_client: Any) -> None:
    count = cost(key_client(), f"/api/v1/{noun.slug}/{made(noun)}")
    assert count <= MOST["record"]
    if not noun.model.__module__.startswith("tests."):
        remember(f"{noun.slug} record", count)


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
