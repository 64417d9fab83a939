"""The sample shop into the tables of the schema one stands in: by COPY, marked as samples, without Events."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from django.db import transaction

from crm.activities.models import Note, Task
from crm.core.bulk import constraints_now, rows_insert
from crm.core.models import Record
from crm.core.plans import Plan, part_plan, plan_of
from crm.core.registry import Part, Row
from crm.core.services import search_of
from crm.customers.models import Contact, Customer
from crm.exchange.samples.profiles import Profile, profiles_make
from crm.exchange.samples.shop import SEED, Sale, Shop, shop_make
from crm.exchange.samples.stories import stories_make
from crm.sales.models import Order, Product

OWN_COLUMNS = ("id", "version", "is_sample", "created_at", "updated_at", "search")
CHANNELS = {"online": ("Online", "线上"), "store": ("Store", "门店"), "phone": ("Phone", "电话")}
CUSTOMER_LABEL = Customer._meta.label_lower


@dataclass(frozen=True, slots=True)
class Sample:
    """One record to be written, with the rows of its parts."""

    id: UUID
    at: datetime
    values: Row
    parts: dict[str, list[Row]] = field(default_factory=dict)


class Ids:
    """UUIDs of a chosen moment, out of a seeded source: made again, they are the same."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def at(self, moment: datetime) -> UUID:
        """A UUIDv7 that sorts by `moment`."""
        high = int(moment.timestamp() * 1000) << 80 | 0x7 << 76 | self.random.getrandbits(12) << 64
        return UUID(int=high | 0b10 << 62 | self.random.getrandbits(62))


def sample_make(industry: str = "shop", *, as_of: date, locale: str = "en", seed: int = SEED) -> dict[str, int]:
    """Fill the schema one stands in; returns how many records of each noun came. Every industry gets the shop."""
    shop = shop_make(as_of=as_of, locale=locale, seed=seed)
    with transaction.atomic():
        written = shop_write(shop)
        constraints_now()
    return written


def shop_write(shop: Shop) -> dict[str, int]:
    """Write noun by noun, those pointed at first."""
    ids, profiles = Ids(shop.stream("ids")), profiles_make(shop)
    products = list(product_samples(shop, ids))
    customers = [Sample(ids.at(p.created_at), p.created_at, customer_values(p, shop)) for p in profiles]
    keys = [sample.id for sample in customers]
    notes, tasks = story_samples(shop, ids, keys)
    batches: list[tuple[type[Record], Sequence[Sample]]] = [
        (Product, products),
        (Customer, customers),
        (Contact, list(contact_samples(profiles, keys, ids))),
        (Order, [order_sample(sale, shop, ids, keys, products) for sale in shop.sales]),
        (Note, notes),
        (Task, tasks),
    ]
    return {model._meta.label_lower: records_write(model, samples) for model, samples in batches}


def records_write(model: type[Record], samples: Sequence[Sample]) -> int:
    """Write records and their parts, with everything derived as a save would derive it."""
    plan = plan_of(model)
    names = list(plan.columns)
    parts = plan.resource.parts if plan.resource else ()
    rows, lines = [], {part.name: list[Sequence[Any]]() for part in parts}
    for sample in samples:
        row = plan.base() | sample.values
        own = {part.name: part_rows(plan, part, sample) for part in parts}
        row |= plan.derived({**row, **own})
        rows.append([sample.id, 1, True, sample.at, sample.at, search_of(plan, row), *(row[name] for name in names)])
        for name, found in own.items():
            lines[name].extend([sample.id, *line.values()] for line in found)
    rows_insert(model, [*OWN_COLUMNS, *(plan.columns[name].attname for name in names)], rows)
    for part in parts:
        attnames = [field.attname for field in part_plan(part).fields.values()]
        rows_insert(part.model, [f"{part.parent}_id", *attnames], lines[part.name])
    return len(rows)


def part_rows(plan: Plan, part: Part, sample: Sample) -> list[Row]:
    """The lines of a record, numbered, with what follows from them."""
    lines, rows = part_plan(part), []
    for position, values in enumerate(sample.parts.get(part.name, ()), start=1):
        row = lines.base() | values
        if "position" in row:
            row["position"] = position
        rows.append(row | (plan.resource.derive_part(part, row) if plan.resource else {}))
    return rows


def product_samples(shop: Shop, ids: Ids) -> Iterator[Sample]:
    """What the shop sells."""
    opened = min(sale.at for sale in shop.sales)
    for item in shop.items:
        values = {
            "sku": item.sku, "name": item.name, "category": item.category, "unit_price": item.price,
            "unit_cost": item.cost, "currency": shop.currency, "is_active": True}
        yield Sample(ids.at(opened), opened, values)


def customer_values(profile: Profile, shop: Shop) -> Row:
    """A profile by the names of the noun's fields."""
    place = profile.address
    return {
        "name": profile.name, "kind": profile.kind, "number": profile.number, "lifecycle": profile.lifecycle,
        "email": profile.email, "phone": profile.phone, "wechat": profile.wechat, "born_on": profile.born_on,
        "country": place.country, "province": place.province, "city": place.city, "district": place.district,
        "street": place.street, "postal_code": place.postal_code,
        "industry": profile.industry, "source": profile.source, "tags": list(profile.tags),
        "preferred_channel": profile.channel,
        "language": "zh-hans" if shop.is_chinese else "en", "is_profiling_refused": profile.is_profiling_refused,
    }


def contact_samples(profiles: Sequence[Profile], keys: Sequence[UUID], ids: Ids) -> Iterator[Sample]:
    """The people of the firms."""
    for key, profile in zip(keys, profiles, strict=True):
        for person in profile.contacts:
            yield Sample(ids.at(profile.created_at), profile.created_at, {
                "name": person.name, "customer": key, "position": person.position, "email": person.email,
                "phone": person.phone, "is_main": person.is_main})


def order_sample(sale: Sale, shop: Shop, ids: Ids, keys: Sequence[UUID], products: Sequence[Sample]) -> Sample:
    """An order with its lines."""
    lines: list[Row] = []
    for line in sale.lines:
        product = products[line.item] if line.item is not None else None
        values: Row = {"kind": line.kind, "quantity": line.quantity, "unit_price": line.unit_price}
        if product:
            values |= {"product": product.id, "code": product.values["sku"], "description": product.values["name"]}
            values |= {"unit_cost": product.values["unit_cost"]}
        lines.append(values)
    customer = None if sale.customer is None else keys[sale.customer]
    return Sample(ids.at(sale.at), sale.at, {
        "number": sale.number, "customer": customer, "ordered_at": sale.at, "kind": sale.kind, "status": sale.status,
        "currency": shop.currency, "exchange_rate": Decimal(1),
        "channel": CHANNELS[sale.channel][shop.is_chinese]}, {"lines": lines})


def story_samples(shop: Shop, ids: Ids, keys: Sequence[UUID]) -> tuple[list[Sample], list[Sample]]:
    """Notes and tasks, each about a customer."""
    notes, tasks = stories_make(shop)
    about = [{"object_type": CUSTOMER_LABEL, "object_id": key} for key in keys]
    return (
        [Sample(ids.at(n.at), n.at, {**about[n.customer], "body": n.body, "is_pinned": n.is_pinned}) for n in notes],
        [Sample(ids.at(t.at), t.at, {
            **about[t.customer], "title": t.title, "due_at": t.due_at, "priority": t.priority,
            "status": "done" if t.done_at else "open", "done_at": t.done_at}) for t in tasks])
