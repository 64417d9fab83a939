"""How payments are listed, edited, found and moved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from django.db.models import Case, F, When
from django.utils.translation import gettext_lazy as _

from crm.core.bulk import rows_update
from crm.core.errors import Problem
from crm.core.registry import Board, Calendar, Resource, Row, register
from crm.sales.models import Payment
from crm.sales.resources.amounts import money_of
from crm.sales.services.payments import orders_settle, payment_receive, payment_refund, payments_follow


@register
class PaymentResource(Resource):
    """Payments: what is due for an order, and what came."""

    model = Payment
    icon = "cash"
    daily_in = frozenset({"bank", "travel"})
    title = "number"
    fields = ("number", "order", "kind", "amount", "due_on", "paid_on", "method", "reference", "notes")
    computed = ("status", "customer", "currency", "exchange_rate", "amount_home")
    columns = ("number", "customer", "amount", "status", "kind", "order", "currency", "due_on", "paid_on", "method")
    filters = (
        "number",
        "order",
        "customer",
        "kind",
        "status",
        "amount",
        "amount_home",
        "currency",
        "due_on",
        "paid_on",
        "method",
        "reference",
    )
    quick = ("status", "kind", "method")
    sortable = ("created_at", "due_on", "paid_on", "amount")
    search = ("number", "reference")
    personal = ("reference", "notes")
    keys = ("number",)
    verbs = (payment_receive, payment_refund)
    amounts = ("amount",)
    gathers = "order"
    sums: ClassVar = {"amount": Case(When(kind=Payment.Kind.REFUND, then=-F("amount")), default=F("amount"))}
    kinds = {"exchange_rate": "number"}
    groups = (
        (_("About"), ("order", "customer", "kind", "status", "owner")),
        (_("Money"), ("amount", "currency", "exchange_rate", "amount_home")),
        (_("Payment"), ("due_on", "paid_on", "method", "reference")),
        (_("More"), ("notes", "is_sample", "created_at", "updated_at")),
    )
    timeline_at = "created_at"
    board = Board(
        "status", ("order", "customer", "amount", "due_on", "paid_on"), amount="amount_home", verbs={"paid": "receive"}
    )
    calendar = Calendar("due_on", state="status", over=("paid",), about="customer", is_aside=True)
    synonyms = {
        "number": ("payment", "payment no", "receipt", "回款编号", "收款单号"),
        "order": ("order", "order no", "订单", "订单号"),
        "amount": ("amount", "金额", "回款金额", "付款金额"),
        "due_on": ("due", "due date", "应收日期", "计划回款日期", "到期日"),
        "paid_on": ("paid", "paid on", "date", "回款日期", "付款日期", "收款日期"),
        "method": ("method", "payment method", "付款方式", "回款方式"),
        "reference": ("reference", "交易号", "流水号"),
        "notes": ("notes", "备注"),
    }

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """Customer, currency and rate are the order's; with a day of payment it is paid."""
        return payments_follow(rows, was)

    def derive(self, row: Row) -> Row:
        """What it is in the tenant's own currency."""
        return {"amount_home": worth(row["kind"], row["amount"], row["exchange_rate"])}

    def gather(self, ids: Collection[UUID]) -> None:
        """An order keeps what was paid, what is open and which day comes next."""
        orders_settle(ids)


def worth(kind: str, amount: Decimal | None, rate: Decimal | None) -> Decimal:
    """A payment in the tenant's own currency; what was given back is taken away."""
    sign = Decimal(-1 if kind == Payment.Kind.REFUND else 1)
    return money_of("amount", "", sign, amount or Decimal(0), Decimal(1) if rate is None else rate)


def payments_revalue(rows: Mapping[int, Row], was: Mapping[int, Row]) -> None:
    """Where an order's rate is put right, its payments are worth what that makes them."""
    rates = {
        was[at]["id"]: row["exchange_rate"]
        for at, row in rows.items()
        if at in was and row["exchange_rate"] != was[at]["exchange_rate"]
    }
    if rates:
        found = Payment.objects.filter(order__any_of=set(rates)).values_list("pk", "order_id", "kind", "amount")
        changes = [
            (pk, {"exchange_rate": rates[order], "amount_home": worth(kind, amount, rates[order])})
            for pk, order, kind, amount in found
        ]
        rows_update(Payment, changes)
