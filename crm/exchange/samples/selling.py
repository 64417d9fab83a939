"""Leads, deals and quotes: who sells better wins more, the recent ones are still open, some stand for too long."""
from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from crm.core.registry import Row
from crm.exchange.samples import people
from crm.exchange.samples.catalogue import PREFIX
from crm.exchange.samples.profiles import SOURCES_EN, SOURCES_ZH
from crm.exchange.samples.records import Batch, Book, Member, Sample
from crm.exchange.samples.shop import weighted
from crm.sales.models import Approval, Deal, DealContact, Lead, Quote

DEALS, LEADS, HISTORY = 270, 165, 430
CYCLE = (2.4, 17.0)  # shape and scale of the days from opening to the decision
WINS, REPEAT_WINS = -0.35, 0.55  # log odds, and what an old acquaintance adds
SOURCE_WINS = {"Recommended": 0.7, "老客推荐": 0.7, "Fair": -0.5, "展会": -0.5, "Social media": -0.35, "小红书": -0.35}
QUOTE_FROM = 2  # the stage from which there is an offer
FIRST_PHONE = 40000  # numbers for leads, beyond the customers'
DEAL = Deal._meta.label_lower


def deals_make(book: Book) -> list[Sample]:
    """Deals of more than a year: won, lost with a reason, open in every stage."""
    random = book.shop.stream("deals")
    firms = [at for at, profile in enumerate(book.profiles) if profile.kind == "company"]
    buyers = range(book.shop.trade.buyers)
    at_work = []
    for _ in range(DEALS):
        customer = random.choice(firms) if random.random() < 0.72 else random.choice(buyers)
        opened = book.day(-int(HISTORY * random.random() ** 1.25) - 1)
        at_work.append((opened, customer))
    return [deal(book, random, opened, customer) for opened, customer in sorted(at_work)]


def deal(book: Book, random: Random, opened: date, customer: int) -> Sample:
    """One deal from its first day to its last, or to today."""
    shop = book.shop
    owner = next((one for one in book.staff if one.id == book.owners[customer]), None) or book.staff[0]
    kind = book.profiles[customer].kind
    subject = random.choice([one for one in shop.trade.words["deals"] if one[4:] in ([], [kind])])
    amount = book.round_sum(random, subject[2], subject[3])
    source = weighted(random, SOURCES_ZH if shop.is_chinese else SOURCES_EN)
    values: Row = {
        "name": f"{book.profiles[customer].name}: {shop.said(subject)}" if not shop.is_chinese
        else f"{book.profiles[customer].name}{shop.said(subject)}",
        "customer": book.keys[customer], "amount": amount, "currency": shop.currency, "exchange_rate": Decimal(1),
        "source": source, "owner": owner.id, "opened_on": opened}
    values |= fate(book, random, opened, owner, chance_of(random, owner, source, amount, subject[3] * shop.rate))
    lines = lines_of(book, random, amount) if shop.trade.has_fees and random.random() < 0.6 else []
    at = book.hour(opened, random.randrange(9, 17), random.randrange(60))
    return book.sample(at, {"lines": lines}, **values)


def chance_of(random: Random, owner: Member, source: str, amount: Decimal, most: float) -> float:
    """How likely a deal is won: by whom, where it came from, how large it is for its kind."""
    odds = WINS + 1.3 * math.log(owner.skill) + SOURCE_WINS.get(source, 0.0) - 0.8 * (float(amount) / most)
    odds += REPEAT_WINS if random.random() < 0.4 else 0.0
    return 1 / (1 + math.exp(-odds))


def fate(book: Book, random: Random, opened: date, owner: Member, chance: float) -> dict[str, Any]:
    """Where a deal stands today, and since when."""
    shape, scale = CYCLE
    takes = max(4, int(random.gammavariate(shape, scale) / owner.skill**0.4))
    is_won, stuck = random.random() < chance, random.random() < 0.06
    closes = opened + timedelta(days=takes)
    if closes < book.shop.as_of and not stuck:
        return closed(book, random, closes, is_won)
    steps = [step for step in book.ground.steps if step.outcome == "open"]
    gone = min(0.999, (book.shop.as_of - opened).days / (takes + (60 if stuck else 0)))
    place = int(gone * len(steps))
    since = opened + timedelta(days=int((book.shop.as_of - opened).days * place / len(steps) / max(gone, 0.01)))
    step, owns_odds = steps[place], random.random() < 0.2
    waits = random.randrange(-3, 12)
    return {
        "stage": step.id, "pipeline": step.pipeline, "status": "open", "category": step.category,
        "probability": min(95, max(5, step.probability + random.choice((-10, 10)) * owns_odds)),
        "stage_at": book.hour(min(since, book.day(-1)), random.randrange(9, 17)),
        "expected_close_on": max(closes, book.day(random.randrange(-9, 40))),
        "next_step": book.one(random, "steps"), "next_step_on": book.day(waits)}


def closed(book: Book, random: Random, on: date, is_won: bool) -> dict[str, Any]:
    """Won, or lost for a reason, perhaps to somebody."""
    step = next(step for step in book.ground.steps if step.outcome == ("won" if is_won else "lost"))
    told: dict[str, Any] = {} if is_won else {"lost_reason": lost_reason(book, random)}
    if not is_won and random.random() < 0.4:
        told["competitor"] = book.one(random, "competitors")
    return {
        "stage": step.id, "pipeline": step.pipeline, "status": step.outcome, "category": step.category,
        "probability": step.probability, "stage_at": book.hour(on, random.randrange(9, 18)), "closed_on": on,
        "expected_close_on": on + timedelta(days=random.randrange(-12, 9)), **told}


def lost_reason(book: Book, random: Random) -> UUID | None:
    """Some reasons are far more common than others."""
    reasons = book.ground.reasons
    return reasons[min(int(random.expovariate(0.6)), len(reasons) - 1)] if reasons else None


def lines_of(book: Book, random: Random, amount: Decimal) -> list[Row]:
    """Products that come to about the amount, at the prices of the catalogue."""
    picks = random.sample(book.products, random.randrange(1, 4))
    each = amount / len(picks)
    return [{
        "product": product.id, "description": product.values["name"], "unit_price": product.values["unit_price"],
        "quantity": Decimal(max(1, round(each / product.values["unit_price"]))),
        "discount_percent": Decimal(random.choice((0, 0, 0, 5, 10)))} for product in picks]


def leads_make(book: Book, deals: list[Sample]) -> list[Sample]:
    """People who asked: the newest untouched, the older ones converted, dropped or still worked on."""
    random, shop = book.shop.stream("leads"), book.shop
    place_of = {key: at for at, key in enumerate(book.keys)}
    free = [one for one in deals if (shop.as_of - one.at.date()).days < 200]
    turned = iter(random.sample(free, 34))
    found = []
    for number in range(LEADS):
        age = int(random.expovariate(1 / 32)) if number >= 34 else 0
        of = next(turned, None) if number < 34 else None
        if of:
            found.append(converted(book, random, of, place_of[of.values["customer"]]))
        else:
            found.append(lead(book, random, number, min(age, 170)))
    return sorted(found, key=lambda one: one.at)


def lead(book: Book, random: Random, number: int, age: int) -> Sample:
    """One lead of so many days ago."""
    shop, chinese = book.shop, book.shop.is_chinese
    name, place = people.person_name(random, chinese), people.address(random, chinese)
    firm, industry = people.company_name(random, chinese, place.city) if random.random() < 0.6 else (None, "")
    wish = random.choice(shop.trade.words["leads"])
    odds = (70, 26, 4, 0) if age < 4 else (12, 40, 24, 24)
    status = random.choices(("new", "working", "qualified", "unqualified"), odds)[0]
    owner = book.person(random, 0.55 if status == "new" else 0.05)
    at = book.hour(book.day(-age - 1), random.randrange(8, 20), random.randrange(60))
    held: Row = {"held_at": at} if owner else {"pooled_at": at}
    return book.sample(
        at, name=name.text, company=firm.text if firm else "", industry=industry,
        position=people.position(random, chinese) if firm else "",
        email=people.email(name, FIRST_PHONE + number, False),
        phone=people.phone(FIRST_PHONE + number, place.country), country=place.country, city=place.city,
        source=weighted(random, SOURCES_ZH if chinese else SOURCES_EN), status=status, interest=shop.said(wish),
        rating=random.choices(("hot", "warm", "cold", ""), (22, 38, 22, 18))[0],
        amount=book.round_sum(random, wish[2], wish[3]), currency=shop.currency,
        owner=owner.id if owner else None, **held)


def converted(book: Book, random: Random, deal: Sample, customer: int) -> Sample:
    """The lead that a deal came from."""
    profile, asked = book.profiles[customer], deal.at - timedelta(days=random.randrange(2, 16))
    contact = next(iter(book.contacts.get(customer, ())), None)
    who = contact.values if contact else {"name": profile.name, "email": profile.email, "phone": profile.phone}
    return book.sample(
        asked, name=who["name"], company=profile.name if contact else "", email=who["email"], phone=who["phone"],
        country=profile.address.country, city=profile.address.city, source=deal.values["source"], status="converted",
        rating="hot", interest=book.one(random, "leads"), owner=deal.values["owner"],
        currency=book.shop.currency, held_at=asked, converted_at=deal.at, customer=book.keys[customer],
        contact=contact.id if contact else None, deal=deal.id)


def quotes_make(book: Book, deals: list[Sample]) -> Iterator[Sample]:
    """Offers for deals that have come so far, and for some that were won."""
    random, open_steps = book.shop.stream("quotes"), [s.id for s in book.ground.steps if s.outcome == "open"]
    far = [one for one in deals if one.values["stage"] in open_steps[QUOTE_FROM:]]
    won = [one for one in deals if one.values["status"] == "won"][-24:]
    names = {key: profile.name[:120] for key, profile in zip(book.keys, book.profiles, strict=True)}
    for number, of in enumerate([*won, *far], start=1):
        at = of.at + timedelta(days=2) if of in won else of.values["stage_at"] + timedelta(hours=3)
        status = "accepted" if of in won else random.choices(("sent", "draft"), (70, 30))[0]
        lines = [dict(line) for line in of.parts["lines"]] or [
            {"description": of.values["name"][:200], "quantity": Decimal(1), "unit_price": of.values["amount"]}]
        told: Row = {"status": status} | ({} if status == "draft" else {"sent_at": at})
        if status == "accepted":
            told |= {"answered_at": at + timedelta(days=3), "answered_name": names[of.values["customer"]]}
        yield Sample(book.ids.at(at), at, {
            "number": f"{PREFIX}Q-{number:04d}", "subject": of.values["name"], "deal": of.id,
            "customer": of.values["customer"], "currency": book.shop.currency, "exchange_rate": Decimal(1),
            "valid_until": at.date() + timedelta(days=30), "owner": of.values["owner"]}, {"lines": lines}, told)


def deal_people(book: Book, deals: list[Sample]) -> Iterator[Sample]:
    """Who has a say in the deals with firms."""
    random, place_of = book.shop.stream("roles"), {key: at for at, key in enumerate(book.keys)}
    for of in deals:
        for place, contact in enumerate(book.contacts.get(place_of[of.values["customer"]], ())):
            role = "decides" if place == 0 else random.choice(("influences", "champion", "pays", "uses"))
            yield book.sample(
                of.at, deal=of.id, contact=contact.id, name=contact.values["name"], role=role, is_main=place == 0)


def approvals_make(book: Book, deals: list[Sample]) -> Iterator[Sample]:
    """Discounts that somebody has to agree to."""
    reasons = book.shop.trade.words["approvals"]
    for at, of in enumerate([one for one in deals if one.values["status"] == "open"][-len(reasons):]):
        asked = book.staff[2]
        yield book.sample(
            of.values["stage_at"] + timedelta(hours=1), reason=book.shop.said(reasons[at]), kind="discount",
            percent=Decimal(12), asked_by=asked.id, owner=asked.id, **book.about(DEAL, of.id))


def selling_make(book: Book) -> tuple[list[Sample], list[Sample], list[Batch]]:
    """Deals, leads, and the batches of all that belongs to selling."""
    deals = deals_make(book)
    leads = leads_make(book, deals)
    return deals, leads, [
        (Deal, deals), (DealContact, list(deal_people(book, deals))), (Lead, leads),
        (Quote, list(quotes_make(book, deals))), (Approval, list(approvals_make(book, deals)))]
