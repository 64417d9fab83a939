"""Files of a sample: the contracts of deals that were won as PDF, and cards that firms' people left as pictures."""
from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from typing import Any

from django.utils import translation

from crm.activities.files import kind_of
from crm.core.papers import Paper
from crm.exchange.samples.records import CUSTOMER_LABEL, Book, Sample
from crm.exchange.samples.selling import DEAL
from crm.sales.services.paper import money_text

CONTRACTS, CARDS = 3, 3
BANDS = ("#0b7285", "#9c4221", "#5f3dc4")
TERMS = (
    "Delivery as agreed in the offer. Payment within 30 days of the invoice. Changes are made in writing.",
    "按报价约定交付；收到发票后30日内付款；变更须以书面形式作出。")


def files_make(book: Book, deals: list[Sample]) -> Iterator[Sample]:
    """What would lie in the drawer, newest deals first; the bytes are kept in the book until the rows stand."""
    won = [one for one in deals if one.values["status"] == "won"][-CONTRACTS:]
    for number, of in enumerate(won, start=1):
        said = book.shop.said(("Contract", "合同"))
        at = book.hour(of.values["closed_on"], 16, 20 + number)
        name = f"{said} {of.values['name'].replace(':', ' -')}.pdf"
        about = book.about(DEAL, of.id) | {"owner": of.values["owner"]}
        yield file_of(book, at, name, contract(book, of, number), about)
    firms = [one for one in book.contacts if book.profiles[one].kind == "company"][-CARDS:]
    for number, firm in enumerate(firms):
        person = book.contacts[firm][0].values
        name = f"{book.shop.said(('Card', '名片'))} {person['name']}.png"
        owned = book.about(CUSTOMER_LABEL, book.keys[firm]) | {"owner": book.owners[firm]}
        at = book.hour(book.day(-3 - 4 * number), 11, 5)
        yield file_of(book, at, name, card(book, firm, BANDS[number]), owned)


def file_of(book: Book, at: datetime, name: str, data: bytes, about: dict[str, Any]) -> Sample:
    """One file; what follows from its bytes is told as if they had been taken in."""
    one = book.sample(at, name=name[:200], **about)
    one.later.update(size=len(data), sha256=hashlib.sha256(data).hexdigest(), content_type=kind_of(data[:4096]))
    book.files[one.id] = data
    return one


def contract(book: Book, deal: Sample, number: int) -> bytes:
    """What was signed, on one page."""
    shop, profile = book.shop, book.profiles[book.keys.index(deal.values["customer"])]
    with translation.override("zh-hans" if shop.is_chinese else "en"):
        amount = money_text(deal.values["amount"], shop.currency)
    heads = tuple(map(shop.said, (("Subject", "标的"), ("Amount", "金额"))))
    facts = (
        (shop.said(("Number", "编号")), f"C-{deal.values['closed_on']:%Y}-{number:03d}"),
        (shop.said(("Signed", "签订日期")), deal.values["closed_on"].isoformat()))
    paper = Paper(
        title=shop.said(("Contract", "合同")), number=facts[0][1], sender=(), mark="",
        receiver=(profile.name, profile.address.street, profile.address.city), facts=facts, heads=heads,
        rows=((deal.values["name"], amount),), totals=((shop.said(("Total", "合计")), amount),),
        texts=((shop.said(("Terms", "条款")), shop.said(TERMS)),))
    draw = import_module("crm.core.papers.pdf").paper_pdf  # the font is loaded by the first who asks
    return bytes(draw(paper, is_dated=False))


def card(book: Book, customer: int, band: str) -> bytes:
    """A card of the firm's first contact, as a picture."""
    person, profile = book.contacts[customer][0].values, book.profiles[customer]
    lines = ((profile.name, 26, 44), (person["name"], 44, 128), (person["position"], 22, 190),
             (person["phone"], 20, 268), (person["email"], 20, 302))
    draw = import_module("crm.core.papers.pictures").card_picture
    return bytes(draw([(str(text or ""), height, top) for text, height, top in lines], band))
