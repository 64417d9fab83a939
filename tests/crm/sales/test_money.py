"""Money is paid in whole units of its currency: lines, taxes, instalments and totals add up as the paper shows them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.sales.models import Deal, Lead, Order, Payment, Quote
from crm.sales.services.paper import quote_paper
from tests.crm.api.asking import hashes, sent
from tests.crm.exchange.running import imported, lines, reported
from tests.examples import a_customer, count

PENNIES = [{"quantity": "1", "unit_price": "1.005", "tax_percent": "7"}] * 3


def quote(currency: str, **values: Any) -> Quote:
    """A quote of three lines that cost a fraction of a cent."""
    given = {"subject": "Pots", "currency": currency, "exchange_rate": "1", "lines": PENNIES, **values}
    return Quote.objects.get(pk=record_save(Quote, given, actor=SYSTEM))


@pytest.mark.parametrize(("currency", "line", "tax", "total"), [
    ("USD", "1.01", "0.21", "3.24"),
    ("JPY", "1", "0", "3"),
    ("KWD", "1.005", "0.21", "3.225"),
])  # fmt: skip
def test_what_a_paper_shows_adds_up_in_each_currency(
    tenant: Any, currency: str, line: str, tax: str, total: str
) -> None:
    one = quote(currency)
    assert {row.amount for row in one.lines.all()} == {Decimal(line)}
    assert (one.net_amount, one.tax_amount, one.amount) == (3 * Decimal(line), Decimal(tax), Decimal(total))


def test_a_price_is_shown_with_all_its_digits_and_an_amount_with_its_currencys(tenant: Any) -> None:
    paper = quote_paper(quote("USD"))
    assert paper.rows[0][1:] == ("1", "$1.005", "7%", "$1.01")
    assert [text for _head, text in paper.totals] == ["$3.03", "$0.21", "$3.24"]


@pytest.mark.parametrize(("currency", "count_", "each", "last"), [
    ("USD", 7, "0.46", "0.48"), ("JPY", 2, "1", "2"), ("KWD", 2, "1.612", "1.613"),
])  # fmt: skip
def test_a_plan_adds_up_to_the_order_and_paying_it_leaves_nothing_open(
    tenant: Any, currency: str, count_: int, each: str, last: str
) -> None:
    one = quote(currency, customer=a_customer())
    for verb, inputs in (("send", {}), ("accept", {"name": "Ada"}), ("order", {})):
        verb_run(registry["sales.quote"], verb, one.pk, actor=SYSTEM, inputs=inputs)
    order, orders = Order.objects.get(quote=one), registry["sales.order"]
    verb_run(orders, "plan", order.pk, actor=SYSTEM, inputs={"count": count_, "first_on": "2026-01-01"})
    due = list(Payment.objects.filter(order=order).order_by("due_on").values_list("amount", flat=True))
    assert due == [Decimal(each)] * (count_ - 1) + [Decimal(last)]
    assert sum(due) == one.amount == order.open_amount
    verb_run(orders, "pay", order.pk, actor=SYSTEM, inputs={})
    order.refresh_from_db()
    assert (order.paid_amount, order.open_amount, order.due_on) == (one.amount, 0, None)


def test_another_currency_rounds_the_lines_that_stand_there_anew(tenant: Any) -> None:
    one = quote("USD")
    record_save(Quote, {"currency": "JPY", "exchange_rate": "0.01"}, actor=SYSTEM, id=one.pk)
    assert [row.amount for row in one.lines.all()] == [1, 1, 1]
    assert Quote.objects.get(pk=one.pk).amount == 3
    ids = list(one.lines.values_list("pk", flat=True))
    record_save(Quote, {"currency": "KRW", "exchange_rate": "0.001"}, actor=SYSTEM, id=one.pk)
    assert list(one.lines.values_list("pk", flat=True)) == ids, "lines that stay as they are are left alone"


@pytest.mark.parametrize(("noun", "values"), [
    ("deals", {"name": "Pots"}), ("leads", {"name": "Ada"}), ("holdings", {"name": "Deposit", "customer": ""}),
    ("subscriptions", {"name": "Tea", "customer": "", "starts_on": "2026-01-01"}),
])  # fmt: skip
def test_an_amount_that_nobody_can_pay_is_refused_with_what_is_nearest(
    tenant: Any, key_client: Any, noun: str, values: dict[str, Any]
) -> None:
    client, given = key_client(), {name: value or str(a_customer()) for name, value in values.items()}
    rate = {} if noun in ("leads", "holdings") else {"exchange_rate": "1"}
    before = hashes()
    for currency, amount, nearest in (("JPY", "100.5", "101"), ("USD", "1.005", "1.01"), ("KWD", "1.0005", "1.001")):
        told = {**given, **rate, "currency": currency}
        answer = sent(client.post, f"/api/v1/{noun}/", {**told, "amount": amount})
        (problem,) = answer.json()["errors"]
        assert (answer.status_code, problem["pointer"], problem["code"]) == (422, "/amount", "too_fine")
        assert (currency in problem["message"], problem["allowed"]) == (True, [nearest])
        assert hashes() == before
    assert sent(client.post, f"/api/v1/{noun}/", {**told, "amount": nearest}).status_code == 201


def test_an_action_refuses_it_and_a_form_says_so_at_the_field(tenant: Any, key_client: Any, client_for: Any) -> None:
    order = record_save(
        Order, {"number": f"M-{next(count)}", "status": "open", "lines": [{"unit_price": "10"}]}, actor=SYSTEM
    )
    client, page = key_client(scopes=["*.view_*", "*.pay_*", "*.add_*", "*.change_*"]), client_for("owner")
    before = hashes()
    answer = sent(client.post, f"/api/v1/orders/{order}/pay", {"amount": "1.005"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "too_fine")
    form = page.post("/leads/new/", {"name": "Ada", "amount": "1.005", "currency": "USD"})
    assert "Amounts in USD have at most 2 decimal places." in form.content.decode()
    assert hashes() == before
    assert sent(client.post, f"/api/v1/orders/{order}/pay", {"amount": "1.01"}).status_code == 200


def test_what_was_stored_by_other_rules_stands_in_nobodys_way(tenant: Any) -> None:
    deal = record_save(Deal, {"name": "Pots", "amount": "10"}, actor=SYSTEM)
    Deal.objects.filter(pk=deal).update(amount=Decimal("10.425"))
    record_save(Deal, {"next_step": "Call"}, actor=SYSTEM, id=deal)
    assert Deal.objects.get(pk=deal).next_step == "Call"


def test_a_file_of_sums_is_rounded_and_the_account_says_so(tenant: Any) -> None:
    text = "name,amount,currency,email\nAda,33.3333,USD,a@sums.test\nBo,5,USD,b@sums.test\nCy,10.5,JPY,c@sums.test\n"
    for _again in range(2):
        job, account = imported(text.encode(), "sales.lead")
        assert account.refused == 0
        assert reported(job) == [(2, "rounded", "note"), (4, "rounded", "note")]
        assert lines(job)[0].message == "33.3333 has more decimal places than its currency; it was rounded to 33.33."
    found = Lead.objects.filter(email__endswith="@sums.test").order_by("name").values_list("amount", flat=True)
    assert list(found) == [Decimal("33.33"), 5, 11]
