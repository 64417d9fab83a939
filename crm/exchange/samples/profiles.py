"""What the shop knows of each customer: name, addresses, habits of contact, and the people of the firms."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from crm.exchange.samples import people
from crm.exchange.samples.catalogue import PREFIX
from crm.exchange.samples.lives import BUYERS, Life
from crm.exchange.samples.seasons import Clock
from crm.exchange.samples.shop import Shop

SOURCES_EN = (("Website", 46), ("Store", 24), ("Recommended", 14), ("Social media", 10), ("Fair", 6))
SOURCES_ZH = (("官网", 30), ("门店", 24), ("老客推荐", 16), ("小红书", 22), ("展会", 8))
CHANNELS_EN = (("email", 62), ("phone", 16), ("sms", 14), ("", 8))
CHANNELS_ZH = (("wechat", 58), ("phone", 20), ("sms", 14), ("", 8))
TASTE_TAGS = {
    "c": ("coffee", "咖啡"), "t": ("tea", "茶"), "b": ("baking", "烘焙"), "s": ("scents", "香氛"),
    "p": ("plants", "绿植"), "g": ("gifts", "礼品"),
}
BORN_FROM = date(1950, 1, 1)


@dataclass(slots=True)
class Profile:
    """One customer as a person at the counter would write it down."""

    number: str
    kind: str
    name: str
    lifecycle: str
    email: str
    phone: str
    wechat: str
    born_on: date | None
    address: people.Address
    industry: str
    source: str
    tags: tuple[str, ...]
    channel: str
    is_profiling_refused: bool
    created_at: datetime
    contacts: list[ContactProfile]


@dataclass(slots=True)
class ContactProfile:
    """One person at a firm."""

    name: str
    position: str
    email: str
    phone: str
    is_main: bool


def profiles_make(shop: Shop) -> list[Profile]:
    """A profile for each life, in the same order."""
    random, clock = shop.stream("profiles"), shop.clock()
    first_sales: dict[int, datetime] = {}
    for sale in shop.sales:
        if sale.customer is not None:
            first_sales.setdefault(sale.customer, sale.at)
    return [profile(shop, random, clock, life, first_sales.get(life.number)) for life in shop.lives]


def profile(shop: Shop, random: Random, clock: Clock, life: Life, first_sale: datetime | None) -> Profile:
    """One customer; known since shortly before the first order."""
    chinese = shop.is_chinese
    address = people.address(random, chinese)
    name, industry = people.person_name(random, chinese), ""
    contacts: list[ContactProfile] = []
    if life.is_company:
        name, industry = people.company_name(random, chinese, address.city)
        contacts = contacts_of(random, chinese, life.number, address.country)
    return Profile(
        number=f"{PREFIX}{10001 + life.number}", kind="company" if life.is_company else "person", name=name.text,
        lifecycle=lifecycle_of(random, life.number),
        email=people.email(name, life.number, life.is_company) if random.random() < 0.93 else "",
        phone=people.phone(life.number, address.country) if random.random() < 0.85 else "",
        wechat=wechat_of(random, name, life) if chinese else "",
        born_on=None if life.is_company or random.random() < 0.55 else BORN_FROM + timedelta(random.randrange(20000)),
        address=address, industry=industry, source=weighted(random, SOURCES_ZH if chinese else SOURCES_EN),
        tags=tags_of(random, life, chinese), channel=weighted(random, CHANNELS_ZH if chinese else CHANNELS_EN),
        is_profiling_refused=random.random() < 0.006, contacts=contacts,
        created_at=known_since(random, clock, first_sale))


def known_since(random: Random, clock: Clock, first_sale: datetime | None) -> datetime:
    """Shortly before the first order; onlookers came on any day."""
    if first_sale:
        return first_sale - timedelta(minutes=random.randrange(3, 45))
    return clock.moment(clock.any_day(random), random)


def wechat_of(random: Random, name: people.Name, life: Life) -> str:
    """A WeChat id for most people and no firm."""
    return "" if life.is_company or random.random() < 0.4 else f"wx_{name.latin.replace('.', '')}{life.number}"


def lifecycle_of(random: Random, number: int) -> str:
    """Buyers are customers; the others asked something once."""
    return "customer" if number < BUYERS else random.choice(("lead", "lead", "prospect"))


def weighted(random: Random, choices: tuple[tuple[str, int], ...]) -> str:
    """One of the choices by its weight."""
    return random.choices([name for name, _ in choices], [weight for _, weight in choices])[0]


def tags_of(random: Random, life: Life, chinese: bool) -> tuple[str, ...]:
    """A few tags, some of which tell the main taste."""
    tags = []
    if random.random() < 0.35:
        tags.append(TASTE_TAGS[max(life.taste_weights, key=lambda taste: life.taste_weights[taste])][chinese])
    if random.random() < 0.12:
        tags.append(("newsletter", "订阅")[chinese])
    if life.is_company and random.random() < 0.5:
        tags.append(("wholesale", "批发")[chinese])
    return tuple(tags)


def contacts_of(random: Random, chinese: bool, number: int, country: str) -> list[ContactProfile]:
    """The people who answer for a firm, the main one first."""
    found = []
    for at in range(random.choices((1, 2, 3), (55, 33, 12))[0]):
        name, place = people.person_name(random, chinese), number * 10 + at
        found.append(ContactProfile(
            name=name.text, position=people.position(random, chinese), email=people.email(name, place, False),
            phone=people.phone(place, country), is_main=at == 0))
    return found
