"""How products and orders are listed, edited, found and moved."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from crm.core.errors import Problem, Unfit
from crm.core.registry import Board, Part, Resource, Row, Worth, register
from crm.sales.models import Order, OrderLine, Payment, Product
from crm.sales.resources.amounts import kept, line_amount, line_tax, money_of
from crm.sales.resources.payments import payments_revalue
from crm.sales.services.costs import costs_take
from crm.sales.services.orders import order_cancel, order_complete, order_reopen
from crm.sales.services.payments import open_amount, order_pay, order_plan
from crm.sales.services.prices import prices_suggest, prices_take
from crm.sales.services.rates import rates_take

SUMS = ("amount", "tax_amount", "margin_amount")


@register
class ProductResource(Resource):
    """Products: what can be sold."""

    model = Product
    icon = "package"
    begins = True
    fields = ("sku", "name", "category", "unit_price", "unit_cost", "currency", "is_active", "description")
    columns = ("name", "sku", "category", "unit_price", "currency", "is_active")
    sums = {"unit_price": False, "unit_cost": False}
    filters = ("sku", "name", "category", "unit_price", "unit_cost", "currency", "is_active")
    quick = ("category", "is_active")
    sortable = ("name", "created_at", "sku", "unit_price")
    ordering = "name"
    search = ("name", "sku", "category")
    personal = ()
    told_by: ClassVar = {"unit_cost": "sales.order.margin_amount"}
    keys = ("sku", "name")
    groups = (
        (_("About"), ("sku", "category", "is_active", "owner")),
        (_("Price"), ("unit_price", "unit_cost", "currency")),
        (_("More"), ("description", "is_sample", "created_at", "updated_at")),
    )
    synonyms = {
        "sku": (
            "sku",
            "code",
            "product code",
            "item code",
            "stock code",
            "stockcode",
            "商品编码",
            "产品编码",
            "货号",
            "编码",
        ),
        "name": ("name", "product", "product name", "item", "品名", "商品名称", "产品名称", "名称"),
        "category": ("category", "group", "series", "类别", "分类", "品类"),
        "unit_price": ("price", "unit price", "sales price", "list price", "售价", "单价", "价格"),
        "unit_cost": ("cost", "unit cost", "成本", "进价"),
        "currency": ("currency", "币种"),
        "description": ("description", "details", "描述", "说明"),
    }


@register
class OrderResource(Resource):
    """Orders with their lines: the history that every model learns from."""

    model = Order
    icon = "shopping-cart"
    begins = True
    title = "number"
    fields = (
        "number",
        "customer",
        "deal",
        "quote",
        "ordered_at",
        "kind",
        "status",
        "currency",
        "exchange_rate",
        "channel",
        "country",
        "notes",
    )
    computed = ("amount", "tax_amount", "amount_home", "margin_amount", "paid_amount", "open_amount", "due_on")
    tells = {
        "amount": ("amount_home", "tax_amount", "open_amount", "lines"),
        "margin_amount": ("lines.unit_cost", "lines.margin_amount"),
    }
    columns = ("number", "customer", "ordered_at", "status", "amount", "currency", "open_amount", "due_on")
    filters = (
        "number",
        "customer",
        "ordered_at",
        "kind",
        "status",
        "amount",
        "amount_home",
        "margin_amount",
        "open_amount",
        "due_on",
        "currency",
        "channel",
        "country",
        "deal",
        "quote",
    )
    quick = ("status", "kind", "channel")
    sortable = ("created_at", "ordered_at", "number", "amount_home", "due_on")
    ordering = "-ordered_at"
    search = ("number",)
    personal = ("notes",)
    keys = ("number",)
    kinds = {"exchange_rate": "number"}
    verbs = (order_pay, order_plan, order_complete, order_cancel, order_reopen)
    seldom = frozenset({"deal", "quote", "exchange_rate", "channel", "country"})
    parts = (
        Part(
            "lines",
            _("Lines"),
            OrderLine,
            "order",
            (
                "position",
                "kind",
                "product",
                "code",
                "description",
                "quantity",
                "unit_price",
                "interval",
                "discount_percent",
                "tax_percent",
                "unit_cost",
            ),
            ("amount", "margin_amount"),
            leans_on=("currency", "kind"),
            worth=Worth(("tax_amount", "amount"), frozenset({"unit_price"}), prices_suggest),
        ),
    )
    groups = (
        (_("About"), ("customer", "deal", "quote", "ordered_at", "kind", "status", "channel", "country", "owner")),
        (_("Money"), ("amount", "tax_amount", "currency", "exchange_rate", "amount_home", "margin_amount")),
        (_("Payment"), ("paid_amount", "open_amount", "due_on")),
        (_("More"), ("notes", "is_sample", "created_at", "updated_at")),
    )
    timeline_at = "ordered_at"
    board = Board(
        "status",
        ("customer", "amount", "ordered_at", "open_amount", "due_on"),
        since="ordered_at",
        amount="amount_home",
        verbs={"open": "reopen", "completed": "complete", "cancelled": "cancel"},
    )
    synonyms = {
        "number": (
            "order",
            "order no",
            "order number",
            "order id",
            "invoice",
            "invoice no",
            "invoiceno",
            "订单",
            "订单号",
            "订单编号",
            "单号",
        ),
        "customer": ("customer", "customer id", "customerid", "client", "客户", "客户编号", "会员号"),
        "ordered_at": ("date", "order date", "invoice date", "invoicedate", "日期", "下单时间", "订单日期", "购买日期"),
        "status": ("status", "状态", "订单状态"),
        "currency": ("currency", "币种"),
        "channel": ("channel", "shop", "渠道", "门店"),
        "country": ("country", "国家"),
        "notes": ("notes", "备注"),
        "exchange_rate": ("exchange rate", "汇率"),
    }

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """An order takes the rate of its day; its payments are worth what that makes them."""
        unknown = list(rates_take(rows, was, lambda row: row["ordered_at"]))
        yield from unknown
        refused = {at for at, _name, _problem in unknown}
        try:
            payments_revalue({at: row for at, row in rows.items() if at not in refused}, was)
        except Unfit as unfit:
            yield from ((at, "exchange_rate", unfit.problem) for at in was)

    def needed(self, ids: Collection[UUID]) -> Mapping[UUID, Problem]:
        """An order is kept as long as money stands on it."""
        paid = Payment.objects.filter(order__any_of=ids, deleted_at__isnull=True).values_list("order", flat=True)
        text = _("Payments belong to this order; delete those first, or cancel the order.")
        return dict.fromkeys(paid if ids else (), Problem("has_payments", text))

    def follow_part(
        self,
        part: Part,
        rows: Mapping[int, Row],
        lines: Mapping[int, list[Row]],
        before: Mapping[int, list[Row]],
        *,
        turned: Collection[int] = (),
    ) -> Iterator[tuple[int, str, Problem]]:
        """Lines that say no price take that of the order's day; what a product costs is kept as it was on that day."""
        costs_take(rows, lines, before)
        return prices_take(rows, lines, before)

    def derive_part(self, part: Part, line: Row, row: Row) -> Row:
        """A line's amount is quantity × price, less its discount; its margin, what is left of that after the cost."""
        if line["quantity"] < 0 and line["kind"] == OrderLine.Kind.PRODUCT and row["kind"] != Order.Kind.CREDIT:
            text = _("Only a return has quantities below zero; choose the kind “Return” for the order.")
            raise Unfit("quantity", Problem("negative", text))
        amount = line_amount(line, row["currency"])
        if line["unit_cost"] is None:
            return {"amount": amount, "margin_amount": None}
        cost = money_of("unit_cost", row["currency"], line["quantity"], line["unit_cost"])
        return {"amount": amount, "margin_amount": kept("unit_cost", amount - cost)}

    def derive(self, row: Row) -> Row:
        """An order's amounts are the sums of its lines; in the tenant's own currency, times the rate."""
        sums = sums_of(row["lines"], row["currency"]) if "lines" in row else {name: row[name] for name in SUMS}
        home = money_of("exchange_rate", "", kept("lines", sums["amount"]), row["exchange_rate"])
        still = open_amount({**row, **sums})
        return {**sums, "amount_home": home, "open_amount": still if still is None else kept("lines", still)}


def sums_of(lines: Sequence[Row], currency: str) -> Row:
    """What follows from all lines together; the margin is known where every product's cost is."""
    amount, tax, margin = Decimal(0), Decimal(0), Decimal(0)
    is_known = any(line["unit_cost"] is not None for line in lines)
    for line in lines:
        amount += line["amount"]
        tax += line_tax(line, currency)
        is_known &= line["unit_cost"] is not None or line["kind"] != OrderLine.Kind.PRODUCT
        margin += line["amount"] if line["margin_amount"] is None else line["margin_amount"]
    return {"amount": amount, "tax_amount": kept("lines", tax), "margin_amount": margin if is_known else None}
