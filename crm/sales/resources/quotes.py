"""How quotes and letterheads are listed, edited, found and let out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from crm.core.errors import Problem, Unfit
from crm.core.registry import Board, Calendar, Outgoing, Part, Resource, Row, Worth, register
from crm.sales.models import Letterhead, Quote, QuoteLine
from crm.sales.resources.amounts import kept, line_amount, line_tax, money_of
from crm.sales.services.paper import quote_paper
from crm.sales.services.prices import offers_take, prices_suggest
from crm.sales.services.quotes import (
    frozen,
    quote_accept,
    quote_ask_approval,
    quote_decline,
    quote_expire,
    quote_order,
    quote_revise,
    quote_send,
    quotes_follow,
)


@register
class QuoteResource(Resource):
    """Quotes: what was offered, as it was offered."""

    model = Quote
    icon = "file-invoice"
    title = "number"
    fields = (
        "number",
        "subject",
        "deal",
        "customer",
        "contact",
        "currency",
        "exchange_rate",
        "price_book",
        "valid_until",
        "letterhead",
        "terms",
        "revised_from",
        "notes",
    )
    computed = (
        "status",
        "revision",
        "net_amount",
        "tax_amount",
        "amount",
        "amount_home",
        "sent_at",
        "answered_at",
        "answered_name",
        "answered_from",
        "decline_reason",
    )
    tells = {"amount": ("amount_home", "net_amount", "tax_amount", "lines")}
    columns = ("number", "subject", "customer", "status", "amount", "currency", "valid_until", "owner")
    filters = (
        "number",
        "deal",
        "customer",
        "contact",
        "status",
        "currency",
        "amount",
        "amount_home",
        "valid_until",
        "sent_at",
        "answered_at",
        "revised_from",
        "letterhead",
    )
    quick = ("status",)
    sortable = ("created_at", "number", "amount_home", "valid_until")
    search = ("number", "subject")
    personal = ("subject", "notes", "answered_name", "answered_from", "decline_reason")
    piece_of = ("deal",)
    keys = ("number",)
    kinds = {"exchange_rate": "number"}
    verbs = (quote_send, quote_ask_approval, quote_accept, quote_order, quote_revise, quote_decline, quote_expire)
    outgoing = Outgoing(
        write=quote_paper,
        says=(
            *("number", "subject", "customer", "contact", "lines", "currency", "amount", "net_amount", "tax_amount"),
            *("valid_until", "terms", "status", "sent_at"),
        ),
        is_out=lambda quote: quote.status != Quote.Status.DRAFT,
        verbs=("accept", "decline"),
        begins="send",
        people=("contact", "customer"),
    )
    seldom = frozenset({"number", "exchange_rate", "price_book", "letterhead", "revised_from"})
    parts = (
        Part(
            "lines",
            _("Lines"),
            QuoteLine,
            "quote",
            (
                "position",
                "product",
                "description",
                "quantity",
                "unit_price",
                "interval",
                "discount_percent",
                "tax_percent",
            ),
            ("amount", "list_price"),
            beside={"list_price": "unit_price"},
            leans_on=("currency", "customer", "price_book"),
            worth=Worth(("net_amount", "tax_amount", "amount"), frozenset({"unit_price"}), prices_suggest),
        ),
    )
    groups = (
        (_("About"), ("subject", "deal", "customer", "contact", "status", "revision", "revised_from", "owner")),
        (_("Money"), ("net_amount", "tax_amount", "amount", "currency", "exchange_rate", "price_book", "amount_home")),
        (_("Paper"), ("valid_until", "letterhead", "terms")),
        (_("Answer"), ("sent_at", "answered_at", "answered_name", "answered_from", "decline_reason")),
        (_("More"), ("notes", "is_sample", "created_at", "updated_at")),
    )
    timeline_at = "created_at"
    board = Board(
        "status",
        ("subject", "customer", "amount", "valid_until", "owner"),
        amount="amount_home",
        verbs={"sent": "send", "accepted": "accept", "declined": "decline"},
    )
    calendar = Calendar(
        "valid_until",
        state="status",
        over=("accepted", "declined", "expired", "replaced"),
        about="customer",
        is_aside=True,
    )
    synonyms = {
        "number": ("quote", "quote no", "quote number", "报价单号", "报价单", "单号"),
        "subject": ("subject", "title", "主题", "标题"),
        "deal": ("deal", "opportunity", "商机"),
        "customer": ("customer", "account", "client", "客户"),
        "contact": ("contact", "联系人"),
        "currency": ("currency", "币种"),
        "valid_until": ("valid until", "expires", "有效期", "有效期至"),
        "terms": ("terms", "条款"),
        "notes": ("notes", "备注"),
    }

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """A quote takes from deal and letterhead what it does not say, and stays what it was when it was sent."""
        return quotes_follow(rows, was)

    def follow_part(
        self,
        part: Part,
        rows: Mapping[int, Row],
        lines: Mapping[int, list[Row]],
        before: Mapping[int, list[Row]],
        *,
        turned: Collection[int] = (),
    ) -> Iterator[tuple[int, str, Problem]]:
        """Lines that say no price take the price book's."""
        return offers_take(rows, lines, before, lines, turned=turned)

    def derive_part(self, part: Part, line: Row, row: Row) -> Row:
        """A line's amount is quantity × price, less its discount."""
        return {"amount": line_amount(line, row["currency"])}

    def derive(self, row: Row) -> Row:
        """What the lines come to, without and with tax, and in the tenant's own currency."""
        net, tax = row["net_amount"], row["tax_amount"]
        if "lines" in row:
            if row["status"] != Quote.Status.DRAFT:
                raise Unfit("lines", frozen())
            net = kept("lines", sum((line["amount"] for line in row["lines"]), Decimal(0)))
            tax = kept("lines", sum((line_tax(line, row["currency"]) for line in row["lines"]), Decimal(0)))
        amount = kept("lines", net + tax)
        home = money_of("lines", "", amount, row["exchange_rate"])
        return {"net_amount": net, "tax_amount": tax, "amount": amount, "amount_home": home}


@register
class LetterheadResource(Resource):
    """Letterheads: what your papers say of yourselves."""

    model = Letterhead
    icon = "id-badge-2"
    fields = (
        "name",
        "mark",
        "is_default",
        "address",
        "phone",
        "email",
        "website",
        "tax_number",
        "bank_account",
        "terms",
        "valid_days",
    )
    columns = ("name", "mark", "phone", "email", "is_default")
    filters = ("name", "is_default")
    search = ("name",)
    personal = ()
    keys = ("name",)
    in_navigation, in_settings = False, True
    purpose = _("Name, address and logo on quotes")
    groups = (
        (_("About"), ("mark", "is_default", "address", "phone", "email", "website")),
        (_("On quotes"), ("tax_number", "bank_account", "terms", "valid_days")),
        (_("More"), ("owner", "is_sample", "created_at", "updated_at")),
    )
    synonyms = {"name": ("name", "company", "名称", "公司")}
