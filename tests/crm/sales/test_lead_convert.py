"""A lead becomes a customer, a contact and a deal: once, and nothing it said is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from crm.core.actors import SYSTEM, Actor
from crm.core.customising.services import custom_field_create
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.reading import record_read
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.customers.models import Contact, Customer
from crm.sales.models import Deal, DealContact, Lead, Quote
from tenants.context import inside

LEADS = registry["sales.lead"]
COMPANY = {
    "name": "Grace Okafor",
    "company": "Okafor Foods",
    "position": "Buyer",
    "email": "grace@okafor.example",
    "phone": "+442079460123",
    "wechat": "grace_ok",
    "source": "Fair",
    "interest": "Tea pots",
    "amount": "900",
    "currency": "EUR",
    "rating": "hot",
    "notes": "Met in hall 3.",
}


def lead(**values: Any) -> Lead:
    """A lead of these values."""
    return Lead.objects.get(pk=record_save(Lead, values or COMPANY, actor=SYSTEM))


def converted(one: Lead, actor: Actor = SYSTEM, **inputs: Any) -> Lead:
    """Convert it and read it again."""
    verb_run(LEADS, "convert", one.pk, actor=actor, inputs=inputs)
    return Lead.objects.get(pk=one.pk)


def test_a_company_becomes_a_customer_with_a_contact_and_a_deal(tenant: Any) -> None:
    one = converted(lead())
    customer, contact, deal = one.customer, one.contact, one.deal
    assert customer
    assert contact
    assert deal
    assert (customer.name, customer.kind, customer.source) == ("Okafor Foods", "company", "Fair")
    assert (contact.name, contact.position, contact.customer) == ("Grace Okafor", "Buyer", customer)
    assert (deal.name, deal.customer, deal.amount, deal.next_step) == (
        "Okafor Foods: Tea pots",
        customer,
        Decimal(900),
        "",
    )
    assert contact.wechat == "grace_ok"
    person = DealContact.objects.get(deal=deal)
    assert (person.contact, person.is_main, person.name) == (contact, True, "Grace Okafor")
    verb_run(registry["sales.deal"], "quote", deal.pk, actor=SYSTEM, inputs={})
    assert Quote.objects.get(deal=deal).contact == contact
    assert one.status == "converted"
    assert one.converted_at


def test_every_value_that_went_nowhere_is_listed(tenant: Any) -> None:
    one = converted(lead())
    assert one.dropped == ["rating"]
    assert one.wechat == "grace_ok"


def test_what_went_nowhere_tells_no_value_that_is_masked_on_the_lead(tenant: Any) -> None:
    passport = custom_field_create(
        "sales.lead", actor=SYSTEM, label_text="Passport", kind="text", is_sensitive=True, is_personal=True
    )
    one = converted(lead(**COMPANY, **{passport.name: "E12345678"}))
    reader = Actor("user", permissions=frozenset({"sales.view_lead", "core.view_event"}))
    read = record_read(LEADS, one.pk, actor=reader)
    assert passport.name in read["dropped"]
    assert "E12345678" not in str(read)
    assert "E12345678" in str(record_read(LEADS, one.pk, actor=SYSTEM)), "the value itself stays"
    assert "E12345678" not in str(list(Event.objects.values_list("before", "after")))


def test_a_person_becomes_a_customer_without_a_contact(tenant: Any) -> None:
    one = converted(lead(name="Ada Byron", email="ada@mill.example", wechat="ada"), has_deal=False)
    assert one.customer
    assert (one.customer.kind, one.customer.wechat, one.contact, one.deal) == ("person", "ada", None, None)
    assert one.dropped == []


def test_it_may_join_a_customer_that_is_there(tenant: Any) -> None:
    known = record_save(Customer, {"name": "Okafor", "kind": "company"}, actor=SYSTEM)
    one = converted(lead(), customer=str(known), deal_name="Pots")
    assert one.customer_id == known
    assert one.contact
    assert one.contact.customer_id == known
    assert one.deal
    assert one.deal.name == "Pots"
    assert one.dropped == ["company", "rating"]
    assert one.deal.notes == "Tea pots\nMet in hall 3."


def test_it_is_refused_a_second_time(tenant: Any) -> None:
    one = converted(lead())
    count = Customer.objects.count()
    with pytest.raises(CrmError) as refused:
        converted(one)
    assert (refused.value.code, Customer.objects.count()) == ("already_converted", count)


def test_its_status_is_not_said_by_hand(tenant: Any) -> None:
    fresh, done = lead(), converted(lead())
    come = Lead.objects.get(pk=record_save(Lead, {"name": "From elsewhere", "status": "converted"}, actor=SYSTEM))
    assert come.converted_at
    for one, status, words in ((fresh, "converted", "by “Convert”"), (done, "new", "converted already")):
        with pytest.raises(CrmError, match=words):
            record_save(Lead, {"status": status}, actor=SYSTEM, id=one.pk)
        assert Lead.objects.get(pk=one.pk).status == one.status
    assert record_save(Lead, {"status": "working"}, actor=SYSTEM, id=fresh.pk) == fresh.pk


def test_the_permission_to_convert_is_enough_and_none_is_not(tenant: Any) -> None:
    may = Actor("user", permissions=frozenset({"sales.convert_lead"}))
    one = lead()
    count = Customer.objects.count()
    with pytest.raises(CrmError) as refused:
        converted(one, Actor("user", permissions=frozenset({"sales.view_lead", "sales.change_lead"})))
    assert (refused.value.status, Customer.objects.count()) == (403, count)
    assert converted(one, may).customer


def test_a_stage_that_asks_for_more_refuses_the_whole_conversion(tenant: Any) -> None:
    first = registry["sales.stage"].model._default_manager.filter(pipeline__is_default=True).order_by("position")[0]
    record_save(type(first), {"required_fields": ["expected_close_on"]}, actor=SYSTEM, id=first.pk)
    one, customers, facts = lead(), Customer.objects.count(), Event.objects.count()
    with pytest.raises(CrmError):
        converted(one)
    assert (Customer.objects.count(), Deal.objects.filter(name__startswith="Okafor Foods").count()) == (customers, 0)
    assert Event.objects.count() == facts
    assert converted(one, has_deal=False).customer


def test_fifty_conversions_at_once_give_one_customer(committed: Any) -> None:
    with inside(committed):
        one = lead()
        before = Customer.objects.count(), Contact.objects.count(), Deal.objects.count()

    def try_it(_n: int) -> str:
        try:
            with inside(committed):
                converted(one)
            return "done"
        except CrmError as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(try_it, range(50)))
    assert sorted(answers) == ["already_converted"] * 49 + ["done"]
    with inside(committed):
        assert (Customer.objects.count(), Contact.objects.count(), Deal.objects.count()) == tuple(n + 1 for n in before)
