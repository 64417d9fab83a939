"""What the shop knows of each customer: name, addresses, habits of contact, and the people of the firms."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from crm.exchange.samples import people
from crm.exchange.samples.catalogue import PREFIX
from crm.exchange.samples.lives import Life
from crm.exchange.samples.seasons import Clock
from crm.exchange.samples.shop import Shop, weighted

SOURCES_EN = (("Website", 46), ("Store", 24), ("Recommended", 14), ("Social media", 10), ("Fair", 6))
SOURCES_ZH = (("官网", 30), ("门店", 24), ("老客推荐", 16), ("小红书", 22), ("展会", 8))
CHANNELS_EN = (("email", 62), ("phone", 16), ("sms", 14), ("", 8))
CHANNELS_ZH = (("wechat", 58), ("phone", 20), ("sms", 14), ("", 8))
BORN_FROM = date(1950, 1, 1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


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
    family: str = ""
    relative: int | None = None


@dataclass(slots=True)
class ContactProfile:
    """One person at a firm."""

    name: str
    position: str
    email: str
    phone: str
    is_main: bool


def profiles_make(shop: Shop) -> list[Profile]:
    """A profile for each life, in the same order; some are of the family of the one before, with the same telephone."""
    random, clock = shop.stream("profiles"), shop.clock()
    first_sales: dict[int, datetime] = {}
    for sale in shop.sales:
        if sale.customer is not None:
            first_sales.setdefault(sale.customer, sale.at)
    found: list[Profile] = []
    for life in shop.lives:
        kin = found[-1] if found and not life.is_company and found[-1].kind == "person" else None
        if random.random() >= shop.trade.family_share:
            kin = None
        found.append(profile(shop, random, life, kin))
        found[-1].created_at = known_since(random, clock, first_sales.get(life.number))
        if kin:
            found[-1].relative = life.number - 1
    return found


def profile(shop: Shop, random: Random, life: Life, kin: Profile | None) -> Profile:
    """One customer."""
    chinese = shop.is_chinese
    address = kin.address if kin else people.address(random, chinese)
    name, industry = people.person_name(random, chinese, kin.family if kin else ""), ""
    contacts: list[ContactProfile] = []
    if life.is_company:
        name, industry = people.company_name(random, chinese, address.city)
        contacts = contacts_of(random, chinese, life.number, address.country)
    return Profile(
        number=f"{PREFIX}{10001 + life.number}", kind="company" if life.is_company else "person", name=name.text,
        lifecycle=lifecycle_of(random, life.number < shop.trade.buyers),
        email=people.email(name, life.number, life.is_company) if random.random() < 0.93 else "",
        phone=kin.phone if kin else people.phone(life.number, address.country) if random.random() < 0.85 else "",
        wechat=wechat_of(random, name, life) if chinese else "",
        born_on=None if life.is_company or random.random() < 0.55 else BORN_FROM + timedelta(random.randrange(20000)),
        address=address, industry=industry, source=weighted(random, SOURCES_ZH if chinese else SOURCES_EN),
        tags=tags_of(shop, random, life), channel=weighted(random, CHANNELS_ZH if chinese else CHANNELS_EN),
        is_profiling_refused=random.random() < 0.006, contacts=contacts, created_at=EPOCH, family=name.family)


def known_since(random: Random, clock: Clock, first_sale: datetime | None) -> datetime:
    """Shortly before the first order; onlookers came on any day."""
    if first_sale:
        return first_sale - timedelta(minutes=random.randrange(3, 45))
    return clock.moment(clock.any_day(random), random)


def wechat_of(random: Random, name: people.Name, life: Life) -> str:
    """A WeChat id for most people and no firm."""
    return "" if life.is_company or random.random() < 0.4 else f"wx_{name.latin.replace('.', '')}{life.number}"


def lifecycle_of(random: Random, is_buyer: bool) -> str:
    """Buyers are customers; the others asked something once."""
    return "customer" if is_buyer else random.choice(("lead", "lead", "prospect"))


def tags_of(shop: Shop, random: Random, life: Life) -> tuple[str, ...]:
    """A few tags, some of which tell the main taste."""
    words, tags = shop.trade.words, []
    if random.random() < 0.35:
        taste = max(life.taste_weights, key=lambda taste: life.taste_weights[taste])
        tags.append(words["tags"][words["tastes"][taste]])
    if random.random() < 0.12:
        tags.append(words["tags"][6])
    if life.is_company and random.random() < 0.5:
        tags.append(words["tags"][7])
    return tuple(shop.said(tag) for tag in tags)


def contacts_of(random: Random, chinese: bool, number: int, country: str) -> list[ContactProfile]:
    """The people who answer for a firm, the main one first."""
    found = []
    for at in range(random.choices((1, 2, 3), (55, 33, 12))[0]):
        name, place = people.person_name(random, chinese), number * 10 + at
        found.append(ContactProfile(
            name=name.text, position=people.position(random, chinese), email=people.email(name, place, False),
            phone=people.phone(place, country), is_main=at == 0))
    return found
