"""What a sample company sold, as plain rows: same seed, day, trade and locale, same bytes; no database in sight."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from crm.exchange.samples.baskets import Pick, Shelf, Shopper
from crm.exchange.samples.catalogue import PREFIX, Item, catalogue, is_chinese
from crm.exchange.samples.lives import Life, life
from crm.exchange.samples.seasons import Clock
from crm.exchange.samples.trades import SHOP, Trade

SEED = 20210607
CANCELLED_SHARE = 0.014
OPEN_DAYS = 3
FEE_BELOW, FEE = Decimal(45), Decimal("4.90")
DISCOUNT_SHARE = 0.05


@dataclass(slots=True)
class SaleLine:
    """One line: a product, or a fee or discount without one."""

    kind: str
    item: int | None
    quantity: int
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        """Quantity times price."""
        return self.quantity * self.unit_price


@dataclass(slots=True)
class Sale:
    """One order, or the credit for what came back; `customer` is a position, None for a walk-in."""

    number: str
    customer: int | None
    at: datetime
    kind: str
    status: str
    channel: str
    lines: list[SaleLine]


@dataclass(slots=True)
class Shop:
    """Everything the generator says."""

    trade: Trade
    as_of: date
    locale: str
    seed: int
    items: tuple[Item, ...]
    lives: list[Life]
    sales: list[Sale] = field(default_factory=list)

    @property
    def is_chinese(self) -> bool:
        """Whether names and prices are Chinese."""
        return is_chinese(self.locale)

    @property
    def currency(self) -> str:
        """What its prices are in."""
        return "CNY" if self.is_chinese else "USD"

    @property
    def rate(self) -> int:
        """How many of its currency make one of the catalogue's."""
        return 7 if self.is_chinese else 1

    def said(self, pair: Sequence[str]) -> str:
        """A text that is kept in both languages."""
        return pair[self.is_chinese]

    @property
    def zone(self) -> ZoneInfo:
        """Where its people look at the clock."""
        return ZoneInfo("Asia/Shanghai" if self.is_chinese else "UTC")

    def clock(self) -> Clock:
        """Its days; it opens at eight in the morning in Shanghai or New York."""
        return Clock(self.as_of - timedelta(days=self.trade.days), self.trade, opens_at=0 if self.is_chinese else 13)

    def stream(self, name: str) -> Random:
        """A source of chance for one purpose, so that a change in one does not stir the others."""
        return Random(f"{self.seed}:{name}")  # noqa: S311  nothing here is a secret


def shop_make(*, as_of: date, locale: str = "en", seed: int = SEED, trade: Trade = SHOP) -> Shop:
    """Make the shop whose last order was placed on the day before `as_of`."""
    items = catalogue(trade.code, is_chinese(locale))
    shop = Shop(trade, as_of, locale, seed, items, [])
    clock = shop.clock()
    shelf = Shelf(items)
    habits = shop.stream("lives")
    shop.lives = [life(habits, clock, trade, number, shelf.tastes) for number in range(trade.buyers + trade.onlookers)]
    shop.sales = sorted([*sales_of_known(shop, clock, shelf), *walk_ins(shop, clock, shelf)], key=lambda sale: sale.at)
    numbers_give(shop.sales)
    return shop


def sales_of_known(shop: Shop, clock: Clock, shelf: Shelf) -> list[Sale]:
    """Every visit of every customer as an order, and the credits for what came back."""
    random, sales = shop.stream("baskets"), []
    for person in shop.lives:
        shopper = Shopper(person, shelf, random)
        for visit in person.visits:
            picks = shopper.basket(visit.day, clock.month(visit.day))
            sale = order(shop, random, person.number, clock.moment(visit.day, random), picks)
            if random.random() < CANCELLED_SHARE:
                sale.status = "cancelled"
            sales.append(sale)
            if visit.is_returned and sale.status == "completed":
                sales.extend(credit(random, sale, clock))
    return sales


def walk_ins(shop: Shop, clock: Clock, shelf: Shelf) -> list[Sale]:
    """Sales over the counter to nobody known."""
    random, sales = shop.stream("walk-ins"), []
    wanted = int(shop.trade.walk_in_share * sum(len(person.visits) for person in shop.lives))
    for _ in range(wanted):
        stranger = life(random, clock, shop.trade, shop.trade.buyers, shelf.tastes)
        day = clock.any_day(random)
        picks = Shopper(stranger, shelf, random).basket(day, clock.month(day))[:3]
        sale = order(shop, random, None, clock.moment(day, random), picks)
        sales.append(sale)
    return sales


def order(shop: Shop, random: Random, customer: int | None, at: datetime, picks: list[Pick]) -> Sale:
    """An order with its lines, postage for small parcels, and now and then a discount."""
    trade = shop.trade
    lines = [SaleLine("product", pick.item, pick.quantity, price_on(shop, random, pick.item)) for pick in picks]
    channel = trade.channels[1][0] if customer is None else weighted(random, trade.channels)
    total = sum((line.amount for line in lines), Decimal(0))
    if trade.has_fees and channel == "online" and total < FEE_BELOW * shop.rate:
        lines.append(SaleLine("fee", None, 1, (FEE * shop.rate).quantize(Decimal("0.01"))))
    if trade.has_fees and random.random() < DISCOUNT_SHARE:
        lines.append(SaleLine("discount", None, 1, -(total / 10).quantize(Decimal("0.01"))))
    recent = (shop.as_of - at.date()).days <= OPEN_DAYS
    status = "open" if recent and channel == trade.channels[0][0] else "completed"
    return Sale("", customer, at, "sale", status, channel, lines)


def price_on(shop: Shop, random: Random, item: int) -> Decimal:
    """What was paid for one: the list price, or near it where the trade bargains or the amount is the customer's."""
    listed = shop.items[item].price
    if not shop.trade.spread:
        return listed
    near = float(listed) * random.lognormvariate(0.0, shop.trade.spread)
    return Decimal(round(near, -1 if near > 100 else 0) or 1)


def weighted(random: Random, choices: tuple[tuple[str, int], ...]) -> str:
    """One of the choices by its weight."""
    return random.choices([name for name, _ in choices], [weight for _, weight in choices])[0]


def credit(random: Random, sale: Sale, clock: Clock) -> list[Sale]:
    """The credit for one product of an order, some days later; none when that day has not come."""
    at = sale.at + timedelta(days=random.randrange(3, 15), minutes=random.randrange(300))
    line = random.choice([line for line in sale.lines if line.kind == "product"])
    if at.date() >= clock.first + timedelta(days=clock.days):
        return []
    back = SaleLine("product", line.item, -line.quantity, line.unit_price)
    return [Sale("", sale.customer, at, "credit", "completed", sale.channel, [back])]


def numbers_give(sales: list[Sale]) -> None:
    """Number orders in the order of time, under a prefix that no shop's own numbers have."""
    for at, sale in enumerate(sales, start=1):
        sale.number = f"{PREFIX}{sale.at.year}-{at:05d}"
