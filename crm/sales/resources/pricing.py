"""How price books, rates, limits and subscriptions are listed, edited and found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from crm.core.errors import Problem
from crm.core.registry import Calendar, Part, Resource, Row, register
from crm.sales.models import DiscountLimit, ExchangeRate, Price, PriceBook, Subscription
from crm.sales.resources.amounts import product_of
from crm.sales.services.pricing import (
    books_follow,
    limits_follow,
    rates_follow,
    roles_offered,
    subscriptions_follow,
)

MONTHS = {"month": 1, "quarter": 3, "year": 12}


@register
class ExchangeRateResource(Resource):
    """Exchange rates: what currencies are worth in your own, from a day on."""

    model = ExchangeRate
    address = "exchange-rates"
    icon = "currency"
    fields = ("currency", "valid_on", "rate", "name")
    columns = ("name", "currency", "valid_on", "rate")
    filters = ("currency", "valid_on")
    sortable = ("valid_on", "created_at")
    ordering = "-valid_on"
    search = ("name", "currency")
    personal = ()
    kinds = {"rate": "number"}
    in_navigation, in_settings = False, True
    purpose = _("What currencies are worth, from a day on")
    groups = ((_("About"), ("currency", "valid_on", "rate", "owner", "is_sample", "created_at", "updated_at")),)
    synonyms = {
        "currency": ("currency", "币种"),
        "valid_on": ("date", "day", "日期"),
        "rate": ("rate", "exchange rate", "汇率"),
    }

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """A rate is called by its currency and day, unless somebody calls it otherwise."""
        return rates_follow(rows, was)


@register
class PriceBookResource(Resource):
    """Price books: what products cost certain customers, or all, while the book holds."""

    model = PriceBook
    address = "price-books"
    icon = "tags"
    fields = ("name", "customer", "currency", "is_default", "starts_on", "ends_on", "notes")
    columns = ("name", "customer", "currency", "is_default", "starts_on", "ends_on")
    filters = ("name", "customer", "currency", "is_default", "starts_on", "ends_on")
    quick = ("is_default", "currency")
    sortable = ("created_at", "starts_on")
    search = ("name",)
    personal = ()
    keys = ("name",)
    parts = (
        Part("prices", _("Prices"), Price, "book", ("position", "product", "least_quantity", "unit_price")),
    )
    groups = (
        (_("About"), ("customer", "currency", "is_default", "starts_on", "ends_on", "owner")),
        (_("More"), ("notes", "is_sample", "created_at", "updated_at")),
    )
    synonyms = {"name": ("price book", "name", "价格表", "名称"), "currency": ("currency", "币种")}

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """A book is in the company's own currency unless it says another, and ends after it began."""
        return books_follow(rows)


@register
class DiscountLimitResource(Resource):
    """Discount limits: how much people may take off by themselves."""

    model = DiscountLimit
    address = "discount-limits"
    icon = "discount"
    fields = ("name", "role", "category", "percent")
    columns = ("name", "role", "category", "percent")
    filters = ("name", "role", "category")
    search = ("name",)
    personal = ()
    keys = ("name",)
    in_navigation, in_settings = False, True
    purpose = _("How much people may take off by themselves")
    offers: ClassVar = {"role": roles_offered}
    groups = ((_("About"), ("role", "category", "percent", "owner", "is_sample", "created_at", "updated_at")),)

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """A limit speaks of a role that there is."""
        return limits_follow(rows, was)


@register
class SubscriptionResource(Resource):
    """Subscriptions: what customers pay again and again."""

    model = Subscription
    icon = "repeat"
    fields = (
        "name",
        "customer",
        "product",
        "order",
        "interval",
        "amount",
        "currency",
        "exchange_rate",
        "starts_on",
        "ends_on",
        "notes",
    )
    computed = ("monthly_amount", "monthly_home")
    columns = ("name", "customer", "interval", "amount", "currency", "monthly_home", "starts_on", "ends_on")
    filters = (
        "name",
        "customer",
        "product",
        "order",
        "interval",
        "amount",
        "currency",
        "monthly_home",
        "starts_on",
        "ends_on",
    )
    quick = ("interval", "product")
    sortable = ("created_at", "name", "starts_on", "ends_on", "monthly_home")
    search = ("name",)
    personal = ("name", "notes")
    kinds = {"exchange_rate": "number"}
    amounts = ("amount",)
    groups = (
        (_("About"), ("customer", "product", "order", "interval", "starts_on", "ends_on", "owner")),
        (_("Money"), ("amount", "currency", "exchange_rate", "monthly_amount", "monthly_home")),
        (_("More"), ("notes", "is_sample", "created_at", "updated_at")),
    )
    timeline_at = "created_at"
    calendar = Calendar("ends_on", about="customer", is_aside=True)
    synonyms = {
        "name": ("subscription", "name", "订阅", "名称"),
        "customer": ("customer", "client", "客户"),
        "amount": ("amount", "price", "金额"),
        "starts_on": ("start", "starts", "开始日期"),
        "ends_on": ("end", "ends", "结束日期"),
    }

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """It takes the rate of the day it starts, and ends after that."""
        return subscriptions_follow(rows, was)

    def derive(self, row: Row) -> Row:
        """What it is a month."""
        monthly = product_of("amount", row["amount"] / Decimal(MONTHS[row["interval"]]))
        return {"monthly_amount": monthly, "monthly_home": product_of("amount", monthly, row["exchange_rate"])}
