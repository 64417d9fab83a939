"""What makes no sense is refused where it stands: negative amounts, money of tomorrow, prices said twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.sales.models import Holding, Order, Pipeline, Stage
from tenants.context import current
from tests.crm.api.asking import hashes, sent
from tests.examples import a_customer, a_product, a_record, count

TWICE = [{"least_quantity": "2", "unit_price": "9"}, {"least_quantity": "2.0", "unit_price": "8"}]
Case = tuple[str, dict[str, Any], dict[str, Any], str]  # noun, what is sound, what is odd about it, where
CASES: list[Case] = [
    ("deals", {"name": "Pots"}, {"amount": "-5"}, "/amount"),
    ("leads", {"name": "Ada"}, {"amount": "-1"}, "/amount"),
    ("holdings", {"name": "Deposit", "customer": a_customer}, {"amount": "-5"}, "/amount"),
    ("deals", {"name": "Pots"}, {"lines": [{"quantity": "-3", "unit_price": "1"}]}, "/lines/0/quantity"),
    ("quotes", {"subject": "Pots"}, {"lines": [{"quantity": "-3", "unit_price": "1"}]}, "/lines/0/quantity"),
    ("orders", {"number": "N-1"}, {"lines": [{"quantity": "-3", "unit_price": "1"}]}, "/lines/0/quantity"),
    ("products", {"name": "Pot"}, {"unit_price": "-1"}, "/unit_price"),
    ("payments", {"order": lambda: a_record("sales.order"), "amount": "1"}, {"paid_on": "tomorrow"}, "/paid_on"),
    ("price-books", {"name": "Twice"}, {"prices": TWICE}, "/prices/1/least_quantity"),
    ("stages", {"name": "Odd", "pipeline": lambda: a_record("sales.pipeline")}, {"required_fields": ["nonsense"]},
     "/required_fields"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0] + case[3])
def test_a_value_that_makes_no_sense_is_refused_where_it_stands(
    tenant: Any, key_client: Any, case: Case
) -> None:
    noun, sound, odd, pointer = case
    client, tomorrow, product = key_client(), timezone.localdate() + timedelta(days=1), str(a_product())
    given = {name: str(value()) if callable(value) else value for name, value in sound.items()}
    wrong = {name: str(tomorrow) if value == "tomorrow" else value for name, value in odd.items()}
    if noun == "price-books":
        wrong = {"prices": [{**row, "product": product} for row in wrong["prices"]]}
    before = hashes()
    answer = sent(client.post, f"/api/v1/{noun}/", {**given, **wrong})
    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, [pointer]), answer.content
    assert hashes() == before
    assert sent(client.post, f"/api/v1/{noun}/", given).status_code == 201


def test_what_came_back_is_a_return(tenant: Any, key_client: Any) -> None:
    client, lines = key_client(), [{"quantity": "-2", "unit_price": "10"}]
    back = {"number": f"B-{next(count)}", "kind": "credit", "lines": lines}
    made = sent(client.post, "/api/v1/orders/", back)
    assert (made.status_code, float(made.json()["amount"])) == (201, -20)
    answer = sent(client.patch, f"/api/v1/orders/{made.json()['id']}", {"kind": "sale"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/lines/0/quantity")
    assert Order.objects.get(pk=made.json()["id"]).kind == "credit"
    discount = {"number": f"B-{next(count)}", "lines": [{"kind": "discount", "quantity": "-1", "unit_price": "3"}]}
    assert sent(client.post, "/api/v1/orders/", discount).status_code == 201


def test_a_new_stage_stands_after_the_last_open_one_and_catches_no_new_deals(tenant: Any) -> None:
    pipeline = Pipeline.objects.get(is_default=True)
    live = Stage.objects.filter(pipeline=pipeline, deleted_at=None).order_by("position", "pk")
    open_, ended = ([name for name, outcome in live.values_list("name", "outcome") if (outcome == "open") is is_open]
                    for is_open in (True, False))
    for name in ("Trial", "Pilot"):
        record_save(Stage, {"pipeline": pipeline.pk, "name": name}, actor=SYSTEM)
    assert list(live.values_list("name", flat=True)) == [*open_, "Trial", "Pilot", *ended]
    first = record_save(Stage, {"pipeline": pipeline.pk, "name": "First", "position": 0}, actor=SYSTEM)
    assert live[0].pk == first


def test_the_form_of_a_stage_offers_the_fields_of_deals(tenant: Any, client_for: Any) -> None:
    client, pipeline = client_for("owner"), Pipeline.objects.get(is_default=True).pk
    page = client.get("/stages/new/").content.decode()
    assert '<input class="form-check-input" type="checkbox" name="required_fields" value="next_step"' in page
    given = {"name": "Trial", "pipeline": str(pipeline), "required_fields": ["next_step", "competitor"]}
    assert client.post("/stages/new/", given).status_code == 302
    stage = Stage.objects.get(name="Trial")
    assert stage.required_fields == ["next_step", "competitor"]
    shown = client.get(f"/stages/{stage.pk}/").content.decode()
    assert ("Next step" in shown, "next_step</" in shown) == (True, False)


def test_a_holding_without_a_currency_is_in_the_companys_own(tenant: Any) -> None:
    one = record_save(Holding, {"name": "Deposit", "customer": a_customer(), "amount": "5"}, actor=SYSTEM)
    assert Holding.objects.get(pk=one).currency == current().currency
