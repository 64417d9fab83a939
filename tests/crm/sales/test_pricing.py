"""Prices come from the nearest book, rates from the day, and what is beyond a limit waits for somebody to agree."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.core.services import Change, record_save, records_save
from crm.core.verbs import verb_run
from crm.sales.models import (
    Deal,
    DealContact,
    ExchangeRate,
    Lead,
    Order,
    PriceBook,
    Product,
    Quote,
    Subscription,
)
from tests.crm.api.asking import hashes, sent
from tests.crm.exchange.running import imported, lines, reported
from tests.examples import a_customer, a_record, count

WORK = ["*.view_*", "*.add_*", "*.change_*", "*.win_*", "*.lose_*", "*.move_*"]


def book(pot: str, *steps: tuple[str, str], **values: Any) -> UUID:
    """A price book of steps (from quantity, price)."""
    prices = [{"product": pot, "least_quantity": least, "unit_price": price} for least, price in steps]
    given = {"name": f"Book {next(count)}", "currency": "USD", "prices": prices}
    return record_save(PriceBook, {**given, **values}, actor=SYSTEM)


def price(pot: str, quantity: str = "1", noun: type[Any] = Quote, **values: Any) -> Decimal:
    """What a line costs that says no price."""
    own = {"name": "Pots"} if noun is Deal else {}
    lines = [{"product": pot, "quantity": quantity}]
    pk = record_save(noun, {"currency": "USD", "lines": lines, **own, **values}, actor=SYSTEM)
    found: Decimal = noun.objects.get(pk=pk).lines.get().unit_price
    return found


@pytest.mark.parametrize("noun", [Deal, Quote])
def test_the_nearest_book_that_holds_says_the_price(pot: str, noun: type[Any]) -> None:
    customer = a_customer()
    assert price(pot, noun=noun, customer=customer) == 20
    book(pot, ("1", "18"), is_default=True)
    assert price(pot, noun=noun, customer=customer) == 18
    book(pot, ("1", "15"), ("10", "12"), customer=customer)
    assert (price(pot, noun=noun, customer=customer), price(pot, noun=noun, customer=a_customer())) == (15, 18)
    assert (price(pot, "9.5", noun, customer=customer), price(pot, "10", noun, customer=customer)) == (15, 12)
    named = book(pot, ("1", "7"))
    assert price(pot, noun=noun, customer=customer, price_book=named) == 7


def test_a_book_of_another_time_or_currency_says_nothing(pot: str) -> None:
    book(pot, ("1", "1"), is_default=True, ends_on="2020-01-01")
    book(pot, ("1", "2"), is_default=True, starts_on="2999-01-01")
    book(pot, ("1", "3"), is_default=True, currency="EUR")
    assert price(pot) == 20
    assert price(pot, currency="EUR") == 3


@pytest.mark.parametrize("noun", [Deal, Quote])
def test_a_product_priced_in_another_currency_costs_what_that_is_worth(pot: str, noun: type[Any]) -> None:
    record_save(ExchangeRate, {"currency": "NOK", "valid_on": "2020-01-01", "rate": "0.15"}, actor=SYSTEM)
    assert price(pot, noun=noun, currency="NOK") == Decimal("133.33")
    assert price(pot, noun=noun, currency="NOK", exchange_rate="0.1") == 200
    record_save(Product, {"currency": "NOK"}, actor=SYSTEM, id=UUID(pot))
    assert (price(pot, noun=noun), price(pot, noun=noun, currency="NOK")) == (3, 20)
    order = {"number": f"C-{next(count)}", "currency": "USD", "lines": [{"product": pot, "unit_price": "5"}]}
    record_save(Product, {"unit_cost": "10"}, actor=SYSTEM, id=UUID(pot))
    assert Order.objects.get(pk=record_save(Order, order, actor=SYSTEM)).margin_amount == Decimal("3.5")
    ExchangeRate.objects.filter(currency="NOK").delete()
    before = hashes()
    with pytest.raises(CrmError) as refusal:
        price(pot, noun=noun)
    told: Any = refusal.value.details["errors"]
    assert [(one["pointer"], one["code"]) for one in told] == [("/lines/0/unit_price", "no_rate")]
    assert hashes() == before
    order |= {"number": f"C-{next(count)}"}
    assert Order.objects.get(pk=record_save(Order, order, actor=SYSTEM)).margin_amount is None, "its cost is unknown"


def test_a_price_that_is_given_stands_and_one_that_was_taken_stays(pot: str) -> None:
    book(pot, ("1", "18"), is_default=True)
    lines = [{"product": pot, "unit_price": "0"}, {"product": pot}, {"description": "Gift"}]
    one = record_save(Deal, {"name": "Pots", "currency": "USD", "lines": lines}, actor=SYSTEM)
    assert list(Deal.objects.get(pk=one).lines.order_by("position").values_list("unit_price", flat=True)) == [0, 18, 0]
    book(pot, ("1", "5"), is_default=True)
    PriceBook.objects.filter(prices__unit_price=18).delete()
    record_save(Deal, {"lines": [{"product": pot, "quantity": "2", "unit_price": "18"}]}, actor=SYSTEM, id=one)
    record_save(Deal, {"lines": [{"product": pot, "quantity": "3"}]}, actor=SYSTEM, id=one)
    assert Deal.objects.get(pk=one).amount == 54


def test_what_a_deal_says_it_is_worth_stands_beside_products_without_a_price(pot: str) -> None:
    values = {"name": "Pots", "currency": "USD", "amount": "7", "lines": [{"product": pot}]}
    one = Deal.objects.get(pk=record_save(Deal, values, actor=SYSTEM))
    assert (one.amount, one.lines.get().amount) == (7, 0)
    record_save(Deal, {"lines": [{"product": pot}, {"unit_price": "3"}]}, actor=SYSTEM, id=one.pk)
    assert Deal.objects.get(pk=one.pk).amount == 23, "where one line has a price, the others have theirs"


def test_many_lines_ask_no_more_often_than_one(pot: str) -> None:
    book(pot, ("1", "18"), is_default=True)

    def cost(records: int) -> int:
        values = {"name": "Pots", "currency": "USD", "lines": [{"product": pot}] * records}
        with CaptureQueriesContext(connection) as asked:
            records_save(Deal, [Change(values)] * records, actor=SYSTEM)
        return len(asked)

    cost(1)
    assert cost(20) <= cost(1)


def test_the_rate_is_that_of_the_day(tenant: Any) -> None:
    for day, rate in (("2026-01-01", "1.10"), ("2026-02-01", "1.20")):
        record_save(ExchangeRate, {"currency": "NOK", "valid_on": day, "rate": rate}, actor=SYSTEM)

    def rate_of(day: str, **values: Any) -> Decimal | None:
        given = {"number": f"R-{next(count)}", "currency": "NOK", "ordered_at": f"{day}T12:00:00Z", **values}
        order = Order.objects.get(pk=record_save(Order, {**given, "lines": [{"unit_price": "100"}]}, actor=SYSTEM))
        assert order.amount_home == 100 * (order.exchange_rate or 0)
        return order.exchange_rate

    assert rate_of("2026-01-31") == Decimal("1.1")
    assert rate_of("2026-02-01") == Decimal("1.2")
    assert rate_of("2025-06-01") == Decimal("1.1")
    assert rate_of("2026-02-01", exchange_rate="3") == 3
    assert rate_of("2026-02-01", currency="USD") == 1
    assert rate_of("2026-02-01", currency="SEK", exchange_rate="2") == 2


@pytest.mark.parametrize(("noun", "values"), [
    ("deals", {"name": "Pots", "amount": "10"}), ("quotes", {"lines": [{"unit_price": "10"}]}),
    ("orders", {"number": "SEK-1", "lines": [{"unit_price": "10"}]}),
    ("subscriptions", {"name": "Tea", "customer": "", "amount": "10", "starts_on": "2026-01-01"}),
])  # fmt: skip
def test_money_of_which_nobody_knows_what_it_is_worth_is_refused(
    tenant: Any, key_client: Any, noun: str, values: dict[str, Any]
) -> None:
    client, before = key_client(), hashes()
    given = {"currency": "SEK", **{name: value or str(a_customer()) for name, value in values.items()}}
    before = hashes()
    answer = sent(client.post, f"/api/v1/{noun}/", given)
    (problem,) = answer.json()["errors"]
    assert (answer.status_code, problem["pointer"], problem["code"]) == (422, "/exchange_rate", "no_rate")
    assert problem["message"].startswith("There is no rate for SEK on 20")
    assert hashes() == before
    assert sent(client.post, f"/api/v1/{noun}/", {**given, "exchange_rate": "0.1"}).status_code == 201
    record_save(ExchangeRate, {"currency": "SEK", "valid_on": "2026-01-01", "rate": "0.1"}, actor=SYSTEM)
    again = {**given, "number": "SEK-2"} if noun == "orders" else given
    assert sent(client.post, f"/api/v1/{noun}/", again).status_code == 201


def test_a_row_a_form_and_a_conversion_hear_the_same(tenant: Any, client_for: Any) -> None:
    lead = record_save(Lead, {"name": "Bo Ek", "amount": "10", "currency": "SEK"}, actor=SYSTEM)
    client = client_for("owner")
    job, account = imported(b"name,amount,currency\nPots,10,SEK\nPans,10,USD\n", "sales.deal")
    assert (account.created, account.refused, reported(job)) == (1, 1, [(2, "refused", "refused")])
    assert "There is no rate for SEK" in lines(job)[0].message
    before = hashes()
    page = client.post("/deals/new/", {"name": "Pots", "amount": "10", "currency": "SEK"}).content.decode()
    assert "There is no rate for SEK" in page
    done = client.post(f"/leads/{lead}/convert/", {"has_deal": "on", "version": "1"}, HTTP_HX_REQUEST="true")
    assert "There is no rate for SEK" in done.content.decode()
    assert hashes() == before
    verb_run(registry["sales.lead"], "convert", lead, actor=SYSTEM, inputs={"has_deal": False})


def test_another_currency_brings_another_rate_unless_one_is_given(tenant: Any) -> None:
    record_save(ExchangeRate, {"currency": "EUR", "valid_on": "2026-01-01", "rate": "1.5"}, actor=SYSTEM)
    one = record_save(Deal, {"name": "Pots", "amount": "10", "currency": "USD"}, actor=SYSTEM)
    record_save(Deal, {"currency": "EUR"}, actor=SYSTEM, id=one)
    assert Deal.objects.get(pk=one).amount_home == 15
    record_save(Deal, {"currency": "USD", "exchange_rate": "2"}, actor=SYSTEM, id=one)
    assert Deal.objects.get(pk=one).amount_home == 20


def test_an_order_by_a_program_takes_the_price_that_it_does_not_say(pot: str, key_client: Any) -> None:
    customer = str(a_customer())
    book(pot, ("1", "15"), ("10", "12"), customer=customer)
    lines = [{"product": pot}, {"product": pot, "quantity": "10"}, {"product": pot, "unit_price": "0"}, {"code": "X"}]
    given = {"number": f"B-{next(count)}", "currency": "USD", "customer": customer, "lines": lines}
    answer = sent(key_client().post, "/api/v1/orders", given).json()
    assert [Decimal(line["unit_price"]) for line in answer["lines"]] == [15, 12, 0, 0]


def test_an_order_of_an_earlier_day_has_the_prices_of_that_day(pot: str, key_client: Any) -> None:
    book(pot, ("1", "9"), is_default=True, ends_on="2026-01-31")
    book(pot, ("1", "11"), is_default=True, starts_on="2026-02-01")

    def taken(day: str, currency: str) -> list[Decimal]:
        given = {"currency": currency, "ordered_at": f"{day}T12:00:00Z", "exchange_rate": "1"}
        given |= {"number": f"E-{next(count)}", "lines": [{"product": pot}]}
        answer = sent(key_client().post, "/api/v1/orders", given).json()
        return [Decimal(line.get("unit_price", -1)) for line in answer["lines"]]

    assert (taken("2026-01-31", "USD"), taken("2026-02-01", "USD")) == ([9], [11])
    record_save(Product, {"currency": "NOK"}, actor=SYSTEM, id=UUID(pot))
    assert taken("2026-01-31", "EUR") == [0], "what was sold is told though nobody knows the rate any more"
    for day, rate in (("2026-01-01", "0.1"), ("2026-02-01", "0.2")):
        record_save(ExchangeRate, {"currency": "NOK", "valid_on": day, "rate": rate}, actor=SYSTEM)
    assert (taken("2026-01-31", "EUR"), taken("2026-02-01", "EUR")) == ([2], [4])


def test_a_person_stands_in_a_deal_once_and_by_name(tenant: Any) -> None:
    values = {"deal": a_record("sales.deal"), "contact": a_record("customers.contact"), "role": "pays"}
    assert DealContact.objects.get(pk=record_save(DealContact, values, actor=SYSTEM)).name == "Ada Byron"
    with pytest.raises(CrmError):
        record_save(DealContact, values, actor=SYSTEM)


@pytest.mark.parametrize(("interval", "monthly"), [("month", "120"), ("quarter", "40"), ("year", "10")])
def test_what_is_paid_again_and_again_is_told_by_the_month(tenant: Any, interval: str, monthly: str) -> None:
    record_save(ExchangeRate, {"currency": "EUR", "valid_on": "2026-01-01", "rate": "2"}, actor=SYSTEM)
    values = {"name": "Tea", "customer": a_customer(), "amount": "120", "currency": "EUR", "interval": interval}
    one = record_save(Subscription, {**values, "starts_on": timezone.localdate()}, actor=SYSTEM)
    found = Subscription.objects.get(pk=one)
    assert (found.monthly_amount, found.monthly_home) == (Decimal(monthly), 2 * Decimal(monthly))
    with pytest.raises(CrmError):
        record_save(Subscription, {"ends_on": "2020-01-01"}, actor=SYSTEM, id=one)
