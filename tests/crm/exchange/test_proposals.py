"""What columns are taken for: by their headers, by what stands in them, and for whose order it is."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.utils import translation

from crm.core.actors import SYSTEM
from crm.core.services import Change, records_save
from crm.customers.models import Customer
from crm.exchange.services import import_analyse, import_start
from crm.sales.models import Order
from tenants.models import Tenant
from tests.crm.exchange.running import imported, reported

ADA, BEA = "ada@shop.example", "bea@shop.example"


def taken(text: str, label: str = "customers.customer") -> list[str]:
    """The targets that are proposed."""
    job = import_start(io.BytesIO(text.encode()), label=label, actor=SYSTEM, filename="file.csv")
    return [column.target for column in import_analyse(job, actor=SYSTEM).columns]


def test_an_address_is_known_by_its_looks_whatever_the_header_says(tenant: Tenant) -> None:
    addresses = taken(
        f"Name,E-mail Address,IP address,Web address,Address\nAda,{ADA},10.0.0.1,https://a.example,1 High St\n"
    )
    assert addresses == ["name", "email", "+notes", "+notes", "street"]
    assert taken(f"Name,Delivery address\nAda,{ADA}\nBea,{BEA}\n") == ["name", "email"]
    assert taken("Name,Delivery address\nAda,1 High St\nBea,2 Low Rd\n") == ["name", "street"]
    phones = "Name,Default Address Street,Default Address Phone\nAda,1 High St,020 7946 0018\n"
    assert taken(phones) == ["name", "street", "phone"]


@pytest.mark.parametrize(
    ("headers", "target"),
    [
        ("最后购买日期|上次购买|最后下单日期|最后交易日期|Last bought|Last transaction", "opening_last_order_on"),
        ("总消费|累计金额|Total sales", "opening_spend"),
        ("下单次数", "opening_orders_count"),
        ("出生年月", "born_on"),
        ("销售员|Sales rep", "owner"),
    ],
)
def test_the_words_of_shops_are_known(tenant: Tenant, headers: str, target: str) -> None:
    for header in headers.split("|"):
        assert taken(f"Name,{header}\nAda,\n")[1] == target


def buyers() -> dict[str, Customer]:
    """Two of one name, and one whose address is not known."""
    rows = [("Ann Lee", ADA), ("Ann Lee", BEA), ("Cid Roe", ""), ("Dan Poe", "dan@shop.example")]
    records_save(Customer, [Change({"name": name, "email": email}) for name, email in rows], actor=SYSTEM)
    return {one.email or one.name: one for one in Customer.objects.filter(name__in=[name for name, _email in rows])}


def test_an_order_finds_its_customer_by_the_address_then_by_the_name(tenant: Tenant) -> None:
    known = buyers()
    rows = [
        f"A1,2026-01-05,Ann Lee,{BEA},5",
        f"A2,2026-01-05,Ann Lee,{ADA},5",
        "A3,2026-01-05,Cid Roe,cid@shop.example,5",
    ]
    other = ["A4,2026-01-05,Dan Poe,other@shop.example,5", "A5,2026-01-05,Dan Poe,,5"]
    text = "Order,Date,Customer,Email,Price\n" + "\n".join(rows + other)
    assert taken(text, "sales.order")[2:4] == ["customer", "customer.email"]
    job, account = imported(text.encode(), "sales.order")
    assert (account.created, account.refused) == (4, 1)
    assert reported(job) == [(5, "link", "refused")]  # the same name, but another address: somebody else
    found = {one.number: one.customer_id for one in Order.objects.filter(number__in=["A1", "A2", "A3", "A4", "A5"])}
    whose = {"A1": BEA, "A2": ADA, "A3": "Cid Roe", "A5": "dan@shop.example"}
    assert found == {number: known[name].pk for number, name in whose.items()}


def test_who_is_made_of_an_order_has_name_and_address(tenant: Tenant) -> None:
    text = "Order,Date,Customer,Email,Price\nA6,2026-01-05,Eva Moe,eva@shop.example,5\n"
    _job, account = imported(text.encode(), "sales.order", create_links=True)
    assert account.created == 1
    made = Order.objects.get(number="A6").customer
    assert made is not None
    assert (made.name, made.email, made.number) == ("Eva Moe", "eva@shop.example", "")


def test_the_page_of_whom_to_call_says_what_is_missing(tenant: Tenant, client_for: Any) -> None:
    Customer.objects.update(is_sample=True)
    records_save(Customer, [Change({"name": "Ada", "opening_spend": "12"})], actor=SYSTEM)
    page = client_for().get("/call-first/", headers={"HX-Request": "true"}).content.decode()
    assert "For none of them is known: the last order&#x27;s date, the number of orders." in page
    with translation.override("en"):
        assert "Customers so far: 1, without orders." in page


def test_what_a_company_earns_is_not_what_it_spent_with_us(tenant: Tenant) -> None:
    text = "Account,Revenue,Total spent\nAcme,1100.04,20\nBluth,251.41,30\n"
    assert taken(text) == ["name", "+notes", "opening_spend"]
