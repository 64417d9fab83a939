"""Invoice lines of an online shop, one row each, as shop systems export them (UCI's Online Retail I and II do)."""

from django.utils.translation import gettext_lazy as _

from crm.exchange.declared import Link, Rule, Template, When

# Codes of postage, carriage, corrections, commissions and charges: lines of an invoice that are no goods
FEES = (
    "POST",
    "POSTAGE",
    "DOT",
    "C2",
    "C3",
    "CARRIAGE",
    "SHIPPING",
    "FREIGHT",
    "M",
    "MANUAL",
    "B",
    "S",
    "BANK CHARGES",
    "AMAZONFEE",
    "CRUK",
    "ADJUST",
    "ADJUST2",
    "FEE",
    "TEST001",
    "TEST002",
)
DISCOUNTS = ("D", "DISCOUNT")

ONLINE_RETAIL = Template(
    name="online_retail",
    title=_("Invoice lines of an online shop"),
    label="sales.order",
    description=_(
        "One row per line of an invoice, with the customer's number. Invoices that begin with C are returns; rows "
        "without a customer become orders without one; postage and charges become fees; stock corrections are "
        "reported, not stored."
    ),
    headers={
        "number": ("InvoiceNo", "Invoice", "Invoice Number", "Order No", "Order ID", "发票号", "订单号"),
        "ordered_at": ("InvoiceDate", "Invoice Date", "Order Date", "Date", "开票日期", "下单时间"),
        "country": ("Country", "国家"),
        "customer.number": ("CustomerID", "Customer ID", "Customer", "Customer No", "客户编号", "会员号"),
        "lines.code": ("StockCode", "Stock Code", "SKU", "Product Code", "Item Code", "商品编码", "货号"),
        "lines.description": ("Description", "Product", "Item", "Product Name", "商品名称", "描述"),
        "lines.quantity": ("Quantity", "Qty", "数量"),
        "lines.unit_price": ("UnitPrice", "Unit Price", "Price", "单价"),
    },
    group_by="number",
    part="lines",
    upper=("number", "lines.code"),
    constants={"kind": "sale", "lines.kind": "product"},
    links=(
        Link(
            "customer",
            ("number",),
            create=True,
            title=_("Customer %(key)s"),
            constants={"lifecycle": "customer"},
            values={"country": ("country", "most")},
        ),
        Link(
            "lines.product",
            ("sku",),
            source="lines.code",
            create=True,
            title="%(key)s",
            values={"name": ("lines.description", "most"), "unit_price": ("lines.unit_price", "most")},
        ),
    ),
    rules=(
        # goods that were lost, broken or found: no price, and nobody bought
        Rule((When("lines.unit_price", "is", 0), When("customer.number", "empty")), refuse="stock_correction"),
        Rule((When("number", "starts", "C"),), set={"kind": "credit"}),
        Rule((When("lines.code", "in", FEES),), set={"lines.kind": "fee"}, clear=("lines.product",)),
        Rule((When("lines.code", "in", DISCOUNTS),), set={"lines.kind": "discount"}, clear=("lines.product",)),
        # a correction of the books (bad debt): kept as a fee, whatever its code
        Rule((When("lines.unit_price", "below", 0),), set={"lines.kind": "fee"}, clear=("lines.product",)),
    ),
)
