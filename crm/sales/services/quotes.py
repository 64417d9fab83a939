"""What can be done with an offer, and by whom."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError, Problem
from crm.core.permissions import is_fixed, may_change, not_yours, permit
from crm.core.registry import Row, registry
from crm.core.services import Change, record_save, records_save
from crm.core.trade import by_trade
from crm.core.verbs import asked, asked_new, not_to_write, verb, verb_run
from crm.sales.models import (
    Approval,
    Deal,
    DealContact,
    DealLine,
    Interval,
    Letterhead,
    Order,
    Outcome,
    Quote,
    QuoteLine,
    Subscription,
)
from crm.sales.services.deals import must_be_open
from crm.sales.services.discounts import approval_ask, discounts_check
from crm.sales.services.numbers import number_next, numbers_give
from crm.sales.services.paper import is_late
from crm.sales.services.rates import rates_take
from tenants.context import current

Status = Quote.Status
VALID_DAYS = 30
ON_PAPER = (
    *("number", "subject", "deal", "customer", "contact", "letterhead", "revised_from"),
    *("currency", "exchange_rate", "price_book", "valid_until", "terms"),
)
LINE = ("product", "description", "quantity", "unit_price", "interval", "discount_percent")
REVISION = re.compile(r"-\d+\Z")


def quotes_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """Fill in what a new quote takes from deal and letterhead; refuse to change what was sent."""
    new = {at: row for at, row in rows.items() if at not in was}
    if new:
        deals, heads = deals_of(new.values()), list(Letterhead.objects.filter(deleted_at__isnull=True))
        people = people_of(deals)
        for row in new.values():
            quote_begin(row, deals.get(row["deal"]), heads)
            if row["contact"] is None and row["deal"] and row["customer"] == deals[row["deal"]].customer_id:
                row["contact"] = people.get(row["deal"])
        revisions_number(new.values())
        numbers_give(Quote, "Q-", new.values())
    yield from rates_take(rows, was, lambda row: row["sent_at"])
    for at, before in was.items():
        if before["status"] != Status.DRAFT:
            yield from ((at, name, frozen()) for name in ON_PAPER if rows[at][name] != before[name])


def deals_of(rows: Iterable[Row]) -> dict[UUID, Deal]:
    """The deals that quotes are about."""
    ids = {row["deal"] for row in rows if row["deal"]}
    return {deal.pk: deal for deal in Deal.objects.filter(pk__any_of=ids).defer("search")} if ids else {}


def people_of(deals: Collection[UUID]) -> dict[UUID, UUID]:
    """The main contact of each deal that has one; of several the first."""
    rows = DealContact.objects.filter(deal__any_of=deals, is_main=True, deleted_at=None, contact__deleted_at=None)
    found = rows.order_by("-created_at", "-pk").values_list("deal_id", "contact_id") if deals else ()
    return dict(found)


def quote_begin(row: Row, deal: Deal | None, heads: list[Letterhead]) -> None:
    """What a new quote does not say itself."""
    if deal is not None:
        row["customer"] = row["customer"] or deal.customer_id
        row["subject"] = row["subject"] or deal.name
        if not row["currency"]:
            row["currency"], row["exchange_rate"] = deal.currency, row["exchange_rate"] or deal.exchange_rate
        row["price_book"] = row["price_book"] or deal.price_book_id
    row["currency"] = row["currency"] or current().currency
    head = next((one for one in heads if one.pk == row["letterhead"]), None)
    head = head or next((one for one in heads if one.is_default), heads[0] if heads else None)
    row["letterhead"] = head.pk if head else None
    row["terms"] = row["terms"] or (head.terms if head else "")
    days = head.valid_days if head else VALID_DAYS
    row["valid_until"] = row["valid_until"] or timezone.localdate() + timedelta(days=days)


def revisions_number(new: Iterable[Row]) -> None:
    """A revision bears the number of what it replaces, and which one it is."""
    ids = {row["revised_from"] for row in new if row["revised_from"]}
    olds = {one.pk: one for one in Quote.objects.filter(pk__any_of=ids).defer("search")} if ids else {}
    for row in new:
        if old := olds.get(row["revised_from"]):
            row["revision"] = old.revision + 1
            base = REVISION.sub("", old.number) if old.revision > 1 else old.number
            row["number"] = row["number"] or f"{base}-{row['revision']}"


def frozen() -> Problem:
    """The refusal to change what somebody has in hand."""
    return Problem("not_draft", _("What was sent stays as it is; make a revision."))


def is_status(*statuses: str) -> Any:
    """Whether a quote stands at one of these."""
    return lambda row: row.get("status") in statuses


def refuse_unless(quote: Quote, *statuses: str) -> None:
    """Refuse what does not fit how it stands."""
    if quote.status not in statuses:
        words = {"status": quote.get_status_display()}
        raise CrmError("wrong_status", _("This quote is “%(status)s”.") % words, status=409)


@verb(
    label=gettext_lazy("Make quote"),
    description=gettext_lazy("Make a quote of the deal's products, for its customer."),
    icon="file-invoice",
    when=lambda row: row.get("status") == Outcome.OPEN,
    makes=("sales.quote", "deal"),
)
def deal_quote(deal: Deal, *, actor: Actor) -> dict[str, Any]:
    """Make a quote of a deal, in one go."""
    must_be_open(deal)
    rows = DealLine.objects.filter(deal=deal).order_by("position")
    lines = [{name: getattr(row, column(name)) for name in LINE} for row in rows]
    if not lines and deal.amount is not None:
        lines = [{"description": deal.name, "quantity": 1, "unit_price": deal.amount}]
    values = {"deal": deal.pk, "owner": deal.owner_id, "lines": lines}
    record_save(Quote, values, actor=actor.authorised())
    return {}


def column(name: str) -> str:
    """The attribute that holds a line's value."""
    return "product_id" if name == "product" else name


@verb(
    label=gettext_lazy("Send"),
    description=gettext_lazy("Let it out: from now on it stays as it is, and its link opens."),
    icon="send",
    when=is_status(Status.DRAFT),
)
def quote_send(quote: Quote, *, actor: Actor) -> dict[str, Any]:
    """Let a quote out."""
    refuse_unless(quote, Status.DRAFT)
    discounts_check(quote, actor)
    if not QuoteLine.objects.filter(quote=quote).exists():
        raise CrmError("no_lines", _("A quote needs at least one line."), status=409)
    if is_late(quote):
        raise CrmError("quote_expired", _("Its last day has passed; give it another one first."), status=409)
    number = quote.number or number_next(Quote, "Q-")
    return {"status": Status.SENT.value, "sent_at": timezone.now(), "number": number}


@verb(
    label=gettext_lazy("Ask for approval"),
    description=gettext_lazy("Ask those who may agree to discounts beyond your limit."),
    icon="user-question",
    inputs={"reason": asked(Approval, "reason", is_required=True)},
    when=is_status(Status.DRAFT),
    makes=("sales.approval", "object_id"),
)
def quote_ask_approval(quote: Quote, *, actor: Actor, reason: str) -> dict[str, Any]:
    """Ask for discounts beyond the limit."""
    refuse_unless(quote, Status.DRAFT)
    return approval_ask(quote, reason, actor)


@verb(
    label=gettext_lazy("Accept"),
    description=gettext_lazy("Note that the customer accepts, and who said so."),
    icon="circle-check",
    inputs={"name": asked_new("name", models.CharField(gettext_lazy("Name of who accepts"), max_length=120))},
    when=is_status(Status.SENT, Status.EXPIRED),
)
def quote_accept(quote: Quote, *, actor: Actor, name: str) -> dict[str, Any]:
    """The customer says yes; what came by the link cannot come late."""
    refuse_unless(quote, Status.SENT, Status.EXPIRED)
    refuse_late(quote, actor)
    return {"status": Status.ACCEPTED.value, **answered(actor, name), "decline_reason": ""}


@verb(
    label=gettext_lazy("Decline"),
    description=gettext_lazy("Note that the customer declines, and why."),
    icon="circle-x",
    danger=True,
    inputs={
        "name": asked_new("name", models.CharField(gettext_lazy("Name of who declines"), max_length=120, blank=True)),
        "reason": asked(Quote, "decline_reason", is_required=True),
    },
    when=is_status(Status.SENT, Status.EXPIRED),
)
def quote_decline(quote: Quote, *, actor: Actor, name: str, reason: str) -> dict[str, Any]:
    """The customer says no, and why."""
    refuse_unless(quote, Status.SENT, Status.EXPIRED)
    refuse_late(quote, actor)
    return {"status": Status.DECLINED.value, **answered(actor, name), "decline_reason": reason}


def refuse_late(quote: Quote, actor: Actor) -> None:
    """Who comes by the link comes in time; your own people may note what was said later."""
    if actor.kind == "portal" and is_late(quote):
        raise CrmError("quote_expired", _("This offer has expired. Ask for a new one."), status=409)


def answered(actor: Actor, name: str) -> dict[str, Any]:
    """When, by whom and from where."""
    return {"answered_at": timezone.now(), "answered_name": name, "answered_from": actor.address}


@verb(
    label=gettext_lazy("Revise"),
    description=gettext_lazy("Make the next version as a draft; this one stays, but cannot be accepted any more."),
    icon="versions",
    when=is_status(Status.SENT, Status.DECLINED, Status.EXPIRED),
    makes=("sales.quote", "revised_from"),
)
def quote_revise(quote: Quote, *, actor: Actor) -> dict[str, Any]:
    """Make the next version."""
    refuse_unless(quote, Status.SENT, Status.DECLINED, Status.EXPIRED)
    kept = ("subject", "currency", "exchange_rate", "terms", "notes")
    links = ("deal", "customer", "contact", "letterhead", "price_book", "owner")
    values: dict[str, Any] = {name: getattr(quote, name) for name in kept}
    values |= {name: getattr(quote, f"{name}_id") for name in links}
    if not is_late(quote):
        values["valid_until"] = quote.valid_until
    record_save(Quote, {**values, "revised_from": quote.pk, "lines": lines_of(quote)}, actor=actor.authorised())
    return {"status": Status.REPLACED.value}


def lines_of(quote: Quote) -> list[dict[str, Any]]:
    """What stands on it, to be taken over."""
    rows = QuoteLine.objects.filter(quote=quote).order_by("position")
    return [{name: getattr(row, column(name)) for name in (*LINE, "tax_percent")} for row in rows]


@verb(
    label=by_trade(
        gettext_lazy("Make order"), bank=gettext_lazy("Make transaction"), travel=gettext_lazy("Make booking")
    ),
    description=gettext_lazy(
        "Take what was accepted over into an order, what is paid again and again into subscriptions; "
        "the deal is won with it, if you like."
    ),
    icon="shopping-cart-plus",
    inputs={
        "wins_deal": asked_new("wins_deal", models.BooleanField(gettext_lazy("Win the deal"), default=True, blank=True))
    },
    when=is_status(Status.ACCEPTED),
    makes=("sales.order", "quote"),
)
def quote_order(quote: Quote, *, actor: Actor, wins_deal: bool) -> dict[str, Any]:
    """Make the order of an accepted quote, once."""
    refuse_unless(quote, Status.ACCEPTED)
    known = Order.objects.filter(quote=quote, deleted_at__isnull=True).values_list("number", flat=True).first()
    if known is not None:
        text = _("There is an order of this quote already: %(number)s.") % {"number": known}
        raise CrmError("already_ordered", text, status=409)
    inner = actor.authorised()
    values = {
        "number": number_next(Order, "O-"),
        "quote": quote.pk,
        "deal": quote.deal_id,
        "customer": quote.customer_id,
        "currency": quote.currency,
        "exchange_rate": quote.exchange_rate,
        "status": Order.Status.OPEN.value,
        "owner": quote.owner_id,
        "lines": lines_of(quote),
    }
    order = record_save(Order, values, actor=inner)
    subscribe(quote, order, inner)
    if wins_deal and quote.deal is not None and quote.deal.status == Outcome.OPEN:
        win_permit(quote.deal, actor)
        deal_settle(quote, quote.deal, inner)
        verb_run(registry["sales.deal"], "win", quote.deal.pk, actor=inner, inputs={})
    return {}


def deal_settle(quote: Quote, deal: Deal, actor: Actor) -> None:
    """A deal is won at what was ordered, where that differs from what stood there before it was negotiated."""
    if quote.currency == deal.currency and quote.net_amount != deal.amount:
        lines = [{name: line[name] for name in LINE} for line in lines_of(quote)]
        record_save(Deal, {"lines": lines}, actor=actor, id=deal.pk)


def win_permit(deal: Deal, actor: Actor) -> None:
    """Refuse whoever may not win the deal by itself, either."""
    noun = registry["sales.deal"]
    permit(actor, noun.permission("win"))
    if not may_change(noun, deal.pk, actor, "win"):
        raise not_yours()
    if is_fixed(noun, "stage", actor):
        raise not_to_write()


def subscribe(quote: Quote, order: UUID, actor: Actor) -> None:
    """What is paid again and again goes on as a subscription, from today."""
    if quote.customer_id is None:
        return
    rows = QuoteLine.objects.filter(quote=quote, amount__gt=0).exclude(interval__in=("", Interval.ONCE))
    common: dict[str, Any] = {
        "customer": quote.customer_id,
        "order": order,
        "owner": quote.owner_id,
        "currency": quote.currency,
        "exchange_rate": quote.exchange_rate,
        "starts_on": timezone.localdate(),
    }
    changes = [
        Change(
            {
                **common,
                "name": line.description or (line.product.name if line.product else quote.subject or quote.number),
                "product": line.product_id,
                "interval": line.interval,
                "amount": line.amount,
            }
        )
        for line in rows.select_related("product").order_by("position")
    ]
    if changes:
        records_save(Subscription, changes, actor=actor)


@verb(
    label=gettext_lazy("Expire"),
    description=gettext_lazy("Note that the last day has passed without an answer; happens by itself every night."),
    icon="hourglass-off",
    when=lambda row: False,
    aside=True,
)
def quote_expire(quote: Quote, *, actor: Actor) -> dict[str, Any]:
    """Its last day has passed."""
    refuse_unless(quote, Status.SENT)
    if not is_late(quote):
        raise CrmError("not_over", _("Its last day has not passed."), status=409)
    return {"status": Status.EXPIRED.value}


def quotes_expire() -> int:
    """Mark what nobody answered in time; how many."""
    late = Quote.objects.filter(status=Status.SENT, valid_until__lt=timezone.localdate(), deleted_at__isnull=True)
    ids = list(late.values_list("pk", flat=True))
    for pk in ids:
        verb_run(registry["sales.quote"], "expire", pk, actor=SYSTEM, inputs={})
    return len(ids)
