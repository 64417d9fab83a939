"""Shops made for the tests: who bought what when, written by COPY in the shape that the models read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import CharField, Model, TextField

from analytics.services import refresh
from crm.core.bulk import rows_insert
from crm.core.fields import uuid7
from crm.customers.models import Customer
from crm.sales.models import Order, OrderLine, Product
from tenants.context import inside
from tenants.models import Tenant
from tests.database import database_copied

AS_OF = date(2025, 6, 30)
DAYS = 420


@dataclass
class Shop:
    """Rows to be written: customers and products by name, orders as (customer, moment, kind, lines)."""

    is_sample: bool = False
    customers: dict[str, UUID] = field(default_factory=dict)
    products: dict[str, UUID] = field(default_factory=dict)
    orders: list[tuple[object, ...]] = field(default_factory=list)
    lines: list[tuple[object, ...]] = field(default_factory=list)

    def sell(
        self,
        customer: str | None,
        moment: datetime | date,
        lines: Sequence[tuple[str, float, float]],
        *,
        kind: str = "sale",
        status: str = "completed",
        number: str = "",
    ) -> UUID:
        """One order; a line is (product, quantity, price), a product that begins with ! is a fee."""
        at = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, 12, tzinfo=UTC)
        pk, buyer = uuid7(), self.customers.setdefault(customer, uuid7()) if customer else None
        total = sum((Decimal(repr(quantity * price)) for _, quantity, price in lines), Decimal(0))
        number = number or f"T-{len(self.orders)}-{self.is_sample}"
        self.orders.append((pk, number, buyer, at, kind, status, total, total, self.is_sample))
        for code, quantity, price in lines:
            product = None if code.startswith("!") else self.products.setdefault(code, uuid7())
            amount = Decimal(repr(quantity * price))
            self.lines.append((uuid7(), pk, "product" if product else "fee", product, quantity, price, amount))
        return pk

    def write(self) -> None:
        """Into the tenant's tables."""
        people = [(pk, name, name, f"S-{name}-{self.is_sample}", self.is_sample) for name, pk in self.customers.items()]
        insert(Customer, ["id", "name", "name_key", "number", "is_sample"], people)
        goods = [(pk, f"S-{sku}-{self.is_sample}", f"Thing {sku}", self.is_sample) for sku, pk in self.products.items()]
        insert(Product, ["id", "sku", "name", "is_sample"], goods)
        columns = ["id", "number", "customer_id", "ordered_at", "kind", "status", "amount", "amount_home", "is_sample"]
        insert(Order, columns, self.orders)
        insert(OrderLine, ["id", "order_id", "kind", "product_id", "quantity", "unit_price", "amount"], self.lines)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE customers_customer, sales_order, sales_orderline, sales_product")


def insert(model: type[Model], columns: list[str], rows: Sequence[tuple[object, ...]]) -> None:
    """By COPY, with empty texts where the columns have no default of their own."""
    texts = [
        field.attname
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField) and field.attname not in columns and not field.has_default()
    ]
    blanks = [""] * len(texts)
    rows_insert(model, [*columns, *texts], [(*row, *blanks) for row in rows])


def basket(draw: np.random.Generator, taste: int) -> list[tuple[str, float, float]]:
    """Two to four products, most of them from the customer's own corner of the shelf."""
    codes = {f"{taste if draw.random() < 0.8 else draw.integers(6)}-{draw.integers(6)}" for _ in range(4)}
    return [(code, float(draw.integers(1, 5)), 2.5) for code in sorted(codes)]


def lively_shop(customers: int, *, seed: int = 1, is_sample: bool = False) -> Shop:
    """Customers with rhythms of their own who drop out at some time: there is something to learn."""
    draw, shop = np.random.default_rng(seed), Shop(is_sample=is_sample)
    for number in range(customers):
        gap, leaves = draw.gamma(2.0, 25.0) + 5, draw.geometric(0.12)
        day = float(draw.integers(0, DAYS - 30))
        for _ in range(leaves):
            if day > DAYS:
                break
            shop.sell(f"c{number}", moment_of(day, draw), basket(draw, number % 6))
            day += draw.exponential(gap) + 1
    return shop


@contextmanager
def shop_learned(first: datetime, *later: datetime) -> Iterator[Shop]:
    """A shop whose models were learned in a contest and on later evenings, in a database of its own."""
    connection.set_schema_to_public()
    with database_copied():
        with inside(Tenant.objects.get(schema_name="t_a")):
            Order.objects.update(deleted_at=first)
            made = lively_shop(400)
            made.write()
            refresh(as_of=first, contest=True)
            for moment in later:
                refresh(as_of=moment, contest=False)
        yield made
        connection.set_schema_to_public()


def noisy_shop(customers: int, *, seed: int = 1) -> Shop:
    """Everybody orders on any day with the same small chance: nothing can be learned."""
    draw, shop = np.random.default_rng(seed), Shop()
    for number in range(customers):
        for day in np.flatnonzero(draw.random(DAYS) < 0.008):
            shop.sell(f"c{number}", moment_of(float(day), draw), basket(draw, int(draw.integers(6))))
    return shop


def moment_of(day: float, draw: np.random.Generator) -> datetime:
    """A moment on the so-manieth day of the shop, at a shop's hours."""
    on = AS_OF - timedelta(days=DAYS - int(day))
    return datetime(on.year, on.month, on.day, int(draw.integers(9, 18)), tzinfo=UTC)


def evening(on: date) -> datetime:
    """The end of a day in UTC, as an `as_of`."""
    return datetime(on.year, on.month, on.day, 23, 30, tzinfo=UTC)


def scores() -> list[tuple[object, ...]]:
    """Everything that is stored on customers, to compare runs."""
    names = [f.name for f in Customer._meta.concrete_fields if f.name not in {"scored_at", "model_version"}]
    return list(Customer.objects.order_by("id").values_list(*names))


def names_of(ids: Iterable[UUID], shop: Shop) -> set[str]:
    """Customers by the names the shop gave them."""
    back = {pk: name for name, pk in shop.customers.items()}
    return {back[pk] for pk in ids if pk in back}
