"""Records on their way into a sample: what they say, when they came, and under which id."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.core.models import Record
from crm.core.registry import Row
from crm.customers.models import Customer
from crm.exchange.samples.profiles import Profile, profiles_make
from crm.exchange.samples.shop import Shop

CUSTOMER_LABEL = Customer._meta.label_lower
Batch = tuple[type[Record], Sequence["Sample"]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One record to be written, with the rows of its parts."""

    id: UUID
    at: datetime
    values: Row
    parts: dict[str, list[Row]] = field(default_factory=dict)
    later: Row = field(default_factory=dict)  # what became of it once it stood there


class Ids:
    """UUIDs of a chosen moment, out of a seeded source: made again, they are the same."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def at(self, moment: datetime) -> UUID:
        """A UUIDv7 that sorts by `moment`."""
        high = int(moment.timestamp() * 1000) << 80 | 0x7 << 76 | self.random.getrandbits(12) << 64
        return UUID(int=high | 0b10 << 62 | self.random.getrandbits(62))


@dataclass(frozen=True)
class Step:
    """A stage of the pipeline that deals go through."""

    id: UUID
    pipeline: UUID
    outcome: str
    probability: int
    category: str


@dataclass(frozen=True)
class Ground:
    """What stands in the schema before the sample comes: the pipeline's stages, lost reasons, roles by code."""

    steps: tuple[Step, ...]
    reasons: tuple[UUID, ...]
    roles: dict[str, UUID]


@dataclass(frozen=True)
class Member:
    """Somebody of the sample company: how good they are at selling, and how much of the work is theirs."""

    id: UUID
    name: str
    role: str
    team: UUID | None
    skill: float
    share: float


class Book:
    """What all that follows speaks of: the shop's sales, its customers and their keys, its people."""

    def __init__(self, shop: Shop, ground: Ground) -> None:
        self.shop, self.ground, self.ids = shop, ground, Ids(shop.stream("ids"))
        self.profiles: list[Profile] = profiles_make(shop)
        self.keys = [self.ids.at(profile.created_at) for profile in self.profiles]
        self.staff: list[Member] = []
        self.owners: list[UUID | None] = []
        self.contacts: dict[int, list[Sample]] = {}
        self.products: list[Sample] = []
        self.taken: dict[UUID, Decimal] = {}
        self.files: dict[UUID, bytes] = {}

    @cached_property
    def zone(self) -> ZoneInfo:
        """Where its people look at the clock."""
        return self.shop.zone

    @cached_property
    def now(self) -> datetime:
        """The morning of the day that the sample is made for."""
        return self.hour(self.shop.as_of, 8)

    def hour(self, day: date, hour: int, minute: int = 0) -> datetime:
        """An hour of a day, where its people are."""
        return datetime.combine(day, time(hour, minute), self.zone)

    def day(self, later: int) -> date:
        """A day counted from today."""
        return self.shop.as_of + timedelta(days=later)

    def one(self, random: Random, name: str) -> str:
        """One of the texts that people of this trade would write."""
        return self.shop.said(random.choice(self.shop.trade.words[name]))

    def person(self, random: Random, nobody: float = 0.0) -> Member | None:
        """Whose a new record is; some are nobody's yet."""
        if nobody and random.random() < nobody:
            return None
        return random.choices(self.staff, [member.share for member in self.staff])[0]

    def about(self, label: str, id: UUID) -> dict[str, Any]:
        """What an activity is about."""
        return {"object_type": label, "object_id": id}

    def sample(self, at: datetime, parts: dict[str, list[Row]] | None = None, **values: Any) -> Sample:
        """A record of that moment."""
        return Sample(self.ids.at(at), at, values, parts or {})

    def round_sum(self, random: Random, low: float, high: float) -> Decimal:
        """An amount between two, the small ones more often, as people quote it."""
        amount = low * (high / low) ** (random.random() ** 1.3) * self.shop.rate
        return Decimal(round(amount, -2 if amount > 2000 else -1))
