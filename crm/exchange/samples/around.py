"""What stands around the customers: needs, tags, lists, families, what they have and pay for, a few mails."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

from crm.core.registry import Row
from crm.customers.models import Need, Relationship, StaticList, Tag
from crm.exchange.samples import people
from crm.exchange.samples.catalogue import PREFIX, Item
from crm.exchange.samples.records import CUSTOMER_LABEL, Batch, Book, Sample
from crm.exchange.samples.shop import Sale, SaleLine
from crm.messaging.models import Message, Thread
from crm.sales.models import Holding, PriceBook, Subscription

NEEDS, SUBSCRIPTIONS, MEMBERSHIPS, THREADS = 130, 60, 110, 15
LEAD_DAYS = (12, 150)  # how long before it begins a journey is booked
ENDED_LATER, CANCELLED = 0.12, 0.05


def tags_make(book: Book) -> Iterator[Sample]:
    """The words that customers are marked with, in their colours."""
    at = min(profile.created_at for profile in book.profiles)
    for english, chinese, colour in book.shop.trade.words["tags"]:
        yield book.sample(at, name=book.shop.said((english, chinese)), colour=colour)


def needs_make(book: Book) -> Iterator[Sample]:
    """What people said that they would like."""
    random = book.shop.stream("needs")
    for at in random.sample(range(book.shop.trade.buyers), NEEDS):
        made = book.profiles[at].created_at
        day = book.hour(book.day(-random.randrange(1, max(2, min(240, (book.now - made).days + 2)))), 11)
        yield book.sample(
            day, name=book.one(random, "needs"), customer=book.keys[at], noted_on=day.date(), owner=book.owners[at],
            kind=random.choice(("interest", "interest", "requirement")),
            strength=random.choices(("weak", "medium", "strong"), (20, 50, 30))[0],
            status=random.choices(("open", "met", "dropped"), (62, 28, 10))[0],
            wanted_on=book.day(random.randrange(5, 90)) if random.random() < 0.3 else None)


def families_make(book: Book) -> Iterator[Sample]:
    """Those of one telephone are spouses, or parent and child."""
    random = book.shop.stream("families")
    for at, profile in enumerate(book.profiles):
        if profile.relative is not None:
            kind, back = random.choice((("spouse", "spouse"), ("spouse", "spouse"), ("child", "parent")))
            other = book.profiles[profile.relative]
            yield book.sample(
                profile.created_at, name=f"{profile.name} – {other.name}", customer=book.keys[at], kind=kind,
                other=book.keys[profile.relative], reciprocal=back)


def holdings_make(book: Book) -> Iterator[Sample]:
    """What was bought for some time: an account, a loan, a card, a booked journey."""
    random, number = book.shop.stream("holdings"), 0
    for sale in book.shop.sales:
        if sale.customer is None or sale.kind != "sale":
            continue
        for line in sale.lines:
            item = book.shop.items[line.item] if line.item is not None else None
            if item is not None and item.holds:
                number += 1
                one = holding(book, random, sale, line, item)
                one.values["number"] = f"{PREFIX}H-{number:05d}"
                yield one


def holding(book: Book, random: Random, sale: Sale, line: SaleLine, item: Item) -> Sample:
    """One of them, as it stands today."""
    place, starts = int(sale.customer or 0), sale.at.date()
    if item.holds == "booking":
        starts += timedelta(days=random.randrange(*LEAD_DAYS))
    ends = starts + timedelta(days=item.term_days) if item.term_days else None
    is_gone = sale.status == "cancelled" or (item.holds == "booking" and random.random() < CANCELLED)
    if ends is None and not is_left(book, place) and random.random() < ENDED_LATER:
        ends = min(starts + timedelta(days=random.randrange(60, 400)), book.day(-1))
    status = "cancelled" if is_gone else "pending" if starts > book.shop.as_of else "active"
    if status == "active" and ends is not None and ends < book.shop.as_of:
        status = "ended"
    renewed = item.holds in ("deposit", "policy", "card") and random.random() < 0.45
    return book.sample(
        sale.at, {"people": travellers(book, random, place, int(line.quantity)) if item.holds == "booking" else []},
        name=item.name, customer=book.keys[place], product=book.products[item.position].id,
        kind=item.holds, status=status, amount=line.amount, currency=book.shop.currency, starts_on=starts, ends_on=ends,
        is_renewed=renewed, owner=book.owners[place])


def is_left(book: Book, place: int) -> bool:
    """Whether nobody has seen the customer for half a year."""
    visits = book.shop.lives[place].visits
    return not visits or book.shop.trade.days - visits[-1].day > 180


def memberships_make(book: Book) -> Iterator[Sample]:
    """Where nothing is bought for some time, the best customers are members for a year."""
    random = book.shop.stream("memberships")
    often = [life.number for life in book.shop.lives if len(life.visits) > 6]
    for number, at in enumerate(sorted(random.sample(often, MEMBERSHIPS)), start=1):
        starts = book.day(-random.randrange(2, 500))
        ends = starts + timedelta(days=365)
        yield book.sample(
            book.hour(starts, 10), name=book.shop.said(book.shop.trade.words["membership"]), customer=book.keys[at],
            number=f"{PREFIX}H-{number:05d}", kind="membership", starts_on=starts, ends_on=ends,
            status="active" if ends >= book.shop.as_of else "ended", is_renewed=random.random() < 0.5,
            currency=book.shop.currency, amount=Decimal(25 * book.shop.rate), owner=book.owners[at])


def price_book_make(book: Book) -> Iterator[Sample]:
    """Prices for some: an eighth below the list."""
    prices = [
        {"product": one.id, "least_quantity": Decimal(1), "unit_price": round(one.values["unit_price"] * 7 / 8, 2)}
        for one in book.products[:14]]
    name = book.shop.said(book.shop.trade.words["price_book"])
    yield book.sample(book.now - timedelta(days=120), {"prices": prices}, name=name, currency=book.shop.currency)


def travellers(book: Book, random: Random, place: int, count: int) -> list[Row]:
    """Who comes along: the family."""
    family, found = book.profiles[place].family, []
    for _ in range(min(count - 1, 5)):
        found.append({"role": "traveller", "name": people.person_name(random, book.shop.is_chinese, family).text})
    return found


def subscriptions_make(book: Book) -> Iterator[Sample]:
    """What is paid again and again; some have ended."""
    random = book.shop.stream("subscriptions")
    for at in sorted(random.sample(range(book.shop.trade.buyers), SUBSCRIPTIONS)):
        offers = book.shop.trade.words["subscriptions"]
        is_firm = book.profiles[at].kind == "company"
        offer = offers[-1] if is_firm else random.choice(offers[: max(1, len(offers) - 1)])
        age = random.randrange(3, max(4, min(420, (book.now - book.profiles[at].created_at).days + 4)))
        starts = book.day(-age)
        yield book.sample(
            book.hour(starts, 12), name=book.shop.said(offer), customer=book.keys[at], interval="month",
            amount=Decimal(round(random.uniform(offer[2], offer[3]) * book.shop.rate)), currency=book.shop.currency,
            exchange_rate=Decimal(1), starts_on=starts, owner=book.owners[at],
            ends_on=book.day(-random.randrange(0, age)) if random.random() < 0.18 else None)


def lists_make(book: Book) -> list[Sample]:
    """Lists that somebody put together; whom they hold is written after them."""
    random = book.shop.stream("lists")
    return [
        book.sample(book.now - timedelta(days=9 + at), name=book.shop.said(pair), object_type=CUSTOMER_LABEL,
                    owner=book.staff[1 + at].id, members_count=random.randrange(18, 60))
        for at, pair in enumerate(book.shop.trade.words["lists"])]


def mails_make(book: Book) -> tuple[list[Sample], list[Sample]]:
    """Threads with customers: a question, often an answer."""
    random, threads, messages = book.shop.stream("mails"), [], []
    with_mail = [at for at in range(book.shop.trade.buyers) if book.profiles[at].email and book.owners[at]]
    for number, at in enumerate(random.sample(with_mail, THREADS)):
        subject, subject_zh, text, text_zh, answer, answer_zh = book.shop.trade.words["mails"][number % 3]
        is_answered = random.random() < 0.6
        asked = book.hour(book.day(-1 - number * 2), random.randrange(8, 18), random.randrange(60))
        told = [(asked, "in", (text, text_zh))]
        if is_answered:
            told.append((asked + timedelta(minutes=random.randrange(40, 600)), "out", (answer, answer_zh)))
        thread = book.sample(
            asked, subject=book.shop.said((subject, subject_zh)), owner=book.owners[at], last_at=told[-1][0],
            state="answered" if is_answered else "waiting", messages_count=len(told),
            **book.about(CUSTOMER_LABEL, book.keys[at]))
        threads.append(thread)
        messages += [message(book, thread, at, one) for one in told]
    for one, two in pairwise(messages):
        if one.values["thread"] == two.values["thread"]:
            two.values.update(reply_to=one.id, references=[one.values["message_id"]])
    return threads, messages


def message(book: Book, thread: Sample, at: int, told: tuple[datetime, str, tuple[str, str]]) -> Sample:
    """One mail between a customer and the company."""
    sent, direction, pair = told
    theirs, ours = book.profiles[at].email, "hello@company.example"
    sender, to = (theirs, ours) if direction == "in" else (ours, theirs)
    return book.sample(
        sent, subject=thread.values["subject"], text=book.shop.said(pair), sender=sender, to=[to], thread=thread.id,
        direction=direction, state="received" if direction == "in" else "sent", sent_at=sent, owner=book.owners[at],
        message_id=f"<sample-{thread.id.hex[-12:]}-{direction}@company.example>", addresses=sorted((theirs, ours)),
        **book.about(CUSTOMER_LABEL, book.keys[at]))


def around_make(book: Book) -> list[Batch]:
    """All of it."""
    threads, messages = mails_make(book)
    holdings = memberships_make(book) if "membership" in book.shop.trade.words else holdings_make(book)
    made: dict[Any, list[Sample]] = {
        Tag: list(tags_make(book)), Need: list(needs_make(book)), Relationship: list(families_make(book)),
        Holding: list(holdings), PriceBook: list(price_book_make(book)), Subscription: list(subscriptions_make(book)),
        StaticList: lists_make(book), Thread: threads, Message: messages}
    return list(made.items())
