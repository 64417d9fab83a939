"""How many statements a page costs: committed, the same however many rows there are, and allowed to fall only.

After a fall: KITH_RENEW=1 pytest tests/crm/ui/test_query_counts.py
"""

from __future__ import annotations

from typing import Any

import pytest

from crm.core.registry import Resource
from tests.counting import cost, remember
from tests.crm.ui.asking import editable, made

MOST = 12
FIXED = (
    "", "call-first/", "calendar/", "models/", "imports/", "settings/", "settings/people/", "settings/keys/",
    "palette/",
)  # fmt: skip


@editable
def test_a_list_page_costs_what_was_committed(noun: Resource, tenant: Any, client_for: Any) -> None:
    client, path = client_for("owner"), f"/{noun.slug}/"
    few = cost(client, path)
    for _ in range(12):
        made(noun)
    assert cost(client, path) <= few <= MOST
    if not noun.model.__module__.startswith("tests."):
        remember("page", f"{noun.slug} list", few)


@editable
def test_a_record_page_costs_what_was_committed(noun: Resource, tenant: Any, client_for: Any) -> None:
    client = client_for("owner")
    costs = {
        kind: cost(client, f"/{noun.slug}/{made(noun)}/{end}") for kind, end in (("record", ""), ("form", "edit/"))
    }
    assert max(costs.values()) <= MOST
    for kind, count in costs.items():
        if not noun.model.__module__.startswith("tests."):
            remember("page", f"{noun.slug} {kind}", count)


@pytest.mark.parametrize("path", FIXED, ids=lambda path: path or "home")
def test_the_other_pages_cost_what_was_committed(path: str, tenant: Any, client_for: Any) -> None:
    count = cost(client_for("owner"), f"/{path}")
    assert count <= MOST
    remember("page", path.rstrip("/") or "home", count)
