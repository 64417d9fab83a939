"""Which price a line has: its own, else the book's, else the product's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.errors import Problem
from crm.core.money import rounded
from crm.core.registry import Row
from crm.sales.models import Price, PriceBook, Product
from crm.sales.services.rates import Rates, day_in
from tenants.context import current

Lines = Mapping[int, list[Row]]
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Books:
    """All books, and what they say of some products."""

    live: Mapping[UUID, PriceBook]
    of_customer: Mapping[UUID, Sequence[UUID]]
    prices: Mapping[tuple[UUID, UUID], Sequence[tuple[Decimal, Decimal]]]  # (book, product): (from quantity, price)
    products: Mapping[UUID, tuple[Decimal | None, str]]
    rates: Rates

    def price(self, record: Row, line: Row) -> Decimal | None:
        """What a line costs that does not say so itself; None where nobody knows what its product's price is worth."""
        currency = record["currency"] or current().currency
        for book in self.fitting(record, currency):
            steps = [(least, price) for least, price in self.prices.get((book, line["product"]), ())]
            fitting = [step for step in steps if step[0] <= line["quantity"]]
            if fitting:
                return max(fitting)[1]
        price, own = self.products.get(line["product"], (None, ""))
        if price is None or (own or current().currency) == currency:
            return NOTHING if price is None else price
        found = self.rates.exchanged(price, own, record, day_of(record))
        return None if found is None else rounded(found, currency)

    def unknown(self, record: Row, line: Row) -> Problem:
        """The refusal of a line whose price cannot be told."""
        words = {"currency": self.products[line["product"]][1] or current().currency, "day": day_of(record)}
        text = _("The product's price is in %(currency)s, and there is no rate for it on %(day)s: give a price here.")
        return Problem("no_rate", text % words)

    def fitting(self, record: Row, currency: str) -> Iterator[UUID]:
        """The books of a record's day, the nearest first: its own, those of its customer, those for everybody."""
        customers = self.of_customer.get(record["customer"], ())
        everybody = [pk for pk, book in self.live.items() if book.is_default]
        for pk in (record.get("price_book"), *customers, *everybody):
            book = self.live.get(pk) if pk else None
            if book is None or not is_for(book, record):
                continue
            if (book.currency or current().currency) == currency and is_in_force(book, day_of(record)):
                yield book.pk


def prices_take(
    rows: Mapping[int, Row], lines: Lines, before: Lines, books: Books | None = None
) -> Iterator[tuple[int, str, Problem]]:
    """Lines that name no price keep the one they had, or else take the book's, or the product's at the day's rate;
    what was sold on an earlier day is told as it is, so there it is nothing where nobody knows the rate."""
    lacking = [(at, index, row) for at, own in lines.items() for index, row in enumerate(own) if is_free(row)]
    if not lacking:
        return
    books = books or books_for({row["product"] for _at, _index, row in lacking}, {rows[at]["customer"] for at in lines})
    for at, index, row in lacking:
        held = (old for old in before.get(at, ()) if old["product"] == row["product"])
        had = [old["unit_price"] for old in held if old["unit_price"] is not None]
        row["unit_price"] = had[0] if had else books.price(rows[at], row)
        if row["unit_price"] is None and day_of(rows[at]) < timezone.localdate():
            row["unit_price"] = NOTHING
        if row["unit_price"] is None:
            yield at, f"lines.{index}.unit_price", books.unknown(rows[at], row)


def offers_take(
    rows: Mapping[int, Row], lines: Lines, before: Lines, free: Lines, *, turned: Collection[int]
) -> Iterator[tuple[int, str, Problem]]:
    """The `free` lines take their price; all keep what their product is listed at: by that it is judged what is taken
    off. A list that changes later makes nobody's promise a discount: only where the record has `turned` to another
    customer, book or currency are the books asked anew for lines that stay as they are."""
    products = {row["product"] for own in lines.values() for row in own}
    books = books_for(products, {rows[at]["customer"] for at in lines})
    yield from prices_take(rows, free, before, books)
    for at, own in lines.items():
        held: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for old in () if at in turned else before.get(at, ()):
            held[promise_of(old)].append(old)
        for row in own:
            if same := held[promise_of(row)]:
                row["list_price"] = same.pop(0)["list_price"]
            else:
                row["list_price"] = (books.price(rows[at], row) or None) if row["product"] else None


def promise_of(row: Row) -> tuple[Any, ...]:
    """What a line says that its listed price hangs on: with the same it is the same promise."""
    return row["product"], row["quantity"], row["unit_price"]


def prices_suggest(record: Row, lines: Sequence[Row], before: Sequence[Row]) -> list[Problem]:
    """What a form writes into lines whose price nobody gave; nothing where nobody knows it, and why not."""
    for line in lines:
        line["unit_price"] = None
    return [problem for _at, _name, problem in prices_take({0: record}, {0: list(lines)}, {0: list(before)})]


def is_for(book: PriceBook, record: Row) -> bool:
    """Whether a book is for everybody who is given it, or for the customer of a record."""
    return book.customer_id is None or book.customer_id == record["customer"]


def is_in_force(book: PriceBook, day: date) -> bool:
    """Whether a book says the prices of a day."""
    return (book.starts_on or day) <= day <= (book.ends_on or day)


def day_of(record: Row) -> date:
    """The day whose prices a record has: an order's own, otherwise today."""
    return day_in(record.get("ordered_at"))


def is_free(row: Row) -> bool:
    """Whether a line says no price."""
    return row["unit_price"] is None


def books_for(products: set[Any], customers: set[Any]) -> Books:
    """All that is needed for these products and customers: four statements at most, whatever their number."""
    ids, buyers = products - {None}, customers - {None}
    if not ids:
        return Books({}, {}, {}, {}, Rates(()))
    rows = PriceBook.objects.filter(deleted_at__isnull=True)
    live = {book.pk: book for book in rows.defer("search").order_by("created_at", "pk")}
    of_customer: dict[UUID, list[UUID]] = defaultdict(list)
    for book in live.values():
        if book.customer_id is not None and book.customer_id in buyers:
            of_customer[book.customer_id].append(book.pk)
    prices: dict[tuple[UUID, UUID], list[tuple[Decimal, Decimal]]] = defaultdict(list)
    known = Price.objects.filter(book__any_of=set(live), product__any_of=ids)
    for pk, product, least, price in known.values_list("book_id", "product_id", "least_quantity", "unit_price"):
        prices[pk, product].append((least, price))
    told = Product.objects.filter(pk__any_of=ids).values_list("pk", "unit_price", "currency")
    own = {pk: (price, currency) for pk, price, currency in told}
    return Books(live, of_customer, prices, own, Rates(currency for _price, currency in own.values()))
