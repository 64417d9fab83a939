"""Rows removed for good: parts go with them, loose links are emptied, and what needs them keeps them."""

from __future__ import annotations

import pytest
from django.db.models import ProtectedError

from crm.core.actors import SYSTEM
from crm.core.removing import rows_remove
from crm.core.services import record_save
from crm.customers.models import Contact, Customer
from crm.sales.models import Lead, Order, Product
from crm.sales.models.orders import OrderLine
from tenants.models import Tenant


def test_parts_go_to_the_last_generation_and_loose_links_are_emptied(tenant: Tenant) -> None:
    whole = record_save(Customer, {"name": "Whole"}, actor=SYSTEM)
    other = record_save(Customer, {"name": "Other", "parent": whole}, actor=SYSTEM)
    person = record_save(Contact, {"name": "Person", "customer": whole}, actor=SYSTEM)
    kept = record_save(Contact, {"name": "Kept", "customer": other}, actor=SYSTEM)
    lead = record_save(Lead, {"name": "Lead"}, actor=SYSTEM)
    Lead.objects.filter(pk=lead).update(contact_id=person)
    rows_remove(Customer, [whole])
    assert list(Customer.objects.filter(pk__in=[whole, other]).values_list("pk", "parent_id")) == [(other, None)]
    assert list(Contact.objects.filter(pk__in=[person, kept]).values_list("pk", flat=True)) == [kept]
    assert Lead.objects.get(pk=lead).contact_id is None


def test_what_needs_a_row_keeps_it_with_all_that_hangs_on_it(tenant: Tenant) -> None:
    customer = record_save(Customer, {"name": "Needed"}, actor=SYSTEM)
    product = record_save(Product, {"sku": "R1", "name": "Cup", "unit_price": "1"}, actor=SYSTEM)
    lines = [{"product": product, "quantity": "1"}]
    order = record_save(Order, {"number": "R1", "customer": customer, "lines": lines}, actor=SYSTEM)
    for model, pk in ((Customer, customer), (Product, product)):
        with pytest.raises(ProtectedError):
            rows_remove(model, [pk])
        assert model.objects.filter(pk=pk).exists()
    rows_remove(Order, [order])
    assert not OrderLine.objects.filter(order_id=order).exists()
    rows_remove(Customer, [customer])
    assert not Customer.objects.filter(pk=customer).exists()
