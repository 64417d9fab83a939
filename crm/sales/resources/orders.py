"""How products and orders are listed, edited, found and moved."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from crm.core.registry import Part, Resource, Row, register
from crm.sales.models import Order, OrderLine, Product
from crm.sales.resources.amounts import kept, product_of


@register
class ProductResource(Resource):
    """Products: what can be sold."""

    model = Product
    icon = "package"
    fields = ("sku", "name", "category", "unit_price", "unit_cost", "currency", "is_active", "description")
    columns = ("name", "sku", "category", "unit_price", "currency", "is_active")
    filters = ("sku", "name", "category", "unit_price", "unit_cost", "currency", "is_active")
    quick = ("category", "is_active")
    sortable = ("name", "created_at", "sku", "unit_price")
    ordering = "name"
    search = ("name", "sku", "category")
    personal = ()
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
    title = "number"
    fields = (
        "number",
        "customer",
        "ordered_at",
        "kind",
        "status",
        "currency",
        "exchange_rate",
        "channel",
        "country",
        "notes",
    )
    computed = ("amount", "amount_home")
    columns = ("number", "customer", "ordered_at", "kind", "status", "amount", "currency", "channel")
    filters = (
        "number",
        "customer",
        "ordered_at",
        "kind",
        "status",
        "amount",
        "amount_home",
        "currency",
        "channel",
        "country",
    )
    quick = ("status", "kind", "channel")
    sortable = ("created_at", "ordered_at", "number", "amount_home")
    ordering = "-ordered_at"
    search = ("number",)
    personal = ("notes",)
    keys = ("number",)
    kinds = {"exchange_rate": "number"}
    parts = (
        Part(
            "lines",
            _("Lines"),
            OrderLine,
            "order",
            ("position", "kind", "product", "code", "description", "quantity", "unit_price"),
            ("amount",),
        ),
    )
    groups = (
        (_("About"), ("customer", "ordered_at", "kind", "status", "channel", "country", "owner")),
        (_("Money"), ("amount", "currency", "exchange_rate", "amount_home")),
        (_("More"), ("notes", "is_sample", "created_at", "updated_at")),
    )
    timeline_at = "ordered_at"
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

    def derive_part(self, part: Part, line: Row) -> Row:
        """A line's amount is quantity × price."""
        return {"amount": product_of("unit_price", line["quantity"], line["unit_price"])}

    def derive(self, row: Row) -> Row:
        """An order's amount is the sum of its lines; in the tenant's own currency, times the rate."""
        amount = sum((line["amount"] for line in row["lines"]), Decimal(0)) if "lines" in row else row["amount"]
        home = product_of("exchange_rate", kept("lines", amount), row["exchange_rate"])
        return {"amount": amount, "amount_home": home}
