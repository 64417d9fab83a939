"""What people did around customers, leads and deals, and what they mean to do: tasks, notes, calls, meetings."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from crm.activities.models import Call, Meeting, Note, Task
from crm.exchange.samples.records import CUSTOMER_LABEL, Batch, Book, Sample
from crm.exchange.samples.selling import DEAL
from crm.exchange.samples.stories import stories_make
from crm.sales.models import Lead

LEAD = Lead._meta.label_lower
CALLS, MEETINGS, TASKS, NOTES = 300, 96, 70, 80
CALL_LEAD = ("Call back: {name}", "回电：{name}")
OUTCOMES = (("reached", 56), ("no_answer", 24), ("voicemail", 12), ("busy", 8))


class Desk:
    """The records that are worked on, and by whom."""

    def __init__(self, book: Book, deals: list[Sample], leads: list[Sample]) -> None:
        self.book = book
        fresh = [one for one in deals if one.values["status"] == "open" or (book.now - one.at).days < 120]
        busy = [one for one in leads if one.values["owner"]]
        owned = [at for at, owner in enumerate(book.owners) if owner and at < book.shop.trade.buyers]
        self.deals = [(DEAL, one.id, one.values["owner"], one.at, one.values["customer"]) for one in fresh]
        self.leads = [(LEAD, one.id, one.values["owner"], one.at, None) for one in busy]
        self.customers = [
            (CUSTOMER_LABEL, book.keys[at], book.owners[at], book.profiles[at].created_at, book.keys[at])
            for at in owned]
        self.names = {one.id: one.values["name"] for one in busy}
        self.place_of = {key: at for at, key in enumerate(book.keys)}

    def pick(self, random: Random) -> tuple[Any, ...]:
        """One of them: deals most often."""
        return random.choice(random.choices((self.deals, self.customers, self.leads), (50, 28, 22))[0])

    def mails(self, customer: Any) -> list[str]:
        """Whom one would invite."""
        if customer is None:
            return []
        at = self.place_of[customer]
        found = [one.values["email"] for one in self.book.contacts.get(at, ())] or [self.book.profiles[at].email]
        return [one for one in found if one][:2]


def past_day(book: Book, random: Random, since: date, most: int) -> date:
    """A working day since a record was made, the last weeks more often."""
    days = max(1, min(most, (book.shop.as_of - since).days))
    day = book.day(-1 - int(days * random.random() ** 1.6))
    return day - timedelta(days=max(0, day.weekday() - 4))


def calls_make(desk: Desk) -> Iterator[Sample]:
    """Talks of the last months."""
    book, random = desk.book, desk.book.shop.stream("calls")
    for _ in range(CALLS):
        label, id, owner, made, customer = desk.pick(random)
        at = book.hour(past_day(book, random, made.date(), 140), random.randrange(9, 18), random.randrange(60))
        outcome = random.choices([name for name, _ in OUTCOMES], [weight for _, weight in OUTCOMES])[0]
        is_reached = outcome == "reached"
        phone = book.profiles[desk.place_of[customer]].phone if customer else ""
        yield book.sample(
            at, title=book.one(random, "calls"), called_at=at, direction=random.choices(("out", "in"), (78, 22))[0],
            outcome=outcome, minutes=random.randrange(2, 26) if is_reached else None, owner=owner, phone=phone,
            notes=book.one(random, "notes") if is_reached and random.random() < 0.3 else "", **book.about(label, id))


def meetings_make(desk: Desk) -> Iterator[Sample]:
    """Meetings that took place, and those of the next two weeks."""
    book, random = desk.book, desk.book.shop.stream("meetings")
    for number in range(MEETINGS):
        label, id, owner, made, customer = desk.pick(random)
        is_planned = number % 4 == 0
        day = book.day(random.randrange(0, 15)) if is_planned else past_day(book, random, made.date(), 150)
        day -= timedelta(days=max(0, day.weekday() - 4) if not is_planned else 0)
        day += timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0)
        begins = book.hour(day, random.randrange(9, 17), random.choice((0, 30)))
        status = "planned" if is_planned else random.choices(("held", "missed", "cancelled"), (86, 6, 8))[0]
        yield book.sample(
            min(begins, book.now) - timedelta(days=random.randrange(1, 8)), title=book.one(random, "meetings"),
            starts_at=begins, ends_at=begins + timedelta(minutes=random.choice((30, 60, 60, 90))), status=status,
            attendees=desk.mails(customer), owner=owner, **book.about(label, id),
            outcome=book.one(random, "outcomes") if status == "held" else "")


def tasks_make(desk: Desk) -> Iterator[Sample]:
    """What is to be done: about regulars who stay away, about leads that wait, about deals."""
    book, random = desk.book, desk.book.shop.stream("tasks")
    _, quiet = stories_make(book.shop)
    for place, told in enumerate(quiet):
        yield book.sample(
            told.at, title=told.title, due_at=told.due_at, priority=told.priority,
            status="done" if told.done_at else "open", done_at=told.done_at,
            owner=(place and book.owners[told.customer]) or book.staff[0].id,
            **book.about(CUSTOMER_LABEL, book.keys[told.customer]))
    for _ in range(TASKS):
        label, id, owner, made, _customer = desk.pick(random)
        title = book.shop.said(CALL_LEAD).format(name=desk.names[id]) if label == LEAD else book.one(random, "tasks")
        due = book.hour(book.day(random.randrange(-25, 12)), random.randrange(9, 18))
        is_done = due < book.now and (due.date() < book.day(-5) or random.random() < 0.7)
        at = max(made, min(due, book.now) - timedelta(days=random.randrange(2, 12)))
        yield book.sample(
            at, title=title, due_at=due, owner=owner, **book.about(label, id),
            priority=random.choices(("normal", "high", "low"), (70, 20, 10))[0],
            status="done" if is_done else "open", done_at=due - timedelta(hours=2) if is_done else None)


def notes_make(desk: Desk) -> Iterator[Sample]:
    """What people wrote down."""
    book, random = desk.book, desk.book.shop.stream("notes")
    for told in stories_make(book.shop)[0]:
        yield book.sample(
            told.at, body=told.body, is_pinned=told.is_pinned, owner=book.owners[told.customer],
            **book.about(CUSTOMER_LABEL, book.keys[told.customer]))
    for _ in range(NOTES):
        label, id, owner, made, _customer = random.choice(desk.deals + desk.leads)
        at = book.hour(past_day(book, random, made.date(), 200), random.randrange(9, 18), random.randrange(60))
        yield book.sample(at, body=book.one(random, "notes"), owner=owner, **book.about(label, id))


def working_make(book: Book, deals: list[Sample], leads: list[Sample]) -> list[Batch]:
    """All activities."""
    desk = Desk(book, deals, leads)
    makers = ((Task, tasks_make), (Note, notes_make), (Call, calls_make), (Meeting, meetings_make))
    return [(model, list(make(desk))) for model, make in makers]
