"""Notes and tasks around customers who stay away longer than they used to, as people would have left them."""
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from crm.exchange.samples.shop import Shop

QUIET_AFTER_GAPS = 2.0
MOST_TASKS, MOST_NOTES = 36, 90


@dataclass(frozen=True, slots=True)
class NoteStory:
    """A note about a customer, by position."""

    customer: int
    body: str
    is_pinned: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskStory:
    """A task about a customer, by position."""

    customer: int
    title: str
    due_at: datetime
    done_at: datetime | None
    priority: str
    at: datetime


def stories_make(shop: Shop) -> tuple[list[NoteStory], list[TaskStory]]:
    """Tasks for the quiet and for those who sent something back; notes here and there."""
    random, days, words = shop.stream("stories"), order_days(shop), shop.trade.words
    quiet = [(away, gap, customer) for customer, (away, gap) in quiet_ones(shop, days).items()]
    tasks = []
    quiet.sort(key=lambda row: (-len(days[row[2]]), row[2]))
    for place, (days_away, gap, customer) in enumerate(quiet[:MOST_TASKS]):
        title = shop.said(words["quiet"]).format(days=days_away, gap=gap)
        is_done = place > 0 and random.random() < 0.3  # the best customer's is overdue: who signs up finds work
        latest = 9 if place else -1
        due = moment(shop, shop.as_of, random.randrange(-6, -1) if is_done else random.randrange(-2, latest), 9)
        done_at = due + timedelta(hours=random.randrange(1, 7)) if is_done else None
        asked_at = moment(shop, shop.as_of, random.randrange(-9, -6), random.randrange(9, 18))
        priority = "high" if len(days[customer]) > 8 else "normal"
        tasks.append(TaskStory(customer, title, due, done_at, priority, asked_at))
    for sale in [sale for sale in shop.sales if sale.kind == "credit" and (shop.as_of - sale.at.date()).days < 20]:
        due = moment(shop, sale.at.date(), 7, 15)
        is_done = due.date() < shop.as_of and random.random() < 0.85
        done_at = due - timedelta(hours=random.randrange(1, 40)) if is_done else None
        tasks.append(TaskStory(sale.customer or 0, shop.said(words["settled"]), due, done_at, "normal", sale.at))
    known = sorted(days)
    notes = []
    for customer in random.sample(known, MOST_NOTES):
        at = moment(shop, random.choice(days[customer]), 1, random.randrange(9, 18))
        if at.date() < shop.as_of:
            notes.append(NoteStory(customer, shop.said(random.choice(words["said"])), random.random() < 0.1, at))
    return notes, tasks


def moment(shop: Shop, day: date, later: int, hour: int) -> datetime:
    """An hour of a day, where the shop's people are."""
    return datetime.combine(day + timedelta(days=later), time(hour), shop.zone)


def order_days(shop: Shop) -> dict[int, list[date]]:
    """The days of every customer's orders, in order."""
    days: dict[int, list[date]] = defaultdict(list)
    for sale in shop.sales:
        if sale.customer is not None and sale.kind == "sale" and sale.status != "cancelled":
            days[sale.customer].append(sale.at.date())
    return days


def quiet_ones(shop: Shop, days: dict[int, list[date]]) -> dict[int, tuple[int, int]]:
    """Regulars who have been away for twice their usual gap, but not for so long that nobody would call."""
    found, (least, most) = {}, shop.trade.quiet_days
    for customer, dates in days.items():
        if len(dates) < 4:
            continue
        gap, away = (dates[-1] - dates[0]).days / (len(dates) - 1), (shop.as_of - dates[-1]).days
        if QUIET_AFTER_GAPS * gap < away < most and away > least:
            found[customer] = (away, round(gap))
    return found
