"""What customers do between purchases, and what they agreed to: rows without a life of their own."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from crm.exchange.samples.records import Book
from crm.exchange.samples.shop import weighted

BEHAVIOUR = ("customer_id", "kind", "happened_at", "subject", "channel", "source", "key")
CONSENTS = ("customer_id", "channel", "purpose", "is_given", "basis", "source", "at", "actor_kind")
Rows = tuple[Sequence[str], list[tuple[Any, ...]]]
APP_KINDS = frozenset({"app_open", "login"})


def behaviour_rows(book: Book) -> Rows:
    """More while they come, little after they have left; what they look at is what they like."""
    random, trade, rows = book.shop.stream("behaviour"), book.shop.trade, list[tuple[Any, ...]]()
    clock = book.shop.clock()
    for life in book.shop.lives:
        days = [visit.day for visit in life.visits] or [life.first_day]
        last = min(trade.days - 1, days[-1] + random.randrange(3, 70))
        span = max(1, last - life.first_day)
        for number in range(int(random.expovariate(1 / trade.behaviour_mean) * min(1.6, 0.3 + span / 250))):
            at = clock.moment(life.first_day + int(span * random.random() ** 0.8), random)
            kind = weighted(random, trade.behaviour)
            item = random.choice(book.shop.items)
            source = "app" if kind in APP_KINDS else "website"
            subject = item.name if kind in ("view", "cart") else ""
            rows.append((book.keys[life.number], kind, at, subject, source, source, f"sample-{life.number}-{number}"))
    return BEHAVIOUR, rows


def consent_rows(book: Book) -> Rows:
    """Most agreed to news by e-mail when they first came; a few took it back."""
    random, rows = book.shop.stream("consents"), list[tuple[Any, ...]]()
    for key, profile in zip(book.keys, book.profiles, strict=True):
        if not profile.email or random.random() > 0.7:
            continue
        told = (key, "email", "marketing")
        rows.append((*told, True, "consent", profile.source, profile.created_at, "system"))
        later = profile.created_at + timedelta(days=random.randrange(20, 300))
        if later < book.now and random.random() < 0.06:
            rows.append((*told, False, "consent", profile.source, later, "system"))
    return CONSENTS, rows
