"""Money for orders: planned, received, given back; every order keeps what is still open."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any
from uuid import UUID

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Min, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.core.actors import Actor
from crm.core.bulk import rows_update
from crm.core.errors import CrmError, Problem
from crm.core.money import currency_of, rounded, unit_of
from crm.core.registry import Row
from crm.core.services import Change, record_save, records_save
from crm.core.verbs import asked, asked_new, verb
from crm.sales.models import Order, Payment
from crm.sales.services.numbers import numbers_give
from crm.sales.services.paper import money_text
from tenants.context import current

MOST_INSTALMENTS = 60
KEPT = ("paid_amount", "open_amount", "due_on")
PAID, DUE = Payment.Status.PAID, Payment.Status.DUE


def payments_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """Customer, currency and rate are the order's; what has a day of payment is paid."""
    numbers_give(Payment, "P-", (row for at, row in rows.items() if at not in was))
    orders = {row["order"] for row in rows.values()}
    known = Order.objects.filter(pk__any_of=orders).values_list("pk", "customer_id", "currency", "exchange_rate")
    about = {pk: told for pk, *told in known}
    for at, row in rows.items():
        row["customer"], row["currency"], row["exchange_rate"] = about[row["order"]]
        row["status"] = PAID.value if row["paid_on"] else DUE.value
        if at not in was and row["status"] == DUE and row["due_on"] is None:
            row["due_on"] = timezone.localdate()
    yield from ((at, "paid_on", to_come()) for at, row in rows.items() if is_to_come(row["paid_on"], was.get(at)))
    yield from (
        (at, "paid_on", Problem("required", _("Money that was given back has a day.")))
        for at, row in rows.items()
        if row["kind"] == Payment.Kind.REFUND and not row["paid_on"]
    )


def is_to_come(day: date | None, before: Row | None) -> bool:
    """Whether money is said to have moved on a day that is still to come."""
    is_new = before is None or before["paid_on"] != day
    return day is not None and is_new and day > timezone.localdate()


def to_come() -> Problem:
    """The refusal of that."""
    text = _("This day has not come yet: write the day as due, and note the payment when it is there.")
    return Problem("future", text)


def orders_settle(ids: Collection[UUID]) -> None:
    """Bring what orders keep of their payments up to date; who else pays waits."""
    orders = Order.objects.filter(pk__any_of=ids).defer("search").order_by("pk").select_for_update()
    sums = sums_of([order.pk for order in orders])
    changes = []
    for order in orders:
        paid, due_on = sums[order.pk]
        row = {name: getattr(order, name) for name in ("status", "amount", "tax_amount", "currency")}
        new = {"paid_amount": paid, "due_on": due_on}
        new["open_amount"] = open_amount({**row, **new})
        if any(getattr(order, name) != new[name] for name in KEPT):
            changes.append((order.pk, new))
    rows_update(Order, changes)


def sums_of(orders: Collection[UUID]) -> Mapping[UUID, tuple[Decimal, date | None]]:
    """What was paid for each order, and which day comes next."""
    live = Payment.objects.filter(order__any_of=orders, deleted_at__isnull=True)
    back = Q(kind=Payment.Kind.REFUND)
    found = live.values_list("order").annotate(
        paid=Sum("amount", filter=Q(status=PAID) & ~back),
        refunded=Sum("amount", filter=Q(status=PAID) & back),
        due=Min("due_on", filter=Q(status=DUE)),
    )
    sums: dict[UUID, tuple[Decimal, date | None]] = defaultdict(lambda: (Decimal(0), None))
    for order, paid, refunded, due in found:
        sums[order] = ((paid or Decimal(0)) - (refunded or Decimal(0)), due)
    return sums


def open_amount(row: Row) -> Decimal | None:
    """What is still to be paid; of finished orders whose payments were never noted, nothing is said."""
    if row["status"] != Order.Status.OPEN and not row["paid_amount"] and row["due_on"] is None:
        return None
    owed = Decimal(0) if row["status"] == Order.Status.CANCELLED else row["amount"] + row["tax_amount"]
    return rounded(owed - row["paid_amount"], currency_of(row))


def is_owed(row: Mapping[str, Any]) -> bool:
    """Whether money is still to come."""
    return (row.get("open_amount") or 0) > 0


PAYING = {
    "amount": asked(Payment, "amount", is_required=False),
    "paid_on": asked(Payment, "paid_on", is_required=False),
    "method": asked(Payment, "method", is_required=False),
    "reference": asked(Payment, "reference", is_required=False),
}


@verb(
    label=gettext_lazy("Record payment"),
    description=gettext_lazy("Note money that came: all that is open unless you name less. Due instalments go first."),
    icon="cash",
    inputs=PAYING,
    when=is_owed,
)
def order_pay(
    order: Order, *, actor: Actor, amount: Decimal | None, paid_on: date | None, method: str, reference: str
) -> dict[str, Any]:
    """Note money for an order; the instalments that are due first take it first."""
    if order.kind == Order.Kind.CREDIT:
        text = _("A return brings no money: give money back by a refund of the payment.")
        raise CrmError("nothing_open", text, status=409, field="amount")
    rest = rounded(order.open_amount or Decimal(0), order.currency or current().currency) if amount is None else amount
    if rest <= 0:
        text = _("Nothing is to be paid.") if amount is None else _("Give an amount above zero.")
        raise CrmError("nothing_open", text, status=409, field="amount")
    if order.open_amount is not None and rest > order.open_amount:
        text = _("Only %(amount)s is open; a payment beyond it is noted by hand under Payments.")
        raise too_much(text, order.open_amount, order.currency)
    inner = actor.authorised()
    told = {"paid_on": paid_on or timezone.localdate(), "method": method, "reference": reference}
    waiting = Payment.objects.filter(order=order, status=DUE, deleted_at__isnull=True).order_by("due_on", "pk")
    for one in waiting.select_for_update(skip_locked=True):
        if rest <= 0:
            break
        part = min(rest, one.amount)
        paid_of(one, part, told, inner)
        rest -= part
    if rest > 0:
        record_save(Payment, {"order": order.pk, "amount": rest, "owner": order.owner_id, **told}, actor=inner)
    return {}


def too_much(text: str, most: Decimal, currency: str) -> CrmError:
    """The refusal of an amount, with the most that it may be."""
    return CrmError("too_much", text % {"amount": money_text(most, currency)}, status=409, field="amount")


def paid_of(payment: Payment, part: Decimal, told: Mapping[str, Any], actor: Actor) -> None:
    """An instalment is paid; what is missing of it stays due as one of its own."""
    record_save(Payment, {"amount": part, **told}, actor=actor, id=payment.pk)
    if part < payment.amount:
        left = {"order": payment.order_id, "amount": payment.amount - part, "due_on": payment.due_on}
        record_save(Payment, {**left, "owner": payment.owner_id}, actor=actor)


@verb(
    label=gettext_lazy("Plan instalments"),
    description=gettext_lazy("Split what is open and not yet planned into equal monthly instalments."),
    icon="calendar-dollar",
    inputs={
        "count": asked_new(
            "count",
            models.PositiveSmallIntegerField(
                gettext_lazy("Instalments"), validators=[MinValueValidator(1), MaxValueValidator(MOST_INSTALMENTS)]
            ),
        ),
        "first_on": asked_new("first_on", models.DateField(gettext_lazy("First due on"))),
    },
    when=is_owed,
)
def order_plan(order: Order, *, actor: Actor, count: int, first_on: date) -> dict[str, Any]:
    """Plan what is open as equal instalments; the last takes what is left over."""
    planned = Payment.objects.filter(order=order, status=DUE, deleted_at__isnull=True).aggregate(sum=Sum("amount"))
    currency = order.currency or current().currency
    rest = rounded((order.open_amount or Decimal(0)) - (planned["sum"] or Decimal(0)), currency)
    if rest <= 0:
        raise CrmError("nothing_open", _("All that is open is planned already."), status=409)
    each = (rest / count).quantize(unit_of(currency), ROUND_DOWN)
    amounts = [each] * (count - 1) + [rest - each * (count - 1)]
    if each <= 0 and count > 1:
        text = _("That many instalments would be below the smallest unit of the currency.")
        raise CrmError("too_many", text, status=409)
    changes = [
        Change({"order": order.pk, "amount": amount, "due_on": months_later(first_on, at), "owner": order.owner_id})
        for at, amount in enumerate(amounts)
    ]
    records_save(Payment, changes, actor=actor.authorised())
    return {}


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@verb(
    label=gettext_lazy("Record payment"),
    description=gettext_lazy("Note that it came; what is missing of it stays due."),
    icon="cash",
    inputs=PAYING,
    when=lambda row: row.get("status") == DUE,
)
def payment_receive(
    payment: Payment, *, actor: Actor, amount: Decimal | None, paid_on: date | None, method: str, reference: str
) -> dict[str, Any]:
    """Note that an instalment was paid, in whole or in part."""
    if payment.status != DUE:
        raise CrmError("already_paid", _("This was paid already."), status=409)
    part = payment.amount if amount is None else amount
    if not 0 < part <= payment.amount:
        text = _("Give an amount up to %(amount)s; note what came beyond it on the order.")
        raise too_much(text, payment.amount, payment.currency)
    if part < payment.amount:
        left = {"order": payment.order_id, "amount": payment.amount - part, "due_on": payment.due_on}
        record_save(Payment, {**left, "owner": payment.owner_id}, actor=actor.authorised())
    told = {"method": method or payment.method, "reference": reference or payment.reference}
    return {"amount": part, "paid_on": paid_on or timezone.localdate(), **told}


@verb(
    label=gettext_lazy("Refund"),
    description=gettext_lazy("Note money that was given back, at most what was paid for the order."),
    icon="cash-off",
    danger=True,
    inputs=PAYING,
    when=lambda row: row.get("status") == PAID and row.get("kind") == Payment.Kind.PAYMENT,
    makes=("sales.order", "payments"),
)
def payment_refund(
    payment: Payment, *, actor: Actor, amount: Decimal | None, paid_on: date | None, method: str, reference: str
) -> dict[str, Any]:
    """Note money that was given back."""
    if payment.status != PAID or payment.kind != Payment.Kind.PAYMENT:
        raise CrmError("not_paid", _("Only what was paid can be given back."), status=409)
    order = Order.objects.select_for_update().only("pk", "paid_amount").get(pk=payment.order_id)
    part = payment.amount if amount is None else amount
    if not 0 < part <= min(order.paid_amount, payment.amount):
        text = _("At most %(amount)s can be given back.")
        raise too_much(text, min(order.paid_amount, payment.amount), payment.currency)
    told = {"paid_on": paid_on or timezone.localdate(), "method": method or payment.method, "reference": reference}
    back = {"order": payment.order_id, "kind": Payment.Kind.REFUND.value, "amount": part, "owner": payment.owner_id}
    record_save(Payment, {**back, **told}, actor=actor.authorised())
    return {}
