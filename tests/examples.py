"""One line per noun: values that `records_save` takes for a new record. A noun added here has all its tests."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from crm.core.actors import SYSTEM
from crm.core.registry import registry
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.sales.models import Product
from crm.team.models import User

count = itertools.count(1)


def a_customer() -> str:
    """The id of a customer made for the example."""
    return str(record_save(Customer, EXAMPLES["customers.customer"](), actor=SYSTEM))


def a_product() -> str:
    """The id of a product made for the example."""
    return str(record_save(Product, EXAMPLES["sales.product"](), actor=SYSTEM))


def a_person() -> str:
    """The id of somebody who works there."""
    return str(User.objects.order_by("pk").values_list("pk", flat=True)[0])


def a_record(label: str) -> str:
    """The id of a record made for the example."""
    return str(record_save(registry[label].model, EXAMPLES[label](), actor=SYSTEM))


EXAMPLES: dict[str, Callable[[], dict[str, Any]]] = {
    "customers.customer": lambda: {
        "name": f"Lin Yi {next(count)}",
        "number": f"M-{next(count)}",
        "email": "lin@shop.example",
        "phone": "+8613800138000",
        "other_phones": ["+8613800138002"],
        "other_emails": ["yi@shop.example"],
        "city": "Hangzhou",
        "tags": ["vip"],
        "born_on": "1990-02-03",
        "id_document": "330106199002030002",
    },
    "customers.contact": lambda: {
        "name": "Ada Byron",
        "customer": a_customer(),
        "position": "Buyer",
        "email": "ada@mill.example",
    },
    "customers.address": lambda: {
        "customer": a_customer(),
        "street": "文三路 90 号",
        "district": "西湖区",
        "city": "杭州市",
        "province": "浙江省",
        "country": "CN",
    },
    "customers.need": lambda: {"name": "Green tea", "customer": a_customer(), "strength": "strong"},
    "customers.relationship": lambda: {
        "name": "Mother and son",
        "customer": a_customer(),
        "kind": "parent",
        "other": a_customer(),
    },
    "customers.tag": lambda: {"name": f"regular {next(count)}", "colour": "green"},
    "customers.staticlist": lambda: {"name": f"Spring fair {next(count)}", "object_type": "customers.customer"},
    "sales.holding": lambda: {
        "name": "Fixed deposit",
        "customer": a_customer(),
        "product": a_product(),
        "number": f"H-{next(count)}",
        "kind": "deposit",
        "amount": "5000",
        "currency": "EUR",
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
        "people": [{"role": "holder", "name": "Lin Er"}],
    },
    "customers.poolrule": lambda: {"name": "Cold leads", "noun": "sales.lead", "return_days": 30},
    "sales.product": lambda: {
        "sku": f"P-{next(count)}",
        "name": "Tea pot",
        "unit_price": "12.50",
        "currency": "EUR",
        "category": "Kitchen",
    },
    "sales.order": lambda: {
        "number": f"O-{next(count)}",
        "customer": a_customer(),
        "currency": "EUR",
        "lines": [{"product": a_product(), "quantity": "2", "unit_price": "12.50", "description": "Tea pot"}],
    },
    "sales.pipeline": lambda: {"name": f"Pipeline {next(count)}"},
    "sales.stage": lambda: {"pipeline": a_record("sales.pipeline"), "name": "Talks", "probability": 20},
    "sales.lostreason": lambda: {"name": f"Reason {next(count)}"},
    "sales.deal": lambda: {
        "name": "Tea pots for the office",
        "customer": a_customer(),
        "stage": a_record("sales.stage"),
        "currency": "EUR",
        "lines": [{"product": a_product(), "quantity": "4", "unit_price": "12.50", "discount_percent": "10"}],
    },
    "sales.letterhead": lambda: {"name": f"Tea House {next(count)}", "address": "1 Quay Street"},
    "sales.quote": lambda: {
        "number": f"QU-{next(count)}",
        "subject": "Tea pots for the office",
        "customer": a_customer(),
        "currency": "EUR",
        "valid_until": "2099-01-02",
        "lines": [{"product": a_product(), "quantity": "4", "unit_price": "12.50", "tax_percent": "19"}],
    },
    "sales.exchangerate": lambda: {
        "name": "Franc",
        "currency": "CHF",
        "valid_on": str(date(1900, 1, 1) + timedelta(days=uuid4().int % 25_000)),  # no other process has taken it
        "rate": "1.25",
    },
    "sales.pricebook": lambda: {
        "name": f"Wholesale {next(count)}",
        "currency": "EUR",
        "prices": [{"product": a_product(), "unit_price": "9.50"}],
        "customer": a_customer(),
    },
    "sales.discountlimit": lambda: {"name": f"Members {next(count)}", "role": "member", "percent": "100"},
    "sales.approval": lambda: {
        "reason": "They buy every year.",
        "object_type": "customers.customer",
        "object_id": a_customer(),
    },
    "sales.dealcontact": lambda: {
        "name": "Ada Byron",
        "deal": a_record("sales.deal"),
        "contact": a_record("customers.contact"),
        "role": "decides",
    },
    "sales.subscription": lambda: {
        "name": "Tea every month",
        "customer": a_customer(),
        "amount": "30",
        "currency": "EUR",
        "starts_on": "2026-01-01",
    },
    "sales.payment": lambda: {
        "number": f"PY-{next(count)}",
        "order": a_record("sales.order"),
        "amount": "10.00",
        "due_on": "2026-03-01",
    },
    "sales.lead": lambda: {
        "name": "Grace Okafor",
        "company": "Okafor Foods",
        "email": "grace@okafor.example",
        "source": "Fair",
        "amount": "900",
    },
    "team.team": lambda: {"name": f"Team {next(count)}"},
    "sales.assignmentrule": lambda: {
        "name": "Leads from Norway",
        "conditions": "city=Oslo",
        "way": "person",
        "person": a_person(),
        "is_active": False,
    },
    "sales.territory": lambda: {"name": "North", "conditions": "city=Oslo", "person": a_person(), "is_active": False},
    "sales.target": lambda: {
        "name": f"Kitchens {next(count)}",
        "measure": "won_value",
        "product_category": f"Kitchen {next(count)}",
        "starts_on": "2026-04-01",
        "goal": "50000",
    },
    "sales.forecastadjustment": lambda: {
        "person": a_person(),
        "starts_on": "2026-04-01",
        "amount": "-1200",
        "reason": "The buyer is ill.",
    },
    "activities.note": lambda: {
        "body": "Likes green tea.",
        "object_type": "customers.customer",
        "object_id": a_customer(),
    },
    "activities.task": lambda: {
        "title": "Call back",
        "object_type": "customers.customer",
        "object_id": a_customer(),
        "due_at": "2026-01-02T10:00:00Z",
    },
    "activities.call": lambda: {
        "title": "Asked about the delivery",
        "object_type": "customers.customer",
        "object_id": a_customer(),
        "called_at": "2026-01-02T10:00:00Z",
        "direction": "in",
        "outcome": "reached",
        "phone": "+8613800138000",
        "minutes": 12,
    },
    "activities.meeting": lambda: {
        "title": "Tea tasting",
        "object_type": "customers.customer",
        "object_id": a_customer(),
        "starts_at": "2026-01-02T10:00:00Z",
        "ends_at": "2026-01-02T11:00:00Z",
        "place": "Hangzhou",
        "attendees": ["lin@shop.example"],
    },
    "activities.file": lambda: {
        "name": "Price list.pdf",
        "object_type": "customers.customer",
        "object_id": a_customer(),
    },
    "messaging.thread": lambda: {
        "subject": "Your tea",
        "object_type": "customers.customer",
        "object_id": a_customer(),
    },
    "messaging.mailbox": lambda: {
        "name": "Sales",
        "address": f"sales{next(count)}@shop.example",
        "smtp_host": "smtp.shop.example",
        "imap_host": "imap.shop.example",
    },
    "messaging.template": lambda: {
        "name": f"Thanks {next(count)}",
        "subject": "For {name}",
        "text": "Dear {name}, thank you.",
    },
    "messaging.suppression": lambda: {"address": f"quiet{next(count)}@mill.example", "remark": "Rang us."},
    "messaging.message": lambda: {
        "subject": "Your tea",
        "to": ["Lin <lin@shop.example>"],
        "text": "It is on its way.",
        "object_type": "customers.customer",
        "object_id": a_customer(),
    },
    "automation.webhook": lambda: {
        "name": "Shop",
        "url": "https://shop.example/hooks",
        "events": ["sales.order.*"],
    },
    "automation.rule": lambda: {
        "name": "Thank for gadgets",
        "noun": "customers.customer",
        "trigger": "event",
        "events": ["customers.customer.created"],
        "actions": [{"do": "notify", "to": ["author"], "text": "{name} is new."}],
    },
    "gadgets.gadget": lambda: {
        "name": f"Gadget {next(count)}",
        "colour": "red",
        "weight": "1.5",
        "made_on": "2020-01-01",
        "customer": a_customer(),
    },
}
