"""What holds nothing in a list is found as empty, as what holds no text is."""

from __future__ import annotations

from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from tests.crm.api.asking import sent

CUSTOMERS = "/api/v1/customers"
LISTS = {"tags": ["VIP"], "other_emails": ["ann2@lee.example"], "other_phones": ["+15035550147"]}


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_is_empty(tenant: Any, key_client: Any, name: str) -> None:
    client = key_client()
    people = [{"name": "Full List", "city": "Out", name: LISTS[name]}, {"name": "Empty List", "city": "Out"}]
    records_save(Customer, [Change(values) for values in people], actor=SYSTEM)
    for is_empty, expected in ((True, "Empty List"), (False, "Full List")):
        listed = client.get(f"{CUSTOMERS}/?city=Out&{name}__empty={str(is_empty).lower()}").json()
        assert [row["name"] for row in listed["results"]] == [expected]
        tree = {"where": {"and": [{"field": "city", "op": "eq", "value": "Out"},
                                  {"field": name, "op": "is_empty", "value": is_empty}]}}  # fmt: skip
        searched = sent(client.post, f"{CUSTOMERS}/search", tree).json()
        assert [row["name"] for row in searched["results"]] == [expected]
