"""Products, customers, their contacts, orders and payments, by the names of the nouns' fields."""
from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from crm.core.registry import Row
from crm.exchange.samples.catalogue import PREFIX
from crm.exchange.samples.profiles import Profile
from crm.exchange.samples.records import Book, Sample
from crm.exchange.samples.satisfied import ROLES, satisfaction
from crm.exchange.samples.shop import Sale
from crm.exchange.samples.trades import CHANNELS

ON_ACCOUNT_DAYS, TERM_DAYS = 75, 30


def products_make(book: Book) -> list[Sample]:
    """What is sold."""
    opened = min(sale.at for sale in book.shop.sales)
    return [
        book.sample(
            opened, sku=item.sku, name=item.name, category=item.category, unit_price=item.price, unit_cost=item.cost,
            currency=book.shop.currency, is_active=True)
        for item in book.shop.items]


def customers_make(book: Book) -> list[Sample]:
    """Who buys, and who once asked."""
    random, buyers = book.shop.stream("satisfaction"), book.shop.trade.buyers
    said = [satisfaction(random, book, buys=at < buyers) for at in range(len(book.profiles))]
    return [
        Sample(key, profile.created_at, customer_values(book, profile, owner) | said[at])
        for at, (key, profile, owner) in enumerate(zip(book.keys, book.profiles, book.owners, strict=True))]


def customer_values(book: Book, profile: Profile, owner: UUID | None) -> Row:
    """A profile by the names of the noun's fields."""
    place = profile.address
    held = {"held_at": profile.created_at} if owner else {"pooled_at": profile.created_at}
    return {
        "name": profile.name, "kind": profile.kind, "number": profile.number, "lifecycle": profile.lifecycle,
        "email": profile.email, "phone": profile.phone, "wechat": profile.wechat, "born_on": profile.born_on,
        "country": place.country, "province": place.province, "city": place.city, "district": place.district,
        "street": place.street, "postal_code": place.postal_code, "owner": owner, **held,
        "industry": profile.industry, "source": profile.source, "tags": list(profile.tags),
        "preferred_channel": profile.channel, "is_profiling_refused": profile.is_profiling_refused,
        "language": "zh-hans" if book.shop.is_chinese else "en"}


def contacts_make(book: Book) -> list[Sample]:
    """The people of the firms; the book remembers whose they are."""
    for at, profile in enumerate(book.profiles):
        if profile.contacts:
            book.contacts[at] = [
                book.sample(
                    profile.created_at, name=person.name, customer=book.keys[at], position=person.position,
                    email=person.email, phone=person.phone, is_main=person.is_main,
                    role=ROLES[min(place, len(ROLES) - 1)], owner=book.owners[at])
                for place, person in enumerate(profile.contacts)]
    return [contact for found in book.contacts.values() for contact in found]


def orders_make(book: Book) -> tuple[list[Sample], list[Sample]]:
    """Every sale as an order; what firms bought lately is paid on account, mostly on time."""
    random, orders, payments = book.shop.stream("payments"), list[Sample](), list[Sample]()
    for sale in book.shop.sales:
        order = order_sample(book, sale)
        orders.append(order)
        is_firm = sale.customer is not None and book.profiles[sale.customer].kind == "company"
        age = (book.shop.as_of - sale.at.date()).days
        if is_firm and sale.kind == "sale" and sale.status != "cancelled" and age < ON_ACCOUNT_DAYS:
            due_on = sale.at.date() + timedelta(days=TERM_DAYS)
            paid_on = due_on + timedelta(days=random.randrange(-14, 6))
            is_paid = paid_on < book.shop.as_of and random.random() < 0.84
            amount = sum((line.amount for line in sale.lines), Decimal(0))
            payments.append(book.sample(
                sale.at, number=f"{PREFIX}P-{len(payments) + 1:04d}", order=order.id, customer=order.values["customer"],
                amount=amount, currency=book.shop.currency, amount_home=amount, exchange_rate=Decimal(1),
                due_on=due_on, owner=order.values["owner"],
                status="paid" if is_paid else "due", paid_on=paid_on if is_paid else None,
                method=random.choice(("transfer", "transfer", "card")) if is_paid else ""))
            order.values.update(paid_amount=amount if is_paid else Decimal(0), due_on=None if is_paid else due_on)
    return orders, payments


def order_sample(book: Book, sale: Sale) -> Sample:
    """An order with its lines."""
    lines: list[Row] = []
    for line in sale.lines:
        product = book.products[line.item] if line.item is not None else None
        values: Row = {"kind": line.kind, "quantity": line.quantity, "unit_price": line.unit_price}
        if product:
            share = product.values["unit_cost"] / product.values["unit_price"]
            values |= {"product": product.id, "code": product.values["sku"], "description": product.values["name"]}
            values |= {"unit_cost": (line.unit_price * share).quantize(Decimal("0.01"))}
        lines.append(values)
    customer = None if sale.customer is None else book.keys[sale.customer]
    owner = None if sale.customer is None else book.owners[sale.customer]
    return book.sample(
        sale.at, {"lines": lines}, number=sale.number, customer=customer, ordered_at=sale.at, kind=sale.kind,
        status=sale.status, currency=book.shop.currency, exchange_rate=Decimal(1), owner=owner,
        channel=book.shop.said(CHANNELS[sale.channel]))
