"""A file that we made, given back to us: nothing changes. The same file elsewhere makes equal records."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from psycopg import sql

from crm.core.actors import SYSTEM
from crm.core.models import Event, ExternalId
from crm.core.registry import registry
from crm.core.services import record_save
from crm.sales.models import Order
from tests.crm.api.asking import HASH
from tests.crm.exchange.exporting import bytes_of, exported, made
from tests.crm.exchange.running import imported

TABLES = (
    "customers_customer",
    "sales_product",
    "sales_order",
    "sales_orderline",
    "customers_contact",
    "core_externalid",
)
AWKWARD = {
    "name": '=Lin, "Yi"; 林一',
    "number": "R-1",
    "phone": "+8613800138000",
    "email": "lin@shop.example",
    "notes": "- first\n- second\r\n=third; =fourth",
    "tags": ["vip", "tea lover"],
    "born_on": "1990-02-03",
    "opening_spend": "1234.5600",
    "country": "CN",
    "kind": "person",
    "street": "'1 Road",
    "is_profiling_refused": True,
}


def tables() -> dict[str, str]:
    """A hash of every table that an import could touch."""
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(HASH.format(sql.Identifier(table)))
            found[table] = cursor.fetchone()[0]
        return found


def fill() -> None:
    """Records of all kinds, some without a number or with odd values."""
    lin = made("customers.customer", **AWKWARD)
    for name in ("Nobody Special", "Same Name", "Same Name"):
        record_save(registry["customers.customer"].model, {"name": name}, actor=SYSTEM)
    made("customers.contact", name="Ada", customer=str(lin), email="", phone="")
    pot = made("sales.product", sku="00123", name="Pot, large", unit_price="12.5", description="=not a formula")
    tea = made("sales.product", sku="TEA-1", name="Tea")
    for number, moment in (("O-77", "2026-03-05T12:30:00Z"), ("O-78", "2026-10-25T01:30:00.123456Z")):
        lines = [
            {"product": str(pot), "quantity": "2", "unit_price": "12.5", "description": "Pot"},
            {"product": str(tea), "quantity": "0.5", "unit_price": "3.3333", "kind": "product"},
            {"kind": "discount", "quantity": "1", "unit_price": "-1", "description": "=Rebate"},
        ]
        made("sales.order", number=number, customer=str(lin), ordered_at=moment, lines=lines, notes="@home")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("headers", ["labels", "names"])
@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("label", ["customers.customer", "sales.product", "customers.contact", "sales.order"])
def test_our_own_file_changes_nothing(tenant: Any, label: str, format: str, headers: str, language: str) -> None:
    fill()
    parts = "rows" if registry[label].parts else ""
    job = exported(label, format=format, headers=headers, language=language, parts=parts)
    before = tables()
    _import, account = imported(bytes_of(job), label)
    events = list(Event.objects.filter(name__endswith=".changed").values_list("before", "after"))
    assert (account.refused, account.created, account.updated) == (0, 0, 0), events
    assert tables() == before, list(Event.objects.filter(name__endswith="changed").values("before", "after"))


def test_a_changed_cell_changes_that_record_alone(tenant: Any) -> None:
    fill()
    text = bytes_of(exported("sales.product", params={"sku": "00123"})).replace(b"Pot, large", b"Pot, huge")
    _job, account = imported(text, "sales.product")
    assert (account.updated, account.created) == (1, 0)
    assert registry["sales.product"].model._default_manager.get(sku="00123").name == "Pot, huge"
    assert not ExternalId.objects.filter(object_type="sales.product").exists()
    assert Order.objects.filter(ordered_at__lt=datetime.datetime.now(datetime.UTC)).exists()
