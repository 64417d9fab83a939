"""Amounts that follow from numbers are exact, and refused at their place where no column of money holds them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.sales.models import Deal, Order, Stage
from tests.crm.api.asking import hashes, sent

MOST_PRICE, MOST_QUANTITY, MOST_RATE = "999999999999999.99", "99999999999.9999", "9999999999.99999999"
LINE = {"quantity": "2", "unit_price": "600000000000000"}
DEAL, ORDER = {"name": "Chairs"}, {"number": "O-large", "currency": "EUR"}


@pytest.mark.parametrize(("noun", "values", "pointer"), [
    ("deals", {"lines": [{"quantity": MOST_QUANTITY, "unit_price": MOST_PRICE}]}, "/lines/0/unit_price"),
    ("deals", {"lines": [{"unit_price": "1"}, LINE]}, "/lines/1/unit_price"),
    ("deals", {"lines": [{"unit_price": MOST_PRICE}, {"unit_price": MOST_PRICE}]}, "/lines"),
    ("deals", {"amount": MOST_PRICE, "exchange_rate": MOST_RATE}, "/amount"),
    ("deals", {"amount": MOST_PRICE, "exchange_rate": "2"}, "/amount"),
    ("deals", {"lines": [{"unit_price": "1", "discount_percent": "100.01"}]}, "/lines/0/discount_percent"),
    ("deals", {"lines": [{"unit_price": "1", "discount_percent": "-1"}]}, "/lines/0/discount_percent"),
    ("orders", {"lines": [{"quantity": MOST_QUANTITY, "unit_price": MOST_PRICE}]}, "/lines/0/unit_price"),
    ("orders", {"lines": [{"unit_price": MOST_PRICE}, {"unit_price": MOST_PRICE}]}, "/lines"),
    ("orders", {"lines": [{"unit_price": MOST_PRICE}], "exchange_rate": MOST_RATE}, "/exchange_rate"),
])  # fmt: skip
def test_what_no_column_holds_is_refused_where_it_stands_and_keeps_no_other_row_back(
    tenant: Any, key_client: Any, noun: str, values: dict[str, Any], pointer: str
) -> None:
    client, sound = key_client(), DEAL if noun == "deals" else ORDER
    before = hashes()
    answer = sent(client.post, f"/api/v1/{noun}/", {**sound, **values})
    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, [pointer])
    assert hashes() == before
    others = sound | {next(iter(sound)): "Sound"}
    rows = [{"action": "create", "values": one} for one in ({**sound, **values}, others)]
    batch = sent(client.post, f"/api/v1/{noun}/batch?mode=partial", {"rows": rows})
    assert [one["status"] for one in batch.json()["results"]] == [422, 201], batch.content


def test_the_largest_amount_is_kept_exactly(tenant: Any) -> None:
    lines = [{"quantity": "99999999999", "unit_price": "9999.9999", "discount_percent": "0.0001"}]
    deal = Deal.objects.get(pk=record_save(Deal, {**DEAL, "lines": lines, "exchange_rate": "1"}, actor=SYSTEM))
    assert deal.amount == Decimal("999998989990010.01")
    order = Order.objects.get(pk=record_save(Order, {**ORDER, "lines": [{"unit_price": MOST_PRICE}]}, actor=SYSTEM))
    assert order.amount == order.amount_home == Decimal(MOST_PRICE)


def test_an_action_refuses_it_as_well(tenant: Any) -> None:
    pk = record_save(Deal, {**DEAL, "amount": MOST_PRICE}, actor=SYSTEM)
    Deal.objects.filter(pk=pk).update(exchange_rate=Decimal(3))
    before, deals = hashes(), registry["sales.deal"]
    stage = Stage.objects.filter(outcome="open").exclude(deals=pk)[0].pk
    with pytest.raises(CrmError) as refused:
        verb_run(deals, "move", pk, actor=SYSTEM, inputs={"stage": stage})
    assert refused.value.code == "invalid"
    errors: Any = refused.value.details["errors"]
    assert [one["pointer"] for one in errors] == ["/amount"]
    assert hashes() == before
