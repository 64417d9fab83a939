"""A quote goes from a deal to the customer and back, and nobody changes what was sent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.sales.models import Deal, Letterhead, Order, Quote
from crm.sales.services.quotes import quotes_expire
from tests.crm.api.asking import hashes
from tests.examples import a_customer, a_product

QUOTES, DEALS = registry["sales.quote"], registry["sales.deal"]


def quote(**values: Any) -> Quote:
    """A quote of these values."""
    lines = [{"product": a_product(), "quantity": "4", "unit_price": "12.50", "discount_percent": "10"}]
    given = {"subject": "Pots", "currency": "USD", "lines": lines, **values}
    return Quote.objects.get(pk=record_save(Quote, given, actor=SYSTEM))


def run(one: Quote, verb: str, actor: Actor = SYSTEM, **inputs: Any) -> Quote:
    """Run an action and read the quote again."""
    verb_run(QUOTES, verb, one.pk, actor=actor, inputs=inputs)
    return Quote.objects.get(pk=one.pk)


def refused(one: Quote, verb: str, actor: Actor = SYSTEM, **inputs: Any) -> str:
    """With what an action is refused; nothing has changed."""
    before = hashes()
    with pytest.raises(CrmError) as refusal:
        verb_run(QUOTES, verb, one.pk, actor=actor, inputs=inputs)
    assert hashes() == before
    return refusal.value.code


def overdue(one: Quote) -> Quote:
    """The quote, sent, with its last day behind it."""
    one = run(one, "send")
    Quote.objects.filter(pk=one.pk).update(valid_until=timezone.localdate() - timedelta(days=1))
    return Quote.objects.get(pk=one.pk)


def test_a_deal_becomes_a_quote_in_one_go(tenant: Any) -> None:
    head = record_save(
        Letterhead, {"name": "Tea Ltd", "is_default": True, "terms": "Net 14", "valid_days": 10}, actor=SYSTEM
    )
    lines = [{"product": a_product(), "quantity": "4", "unit_price": "12.50", "discount_percent": "10"}]
    values = {"name": "Pots", "customer": a_customer(), "currency": "EUR", "exchange_rate": "2", "lines": lines}
    deal = record_save(Deal, values, actor=SYSTEM)
    verb_run(DEALS, "quote", deal, actor=SYSTEM, inputs={})
    one = Quote.objects.get(deal=deal)
    assert (one.customer_id, one.subject, one.currency) == (one.deal.customer_id, "Pots", "EUR")  # type: ignore[union-attr]  # it has one
    assert (one.letterhead_id, one.terms) == (head, "Net 14")
    assert one.valid_until == timezone.localdate() + timedelta(days=10)
    assert (one.amount, one.amount_home, one.status) == (Decimal(45), Decimal(90), "draft")
    assert one.lines.get().amount == Decimal(45)


def test_a_deal_without_products_is_quoted_at_its_amount(tenant: Any) -> None:
    deal = record_save(Deal, {"name": "Advice", "amount": "900"}, actor=SYSTEM)
    verb_run(DEALS, "quote", deal, actor=SYSTEM, inputs={})
    line = Quote.objects.get(deal=deal).lines.get()
    assert (line.description, line.amount) == ("Advice", Decimal(900))


def test_taxes_come_on_top_and_are_said_apart(tenant: Any) -> None:
    lines = [{"quantity": "3", "unit_price": "10", "tax_percent": "19"}, {"unit_price": "1", "tax_percent": "0"}]
    one = quote(lines=lines)
    assert (one.net_amount, one.tax_amount, one.amount) == (Decimal(31), Decimal("5.7"), Decimal("36.7"))


def test_numbers_follow_each_other_and_skip_those_of_others(tenant: Any) -> None:
    quote(number="Q-2026/17")
    first, second = quote(), quote()
    assert int(second.number[2:]) == int(first.number[2:]) + 1
    assert first.number.startswith("Q-0")


def test_what_was_sent_stays_as_it_was_sent(tenant: Any) -> None:
    one = run(quote(), "send")
    assert (one.status, one.sent_at is not None) == ("sent", True)
    before = hashes()
    for values in ({"terms": "Others"}, {"lines": []}, {"valid_until": "2030-01-01"}, {"exchange_rate": "3"}):
        with pytest.raises(CrmError) as refusal:
            record_save(Quote, values, actor=SYSTEM, id=one.pk)
        assert {error["code"] for error in refusal.value.details["errors"]} == {"not_draft"}  # type: ignore[attr-defined]  # a list of problems
    assert hashes() == before
    record_save(Quote, {"notes": "He called."}, actor=SYSTEM, id=one.pk)


def test_a_quote_without_lines_or_days_left_is_not_sent(tenant: Any) -> None:
    assert refused(quote(lines=[]), "send") == "no_lines"
    assert refused(quote(valid_until="2020-01-01"), "send") == "quote_expired"


def test_a_revision_replaces_what_it_came_from(tenant: Any) -> None:
    one = run(quote(), "send")
    assert refused(quote(), "revise") == "wrong_status"
    run(one, "revise")
    old, new = Quote.objects.get(pk=one.pk), Quote.objects.get(revised_from=one)
    assert (old.status, new.status, new.revision, new.number) == ("replaced", "draft", 2, f"{one.number}-2")
    assert new.lines.get().discount_percent == Decimal(10)
    assert refused(old, "accept", name="Ann") == "wrong_status"
    run(run(new, "send"), "revise")
    assert Quote.objects.get(revised_from=new).number == f"{one.number}-3"


def test_yes_and_no_are_said_once(tenant: Any) -> None:
    one = run(quote(), "send")
    assert refused(one, "order") == "wrong_status"
    one = run(one, "accept", name="Ann Lee")
    assert (one.status, one.answered_name, one.answered_at is not None) == ("accepted", "Ann Lee", True)
    assert refused(one, "decline", reason="No") == "wrong_status"
    other = run(run(quote(), "send"), "decline", reason="Too dear")
    assert (other.status, other.decline_reason) == ("declined", "Too dear")
    assert refused(other, "accept", name="Ann") == "wrong_status"


def test_only_your_own_people_note_a_late_answer(tenant: Any) -> None:
    one = overdue(quote())
    portal = Actor("portal", permissions=frozenset({"sales.accept_quote"}))
    assert refused(one, "accept", portal, name="Ann") == "quote_expired"
    assert run(one, "accept", name="Ann").status == "accepted"


def test_an_accepted_quote_becomes_an_order_once_and_wins_the_deal(tenant: Any) -> None:
    deal = record_save(Deal, {"name": "Pots", "customer": a_customer(), "currency": "EUR"}, actor=SYSTEM)
    lines = [{"description": "Pot", "quantity": "4", "unit_price": "10", "discount_percent": "5", "tax_percent": "19"}]
    one = run(run(quote(deal=deal, currency="EUR", lines=lines), "send"), "accept", name="Ann")
    run(one, "order", wins_deal=True)
    order = Order.objects.get(quote=one)
    assert (order.status, order.deal_id, order.customer_id) == ("open", deal, one.customer_id)
    assert (order.amount, order.tax_amount, order.open_amount) == (Decimal(38), Decimal("7.22"), Decimal("45.22"))
    won = Deal.objects.get(pk=deal)
    assert (won.status, won.amount, won.lines.get().discount_percent) == ("won", 38, 5), "won at what was ordered"
    assert refused(one, "order", wins_deal=True) == "already_ordered"


def test_the_deal_may_stay_open(tenant: Any) -> None:
    deal = record_save(Deal, {"name": "Pots", "currency": "EUR"}, actor=SYSTEM)
    run(run(run(quote(deal=deal), "send"), "accept", name="Ann"), "order", wins_deal=False)
    assert Deal.objects.get(pk=deal).status == "open"


def test_the_night_marks_what_nobody_answered(tenant: Any) -> None:
    late, waiting = overdue(quote()), run(quote(), "send")
    quotes_expire()
    assert Quote.objects.get(pk=late.pk).status == "expired"
    assert Quote.objects.get(pk=waiting.pk).status == "sent"
    assert Event.objects.filter(name="sales.quote.expire", object_id=late.pk).count() == 1
    assert quotes_expire() == 0


@pytest.mark.parametrize("verb", ["send", "accept", "decline", "revise", "order"])
def test_who_only_reads_does_none_of_it(tenant: Any, verb: str) -> None:
    one, inputs = quote(), {"accept": {"name": "Ann"}, "decline": {"reason": "No"}}.get(verb, {})
    reader = Actor("user", permissions=frozenset({"*.view_*", "sales.change_quote"}))
    assert refused(one, verb, reader, **inputs) == "forbidden"
