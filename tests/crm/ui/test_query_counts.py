"""How many statements a page costs: committed, the same however many rows there are, and allowed to fall only.

After a fall: KITH_RENEW=1 pytest tests/crm/ui/test_query_counts.py
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.core.registry import Resource
from tests.crm.ui.asking import editable, made

SNAPSHOT = Path(__file__).parents[2] / "snapshots" / "query_counts.json"
MOST = 12
COUNTED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "EXPLAIN")
FIXED = ("", "call-first/", "models/", "imports/", "settings/", "settings/people/", "settings/keys/", "palette/")


def cost(client: Any, path: str) -> int:
    """Statements of a warm page."""
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return sum(query["sql"].lstrip("( ").upper().startswith(COUNTED) for query in found.captured_queries)


def remember(name: str, count: int) -> None:
    """Judge a count by the committed one; renewing writes it unless it has grown."""
    kept = json.loads(SNAPSHOT.read_text()) if SNAPSHOT.exists() else {}
    own = kept.setdefault("page", {})
    if os.environ.get("KITH_RENEW") and count < own.get(name, count + 1):
        own[name] = count
        SNAPSHOT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    assert name in own, f"{name} is not in {SNAPSHOT.name}: renew it"
    assert count <= own[name], f"{name} costs {count} statements, {own[name]} were committed"


@editable
def test_a_list_page_costs_what_was_committed(noun: Resource, tenant: Any, client_for: Any) -> None:
    client, path = client_for("owner"), f"/{noun.slug}/"
    few = cost(client, path)
    for _ in range(12):
        made(noun)
    assert cost(client, path) <= few <= MOST
    if not noun.model.__module__.startswith("tests."):
        remember(f"{noun.slug} list", few)


@editable
def test_a_record_page_costs_what_was_committed(noun: Resource, tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    costs = {
        kind: cost(client, f"/{noun.slug}/{made(noun)}/{end}") for kind, end in (("record", ""), ("form", "edit/"))
    }
    assert max(costs.values()) <= MOST
    for kind, count in costs.items():
        if not noun.model.__module__.startswith("tests."):
            remember(f"{noun.slug} {kind}", count)


@pytest.mark.parametrize("path", FIXED, ids=lambda path: path or "home")
def test_the_other_pages_cost_what_was_committed(path: str, tenant: Any, client_for: Any) -> None:
    count = cost(client_for("owner"), f"/{path}")
    assert count <= MOST
    remember(path.rstrip("/") or "home", count)
