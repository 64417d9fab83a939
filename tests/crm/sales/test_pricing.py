"""Prices come from the nearest book, rates from the day, and what is beyond a limit waits for somebody to agree."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.registry import registry
from crm.core.services import Change, record_save, records_save
from crm.core.verbs import verb_run
from crm.sales.models import (
    Approval,
    Deal,
    DealContact,
    DiscountLimit,
    ExchangeRate,
    Lead,
    LostReason,
    Order,
    PriceBook,
    Product,
    Quote,
    Stage,
    Subscription,
)
from crm.team.models import User
from crm.team.services import actor_of_user
from tests.crm.api.asking import hashes, sent
from tests.crm.exchange.running import imported, lines, reported
from tests.examples import a_customer, a_record, count

WORK = ["*.view_*", "*.add_*", "*.change_*", "*.win_*", "*.lose_*", "*.move_*"]


@pytest.fixture
def pot(tenant: Any) -> str:
    """A product with a price of its own."""
    values = {"name": f"Pot {next(count)}", "unit_price": "20", "currency": "USD", "category": "Kitchen"}
    return str(record_save(Product, values, actor=SYSTEM))


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


def person(role: str) -> Actor:
    """Somebody of a role."""
    return actor_of_user(User.objects.get(email=f"{role}@kith.test"), via="page", request_id="")


def refused(noun: str, verb: str, pk: UUID, actor: Actor, **inputs: Any) -> str:
    """With what an action is refused, of many reasons the first; nothing has changed."""
    before = hashes()
    with pytest.raises(CrmError) as refusal:
        verb_run(registry[noun], verb, pk, actor=actor, inputs=inputs)
    assert hashes() == before
    told: Any = refusal.value.details.get("errors", [{"code": refusal.value.code}])
    return str(told[0]["code"])


@pytest.fixture
def limits(pot: str) -> None:
    """Members take off 10 %, of kitchen things 20 %; everybody else 5 %."""
    DiscountLimit.objects.all().delete()
    member = {"role": "member", "percent": "10"}
    for values in (member, {**member, "category": "Kitchen", "percent": "20"}, {"percent": "5"}):
        record_save(DiscountLimit, {"name": "Limit", **values}, actor=SYSTEM)


def cut(pot: str, percent: str, *more: str, quantity: str = "1") -> list[dict[str, Any]]:
    """Lines with discounts: of a pot, and of other things."""
    lines = [{"product": pot, "unit_price": "10", "discount_percent": percent, "quantity": quantity}]
    return lines + [{"description": "Other", "unit_price": "10", "discount_percent": one} for one in more]


def offer(pot: str, percent: str, *more: str) -> UUID:
    """A quote with discounts: on a pot, and on other things."""
    return record_save(Quote, {"currency": "USD", "lines": cut(pot, percent, *more)}, actor=SYSTEM)


def test_what_is_within_the_limit_goes_out_and_what_is_beyond_waits(pot: str, limits: None) -> None:
    member, manager, quotes = person("member"), person("manager"), "sales.quote"
    verb_run(registry[quotes], "send", offer(pot, "20", "10"), actor=member, inputs={})
    verb_run(registry[quotes], "send", offer(pot, "90"), actor=manager, inputs={})
    assert refused(quotes, "send", offer(pot, "20.5"), member) == "approval_needed"
    one = offer(pot, "20", "11")
    assert refused(quotes, "send", one, member) == "approval_needed"
    verb_run(registry[quotes], "ask_approval", one, actor=member, inputs={"reason": "A first order."})
    asked = Approval.objects.get(object_id=one)
    assert (asked.percent, asked.status, asked.asked_by_id) == (11, "open", member.id)
    assert refused(quotes, "send", one, manager) == "approval_open"
    assert refused("sales.approval", "approve", asked.pk, member) == "forbidden"
    verb_run(registry["sales.approval"], "approve", asked.pk, actor=manager, inputs={"answer": "Once."})
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by_id, asked.answer) == ("approved", manager.id, "Once.")
    assert refused("sales.approval", "refuse", asked.pk, manager) == "already_decided"
    lines = [{"description": "Other", "unit_price": "10", "discount_percent": "12"}]
    record_save(Quote, {"lines": lines}, actor=SYSTEM, id=one)
    assert refused(quotes, "send", one, member) == "approval_needed"
    record_save(Quote, {"lines": cut(pot, "20", "11", quantity="9")}, actor=SYSTEM, id=one)
    assert refused(quotes, "send", one, member) == "approval_needed", "as much off, but of more"
    record_save(Quote, {"lines": [*cut(pot, "20", "11"), {"description": "At full price"}]}, actor=SYSTEM, id=one)
    verb_run(registry[quotes], "send", one, actor=member, inputs={})


def test_what_was_refused_or_withdrawn_counts_for_nothing(pot: str, limits: None) -> None:
    member, manager = person("member"), person("manager")
    one = offer(pot, "50")
    for verb, actor in (("refuse", manager), ("withdraw", member)):
        verb_run(registry["sales.quote"], "ask_approval", one, actor=member, inputs={"reason": "Please."})
        asked = Approval.objects.filter(object_id=one, status="open").get()
        verb_run(registry["sales.approval"], verb, asked.pk, actor=actor, inputs={})
        assert refused("sales.quote", "send", one, member) == "approval_needed"


def test_nobody_decides_what_they_asked_for(tenant: Any) -> None:
    manager = person("manager")
    one = record_save(Approval, {"reason": "A present for Mr Lin"}, actor=manager)
    assert refused("sales.approval", "approve", one, manager) == "own_approval"
    verb_run(registry["sales.approval"], "approve", one, actor=person("owner"), inputs={})


def test_a_deal_beyond_the_limit_is_not_won_by_any_way(pot: str, limits: None) -> None:
    member = person("member")
    lines = [{"product": pot, "unit_price": "10", "discount_percent": "40"}]
    one = record_save(Deal, {"name": "Pots", "currency": "USD", "lines": lines}, actor=SYSTEM)
    won = Stage.objects.filter(pipeline=Deal.objects.get(pk=one).pipeline, outcome="won")[0]
    assert refused("sales.deal", "win", one, member) == "approval_needed"
    assert refused("sales.deal", "move", one, member, stage=str(won.pk)) == "approval_needed"
    verb_run(registry["sales.deal"], "ask_approval", one, actor=member, inputs={"reason": "A year's worth."})
    verb_run(registry["sales.approval"], "approve", Approval.objects.get(object_id=one).pk, actor=SYSTEM, inputs={})
    verb_run(registry["sales.deal"], "win", one, actor=member, inputs={})


def test_no_other_door_wins_or_loses_a_deal_past_the_rules(
    pot: str, limits: None, key_client: Any, client_for: Any
) -> None:
    lines = [{"product": pot, "unit_price": "10", "discount_percent": "40"}]
    values = {"name": "Pots", "currency": "USD", "lines": lines}
    one = str(record_save(Deal, values, actor=SYSTEM))
    ends = dict(Stage.objects.filter(pipeline__is_default=True, deleted_at=None).values_list("outcome", "pk"))
    program, page, before = key_client(scopes=WORK), client_for("member"), hashes()
    path = f"/api/v1/deals/{one}"

    def told(answer: Any) -> list[tuple[str, str]]:
        return [(row["pointer"], row["code"]) for row in answer.json()["errors"]]

    needed, unsaid = [("/stage", "approval_needed")], [("/lost_reason", "required")]
    for ask in (
        lambda: sent(program.patch, path, {"stage": str(ends["won"])}),
        lambda: sent(program.patch, path, {"stage": str(ends["won"]), "lines": lines}),
        lambda: sent(program.post, f"{path}/win", {}),
        lambda: sent(program.post, "/api/v1/deals", {**values, "stage": str(ends["won"])}),
    ):
        assert told(ask()) == needed
    lost = {"stage": str(ends["lost"])}
    assert told(sent(program.patch, path, lost)) == told(sent(program.post, f"{path}/move", lost)) == unsaid
    shown = page.post(f"/deals/{one}/move/", {"stage": str(ends["won"])})
    assert "needs an approval" in shown.content.decode()
    assert hashes() == before
    assert sent(program.post, "/api/v1/deals", {"name": "Elsewhere", **lost}).status_code == 201, "told, not decided"
    why = str(LostReason.objects.filter(deleted_at=None)[0].pk)
    assert sent(program.patch, path, {**lost, "lost_reason": why}).status_code == 200
    assert told(sent(program.patch, path, {"stage": str(ends["won"])})) == [("/stage", "deal_closed")]
    assert told(sent(program.patch, path, {"lost_reason": None})) == unsaid


def test_who_may_change_but_not_win_wins_by_no_door(tenant: Any, key_client: Any) -> None:
    one = record_save(Deal, {"name": "Pots"}, actor=SYSTEM)
    won = Stage.objects.filter(pipeline__is_default=True, outcome="won", deleted_at=None)[0].pk
    scopes = ["sales.view_deal", "sales.change_deal", "sales.view_stage"]
    answer = sent(key_client(scopes=scopes).patch, f"/api/v1/deals/{one}", {"stage": str(won)})
    assert [row["code"] for row in answer.json()["errors"]] == ["forbidden"]
    assert Deal.objects.get(pk=one).status == "open"
    more = key_client(scopes=[*scopes, "sales.win_deal"])
    assert sent(more.patch, f"/api/v1/deals/{one}", {"stage": str(won)}).status_code == 200


def test_what_was_asked_stays_as_it_was_asked(pot: str, limits: None, key_client: Any) -> None:
    one, other, member = offer(pot, "50"), offer(pot, "60"), person("member")
    verb_run(registry["sales.quote"], "ask_approval", one, actor=member, inputs={"reason": "A first order."})
    asked, program, before = Approval.objects.get(object_id=one), key_client(scopes=WORK), hashes()
    path = f"/api/v1/approvals/{asked.pk}"
    for values in ({"percent": "99"}, {"object_id": str(other)}, {"reason": "A small thing."}):
        assert sent(program.patch, path, values).status_code == 422
    made = {"reason": "Please.", "kind": "discount", "percent": "99"}
    assert sent(program.post, "/api/v1/approvals", made).status_code == 422
    assert hashes() == before
    verb_run(registry["sales.approval"], "approve", asked.pk, actor=person("manager"), inputs={})
    assert sent(program.patch, path, {"reason": "Any discount."}).status_code == 422
    assert sent(program.patch, path, {"owner": str(member.id)}).status_code == 200


def test_a_limit_speaks_of_a_role_that_there_is(tenant: Any) -> None:
    with pytest.raises(CrmError) as refusal:
        record_save(DiscountLimit, {"name": "Limit", "role": "emperor", "percent": "5"}, actor=SYSTEM)
    assert "member" in str(refusal.value.details["errors"])


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
