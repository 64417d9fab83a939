"""Notes and tasks around customers who stay away longer than they used to, as a shop's people would have left them."""
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from crm.exchange.samples.shop import Shop

QUIET_AFTER_GAPS = 2.0
MOST_TASKS, MOST_NOTES = 36, 90
CALL = ("Call: no order for {days} days, used to come every {gap}", "致电：{days}天未下单，以往平均{gap}天一次")
ASK = ("Ask how the return was settled", "回访：退货处理是否满意")
NOTES = (
    ("Said by phone that the last parcel came late; promised to look after the next one.",
     "电话反映上次包裹晚到，已答应下次专人跟进。"),
    ("Moved house, new address is in the record. Asked for the catalogue.", "已搬家，新地址已登记，想要一份目录。"),
    ("Liked the tasting set, wants to hear when the new harvest arrives.", "喜欢品鉴套装，新茶新豆到货请通知。"),
    ("Compared our prices with a supermarket's; quality matters more in the end.",
     "与超市比较过价格，最终更看重品质。"),
    ("Prefers to collect in the store on Saturdays.", "习惯周六到店自提。"),
    ("Buys for the office kitchen; invoice to accounting.", "为办公室采购，发票寄给财务。"),
)


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
    random, days = shop.stream("stories"), order_days(shop)
    quiet = [(away, gap, customer) for customer, (away, gap) in quiet_ones(shop.as_of, days).items()]
    tasks = []
    for days_away, gap, customer in sorted(quiet, key=lambda row: (-len(days[row[2]]), row[2]))[:MOST_TASKS]:
        title = CALL[shop.is_chinese].format(days=days_away, gap=gap)
        is_done = random.random() < 0.3
        due = moment(shop.as_of, random.randrange(-6, -1) if is_done else random.randrange(-2, 9), 9)
        done_at = due + timedelta(hours=random.randrange(1, 7)) if is_done else None
        asked_at = moment(shop.as_of, random.randrange(-9, -6), random.randrange(9, 18))
        priority = "high" if len(days[customer]) > 8 else "normal"
        tasks.append(TaskStory(customer, title, due, done_at, priority, asked_at))
    for sale in [sale for sale in shop.sales if sale.kind == "credit" and (shop.as_of - sale.at.date()).days < 20]:
        due = moment(sale.at.date(), 7, 15)
        is_done = due.date() < shop.as_of and random.random() < 0.85
        done_at = due - timedelta(hours=random.randrange(1, 40)) if is_done else None
        tasks.append(TaskStory(sale.customer or 0, ASK[shop.is_chinese], due, done_at, "normal", sale.at))
    known = sorted(days)
    notes = []
    for customer in random.sample(known, MOST_NOTES):
        at = moment(random.choice(days[customer]), 1, random.randrange(9, 18))
        if at.date() < shop.as_of:
            notes.append(NoteStory(customer, random.choice(NOTES)[shop.is_chinese], random.random() < 0.1, at))
    return notes, tasks


def moment(day: date, later: int, hour: int) -> datetime:
    """An hour of a day."""
    return datetime.combine(day + timedelta(days=later), time(hour, tzinfo=UTC))


def order_days(shop: Shop) -> dict[int, list[date]]:
    """The days of every customer's orders, in order."""
    days: dict[int, list[date]] = defaultdict(list)
    for sale in shop.sales:
        if sale.customer is not None and sale.kind == "sale" and sale.status != "cancelled":
            days[sale.customer].append(sale.at.date())
    return days


def quiet_ones(as_of: date, days: dict[int, list[date]]) -> dict[int, tuple[int, int]]:
    """Regulars who have been away for twice their usual gap, but not for so long that nobody would call."""
    found = {}
    for customer, dates in days.items():
        if len(dates) < 4:
            continue
        gap, away = (dates[-1] - dates[0]).days / (len(dates) - 1), (as_of - dates[-1]).days
        if QUIET_AFTER_GAPS * gap < away < 200 and away > 30:
            found[customer] = (away, round(gap))
    return found
