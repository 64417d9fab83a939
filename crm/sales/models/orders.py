"""What is sold, and what was ordered."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import NewUuid, search_index, sort_indexes
from crm.core.models import Record
from crm.core.trade import by_trade
from crm.sales.models.columns import currency_exists, interval, money, not_below_zero, share


class Product(Record):
    """Something that can be sold."""

    sku = models.CharField(_("Product code"), max_length=60, blank=True)
    name = models.CharField(_("Name"), max_length=200)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    category = models.CharField(_("Category"), max_length=100, blank=True)
    description = models.TextField(_("Description"), blank=True)
    unit_price = money(_("Price"), null=True, blank=True, validators=[not_below_zero()])
    unit_cost = money(_("Cost"), null=True, blank=True, validators=[not_below_zero()])
    currency = models.CharField(_("Currency"), max_length=3, blank=True, validators=[currency_exists])
    is_active = models.BooleanField(_("For sale"), default=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Product"), _("Products")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sku"], condition=Q(deleted_at__isnull=True) & ~Q(sku=""), name="product_sku_live"
            )
        ]
        indexes: ClassVar = [
            search_index("product"),
            *sort_indexes("product", "name_key", "created_at", "sku", "unit_price"),
        ]

    def __str__(self) -> str:
        return self.name


class Order(Record):
    """What someone bought, or gave back, on one occasion."""

    class Kind(models.TextChoices):
        """Whether goods went out or came back."""

        SALE = "sale", _("Sale")
        CREDIT = "credit", _("Return")

    class Status(models.TextChoices):
        """How far it has come."""

        OPEN = "open", pgettext_lazy("status", "Open")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(
        by_trade(_("Order number"), bank=_("Transaction number"), travel=_("Booking number")), max_length=60
    )
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("Customer")
    )
    deal = models.ForeignKey(
        "sales.Deal", models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("Deal")
    )
    quote = models.ForeignKey(
        "sales.Quote", models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("Quote")
    )
    ordered_at = models.DateTimeField(
        by_trade(_("Ordered"), bank=_("Carried out"), travel=_("Booked")), default=timezone.now, blank=True
    )
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind.choices, default=Kind.SALE, blank=True)
    status = models.CharField(_("Status"), max_length=10, choices=Status.choices, default=Status.COMPLETED, blank=True)
    amount = models.DecimalField(_("Amount"), max_digits=19, decimal_places=4, default=Decimal(0), editable=False)
    currency = models.CharField(_("Currency"), max_length=3, blank=True, validators=[currency_exists])
    exchange_rate = models.DecimalField(
        _("Exchange rate"),
        max_digits=18,
        decimal_places=8,
        null=True,
        blank=True,
        help_text=_("What one unit of the order's currency is worth in your own; the day's, unless given."),
    )
    amount_home = models.DecimalField(
        _("Amount in own currency"), max_digits=19, decimal_places=4, default=Decimal(0), editable=False
    )
    tax_amount = money(_("Tax"), default=Decimal(0), db_default=Decimal(0), editable=False)
    margin_amount = money(_("Margin"), null=True, editable=False, help_text=_("Without what the products cost."))
    paid_amount = money(_("Paid"), default=Decimal(0), db_default=Decimal(0), editable=False)
    open_amount = money(
        _("Still to be paid"),
        null=True,
        editable=False,
        help_text=_("Nothing is said of completed orders whose payments were never noted."),
    )
    due_on = models.DateField(_("Next payment due"), null=True, editable=False)
    channel = models.CharField(_("Channel"), max_length=40, blank=True)
    country = models.CharField(_("Country"), max_length=2, blank=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name = by_trade(_("Order"), bank=_("Transaction"), travel=_("Booking"))
        verbose_name_plural = by_trade(_("Orders"), bank=_("Transactions"), travel=_("Bookings"))
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], condition=Q(deleted_at__isnull=True), name="order_number_live"),
            models.UniqueConstraint(
                fields=["quote"],
                condition=Q(deleted_at__isnull=True, quote__isnull=False),
                name="order_quote_once",
            ),
            models.CheckConstraint(
                condition=Q(exchange_rate__gt=0),
                name="order_exchange_rate",
                violation_error_message=_("Must be above zero."),
            ),
        ]
        indexes: ClassVar = [
            search_index("order"),
            *sort_indexes("order", "created_at", "ordered_at", "number", "amount_home", "due_on"),
            models.Index(fields=["customer", "ordered_at"], name="order_customer"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One line of an order."""

    class Kind(models.TextChoices):
        """What the line is about."""

        PRODUCT = "product", _("Product")
        FEE = "fee", _("Fee")
        DISCOUNT = "discount", _("Discount")

    id = models.UUIDField(primary_key=True, db_default=NewUuid(), editable=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField(_("Line number"), default=1)
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind.choices, default=Kind.PRODUCT, blank=True)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="order_lines", verbose_name=_("Product")
    )
    code = models.CharField(pgettext_lazy("item", "Code"), max_length=60, blank=True)
    description = models.CharField(_("Description"), max_length=200, blank=True)
    quantity = models.DecimalField(_("Quantity"), max_digits=15, decimal_places=4, default=Decimal(1), blank=True)
    unit_price = money(_("Price"), null=True, blank=True)
    interval = interval()
    discount_percent = share(_("Discount (%)"), db_default=Decimal(0))
    tax_percent = share(_("Tax (%)"), db_default=Decimal(0))
    unit_cost = money(_("Cost"), null=True, blank=True, validators=[not_below_zero()])
    amount = models.DecimalField(_("Amount"), max_digits=19, decimal_places=4, default=Decimal(0), editable=False)
    margin_amount = money(_("Margin"), null=True, editable=False)

    class Meta:
        verbose_name = by_trade(_("Order line"), bank=_("Transaction line"), travel=_("Booking line"))
        verbose_name_plural = by_trade(_("Order lines"), bank=_("Transaction lines"), travel=_("Booking lines"))

    def __str__(self) -> str:
        return self.description or self.code
