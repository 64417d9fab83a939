"""Money for orders: every order knows what was paid, what is open and which day comes next."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.core.services import record_save, records_delete, records_restore
from crm.core.takeback import records_remove
from crm.core.verbs import verb_run
from crm.sales.models import Order, Payment, Product
from tenants.context import inside
from tests.crm.api.asking import hashes, sent
from tests.examples import a_customer, count

ORDERS, PAYMENTS = registry["sales.order"], registry["sales.payment"]


def order(price: str = "100", **values: Any) -> UUID:
    """An open order of one thing."""
    given = {"number": f"PAY-{next(count)}", "customer": a_customer(), "status": "open", "currency": "EUR"}
    lines = [{"description": "Pot", "quantity": "1", "unit_price": price}]
    return record_save(Order, {**given, "lines": lines, **values}, actor=SYSTEM)


def standing(pk: UUID) -> tuple[Decimal, Decimal | None, date | None]:
    """Paid, open, next day."""
    return Order.objects.values_list("paid_amount", "open_amount", "due_on").get(pk=pk)


def rows(pk: UUID) -> list[tuple[str, str, Decimal]]:
    """The payments of an order."""
    return list(Payment.objects.filter(order=pk).order_by("due_on", "pk").values_list("kind", "status", "amount"))


def run(noun: Any, verb: str, pk: UUID, actor: Actor = SYSTEM, **inputs: Any) -> None:
    """Run an action."""
    verb_run(noun, verb, pk, actor=actor, inputs=inputs)


def refused(noun: Any, verb: str, pk: UUID, actor: Actor = SYSTEM, **inputs: Any) -> str:
    """With what an action is refused; nothing has changed."""
    before = hashes()
    with pytest.raises(CrmError) as refusal:
        run(noun, verb, pk, actor, **inputs)
    assert hashes() == before
    return refusal.value.code


def test_an_open_order_is_owed_and_an_old_completed_one_says_nothing(tenant: Any) -> None:
    assert standing(order()) == (0, Decimal(100), None)
    assert standing(order(status="completed")) == (0, None, None)
    lines = [{"unit_price": "100", "tax_percent": "19", "discount_percent": "50"}]
    assert standing(order(lines=lines)) == (0, Decimal("59.5"), None)


def test_a_plan_splits_what_is_open_to_the_cent(tenant: Any) -> None:
    one = order()
    run(ORDERS, "plan", one, count=3, first_on="2026-01-31")
    found = Payment.objects.filter(order=one).order_by("due_on").values_list("due_on", "amount")
    days = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
    assert list(found) == list(zip(days, map(Decimal, ("33.33", "33.33", "33.34")), strict=True))
    assert standing(one) == (0, Decimal(100), date(2026, 1, 31))
    assert refused(ORDERS, "plan", one, count=2, first_on="2026-01-31") == "nothing_open"
    assert refused(ORDERS, "plan", order("0.02"), count=3, first_on="2026-01-31") == "too_many"


def test_money_goes_to_what_is_due_first_and_the_rest_stays_due(tenant: Any) -> None:
    one = order()
    run(ORDERS, "plan", one, count=2, first_on="2026-01-15")
    run(ORDERS, "pay", one, amount="70", paid_on="2026-01-20", method="transfer", reference="R-1")
    assert rows(one) == [("payment", "paid", 50), ("payment", "paid", 20), ("payment", "due", 30)]
    assert standing(one) == (70, Decimal(30), date(2026, 2, 15))
    run(ORDERS, "pay", one)
    assert standing(one) == (100, Decimal(0), None)
    assert refused(ORDERS, "pay", one) == "nothing_open"


def test_an_instalment_is_received_in_part_and_never_twice(tenant: Any) -> None:
    one = order()
    run(ORDERS, "plan", one, count=1, first_on="2026-01-15")
    due = Payment.objects.get(order=one)
    assert refused(PAYMENTS, "receive", due.pk, amount="100.01") == "too_much"
    run(PAYMENTS, "receive", due.pk, amount="40", method="wechat")
    assert rows(one) == [("payment", "paid", 40), ("payment", "due", 60)]
    due.refresh_from_db()
    assert (due.status, due.paid_on, due.method) == ("paid", timezone.localdate(), "wechat")
    assert refused(PAYMENTS, "receive", due.pk) == "already_paid"
    assert standing(one) == (40, Decimal(60), date(2026, 1, 15))


def test_no_more_is_given_back_than_was_paid(tenant: Any, client_for: Any) -> None:
    one, back = order(), order(kind="credit", lines=[{"description": "Pot", "quantity": "-1", "unit_price": "9"}])
    assert refused(ORDERS, "pay", back, amount="9") == "nothing_open"
    run(ORDERS, "pay", one, amount="80")
    paid = Payment.objects.get(order=one)
    assert refused(PAYMENTS, "refund", paid.pk, amount="81") == "too_much"
    run(PAYMENTS, "refund", paid.pk, amount="30")
    assert standing(one)[:2] == (50, Decimal(50))
    sums = client_for("owner").get(f"/payments/sums/?fields=number,amount&order={one}", HTTP_HX_REQUEST="true")
    assert "€50.00" in sums.content.decode()
    run(PAYMENTS, "refund", paid.pk, amount="50")
    assert refused(PAYMENTS, "refund", paid.pk) == "too_much"
    assert standing(one)[:2] == (0, Decimal(100))


def test_an_order_follows_its_payments_whatever_becomes_of_them(tenant: Any) -> None:
    one, other = order(), order()
    paid = record_save(Payment, {"order": one, "amount": "60", "paid_on": "2026-01-02"}, actor=SYSTEM)
    assert standing(one)[:2] == (60, Decimal(40))
    record_save(Payment, {"amount": "70"}, actor=SYSTEM, id=paid)
    assert standing(one)[:2] == (70, Decimal(30))
    record_save(Payment, {"order": other}, actor=SYSTEM, id=paid)
    assert (standing(one)[0], standing(other)[0]) == (0, 70)
    records_delete(Payment, [paid], actor=SYSTEM)
    assert standing(other)[:2] == (0, Decimal(100))
    records_restore(Payment, [paid], actor=SYSTEM)
    assert standing(other)[0] == 70
    records_remove(Payment, [paid], actor=SYSTEM)
    assert standing(other)[0] == 0


def test_an_order_is_kept_while_money_stands_on_it_and_takes_no_more_than_is_open(tenant: Any, key_client: Any) -> None:
    one, client = order(), key_client()
    path = f"/api/v1/orders/{one}"
    for amount, words in (("100.01", "100.00 is open"), ("-5", "above zero")):
        answer = sent(client.post, f"{path}/pay", {"amount": amount})
        assert (answer.status_code, words in answer.json()["detail"]) == (409, True)
    run(ORDERS, "pay", one, amount="60")
    answer = client.delete(path)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:kith:problem:has_payments")
    assert client.get(path).status_code == 200
    records_delete(Payment, Payment.objects.filter(order=one).values_list("pk", flat=True), actor=SYSTEM)
    assert client.delete(path).status_code == 204


def test_an_order_that_ends_is_not_forgotten(tenant: Any) -> None:
    one, cancelled = order(), order()
    run(ORDERS, "complete", one)
    assert standing(one) == (0, Decimal(100), timezone.localdate())
    assert refused(ORDERS, "cancel", one) == "order_closed"
    run(ORDERS, "reopen", one)
    run(ORDERS, "pay", cancelled, amount="25")
    run(ORDERS, "cancel", cancelled)
    assert standing(cancelled)[:2] == (25, Decimal(-25))


def test_the_margin_keeps_the_cost_of_the_day(tenant: Any) -> None:
    product = record_save(Product, {"name": "Pot", "unit_cost": "30"}, actor=SYSTEM)
    line = {"product": str(product), "quantity": "2", "unit_price": "50", "discount_percent": "10"}
    one = order(lines=[line, {"kind": "fee", "unit_price": "5"}])
    made = Order.objects.get(pk=one)
    assert (made.amount, made.margin_amount) == (Decimal(95), Decimal(35))
    record_save(Product, {"unit_cost": "44"}, actor=SYSTEM, id=product)
    record_save(Order, {"lines": [{**line, "quantity": "1"}]}, actor=SYSTEM, id=one)
    assert Order.objects.get(pk=one).margin_amount == Decimal(15)
    assert Order.objects.get(pk=order(lines=[{**line, "unit_cost": "50"}])).margin_amount == Decimal(-10)
    assert Order.objects.get(pk=order(lines=[line, {"unit_price": "5"}])).margin_amount is None


def test_who_only_reads_notes_no_money(tenant: Any) -> None:
    reader = Actor("user", permissions=frozenset({"*.view_*"}))
    one = order()
    assert refused(ORDERS, "pay", one, reader) == "forbidden"
    assert refused(ORDERS, "cancel", one, reader) == "forbidden"


def test_thirty_payments_at_once_are_thirty(committed: Any) -> None:
    with inside(committed):
        one = order("1000")
        run(ORDERS, "plan", one, count=4, first_on="2026-01-15")

    def pay(n: int) -> None:
        try:
            with inside(committed):
                run(ORDERS, "pay", one, amount="20", reference=str(n))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(pay, range(30)))
    with inside(committed):
        assert standing(one)[:2] == (600, Decimal(400))
        due = Payment.objects.filter(order=one, status="due")
        assert sum(due.values_list("amount", flat=True)) == 400
        numbers = list(Payment.objects.filter(order=one).values_list("number", flat=True))
        assert len(set(numbers)) == len(numbers)
