"""Targets and plans near enough to what was reached that some are met and some are not; changes of the forecast."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from crm.core.registry import Row
from crm.exchange.samples.records import Book, Sample
from crm.sales.services.periods import Period
from crm.sales.services.targets import name_of

QUARTERS, CALLS_A_MONTH = 5, (12, 26)
REASONS = (
    ("Signature promised for next week", "客户承诺下周签字", "1"), ("Budget was cut in half", "预算砍半", "-1"),
    ("Order waits for the new year", "订单推迟到明年", "-1"))


def quarters_of(book: Book) -> list[Period]:
    """The quarter of today and those before it."""
    day = book.shop.as_of
    found = [Period("quarter", date(day.year, (day.month - 1) // 3 * 3 + 1, 1))]
    while len(found) < QUARTERS:
        before = found[-1].first - timedelta(days=1)
        found.append(Period("quarter", date(before.year, (before.month - 1) // 3 * 3 + 1, 1)))
    return found


def targets_make(book: Book, deals: list[Sample]) -> Iterator[Sample]:
    """What everybody is to win in each quarter, what the whole is to, and how many calls a month should bring."""
    random, won = book.shop.stream("targets"), won_by(deals)
    usual = sum(won.values(), Decimal(0)) / (len(book.staff) * QUARTERS)
    for period in quarters_of(book):
        goals = []
        # The quarter that runs is not over: its goals follow what the one before brought.
        like = period if period.last < book.shop.as_of else quarters_of(book)[1]
        for member in book.staff:
            reached = sum((won[member.id, day] for day in days_of(like)), Decimal(0))
            fair = (reached + usual * Decimal(str(member.skill))) / 2
            goals.append(rounded(fair * Decimal(random.choice(("0.85", "0.95", "1.1", "1.3")))))
            yield target(book, period, "won_value", goals[-1], person=member.id)
        yield target(book, period, "won_value", rounded(sum(goals, Decimal(0)) * Decimal("1.05")))
    current = quarters_of(book)[0]
    for member in book.staff[:4]:
        yield target(book, current, "won_count", Decimal(random.randrange(4, 12)), person=member.id, kind="plan")
    month = Period("month", book.shop.as_of.replace(day=1))
    for member in book.staff:
        yield target(book, month, "calls", Decimal(random.randrange(*CALLS_A_MONTH)), person=member.id)
        yield target(book, month, "meetings", Decimal(random.randrange(3, 9)), person=member.id, kind="plan")
    year = sum(sale_amounts(book, current), Decimal(0))
    yield target(book, current, "revenue", rounded(max(year, Decimal(10000)) * Decimal("1.15")))


def sale_amounts(book: Book, period: Period) -> Iterator[Decimal]:
    """What was sold in the last ninety days: what a quarter may bring."""
    since = book.day(-90)
    for sale in book.shop.sales:
        if sale.at.date() >= since and sale.kind == "sale" and sale.status != "cancelled":
            yield sum((line.amount for line in sale.lines), Decimal(0))


def won_by(deals: list[Sample]) -> dict[tuple[UUID, date], Decimal]:
    """What everybody won on each day."""
    won: dict[tuple[UUID, date], Decimal] = defaultdict(Decimal)
    for one in deals:
        if one.values["status"] == "won":
            won[one.values["owner"], one.values["closed_on"]] += one.values["amount"]
    return won


def days_of(period: Period) -> list[date]:
    """Its days."""
    return [period.first + timedelta(days=at) for at in range((period.last - period.first).days + 1)]


def rounded(amount: Decimal) -> Decimal:
    """As one would set it."""
    return Decimal(round(amount, -3 if amount > 20000 else -2))


def target(
    book: Book, period: Period, measure: str, goal: Decimal, *, person: UUID | None = None, kind: str = "target"
) -> Sample:
    """One target."""
    at = book.hour(min(period.first, book.day(-1)) - timedelta(days=5), 10)
    row: Row = {
        "kind": kind, "measure": measure, "person": person, "team": None, "product_category": "", "goal": goal,
        "period": period.span, "starts_on": period.first}
    return book.sample(at, **row, name=name_of(row), owner=person)


def adjustments_make(book: Book) -> Iterator[Sample]:
    """What the managers add to the forecast or take from it, and why."""
    random, period = book.shop.stream("adjustments"), quarters_of(book)[0]
    for member, (english, chinese, sign) in zip(book.staff[1:4], REASONS, strict=True):
        amount = book.round_sum(random, 500, 3000) * int(sign)
        author = book.staff[3 if member.team == book.staff[3].team else 1]
        yield book.sample(
            book.now - timedelta(days=random.randrange(1, 6)), person=member.id, period=period.span,
            starts_on=period.first, category="commit", amount=amount, reason=book.shop.said((english, chinese)),
            author=author.id, owner=author.id)
