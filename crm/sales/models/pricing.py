"""What things cost whom: price books, the rates of currencies by day, how much may be taken off."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import NewUuid, search_index, sort_indexes
from crm.core.models import Record
from crm.core.trade import by_trade
from crm.sales.models.columns import currency_exists, money, not_below_zero, share
from crm.sales.models.orders import Product


class ExchangeRate(Record):
    """What one unit of a currency is worth in the company's own, from a day on."""

    name = models.CharField(_("Name"), max_length=60, blank=True, help_text=_("Given by itself."))
    currency = models.CharField(_("Currency"), max_length=3, validators=[currency_exists])
    valid_on = models.DateField(_("From day"))
    rate = models.DecimalField(
        _("Rate"), max_digits=18, decimal_places=8, help_text=_("What one unit is worth in your own currency.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("Exchange rate"), _("Exchange rates")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["currency", "valid_on"], condition=Q(deleted_at__isnull=True), name="exchange_rate_live"
            ),
            models.CheckConstraint(
                condition=Q(rate__gt=0), name="exchange_rate_rate", violation_error_message=_("Must be above zero.")
            ),
        ]
        indexes: ClassVar = [search_index("exchange_rate"), *sort_indexes("exchange_rate", "valid_on", "created_at")]

    def __str__(self) -> str:
        return self.name


class PriceBook(Record):
    """Prices of products for certain customers, or for all, while it holds."""

    name = models.CharField(_("Name"), max_length=120)
    currency = models.CharField(_("Currency"), max_length=3, blank=True, validators=[currency_exists])
    is_default = models.BooleanField(
        _("For everybody"), default=False, blank=True, help_text=_("Holds where no other book does.")
    )
    customer = models.ForeignKey(
        "customers.Customer",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="price_books",
        verbose_name=_("Customer"),
        help_text=_("To whom these prices are given."),
    )
    starts_on = models.DateField(_("Holds from"), null=True, blank=True)
    ends_on = models.DateField(_("Holds until"), null=True, blank=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Price book"), _("Price books")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name"], condition=Q(deleted_at__isnull=True), name="price_book_name_live"),
        ]
        indexes: ClassVar = [
            search_index("price_book"),
            *sort_indexes("price_book", "created_at", "starts_on"),
            models.Index(fields=["customer"], name="price_book_customer"),
        ]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """What one product costs in a book, from a quantity on."""

    id = models.UUIDField(primary_key=True, db_default=NewUuid(), editable=False)
    book = models.ForeignKey(PriceBook, models.CASCADE, related_name="prices")
    position = models.PositiveIntegerField(_("Line number"), default=1)
    product = models.ForeignKey(Product, models.CASCADE, related_name="prices", verbose_name=_("Product"))
    least_quantity = models.DecimalField(
        _("From quantity"),
        max_digits=15,
        decimal_places=4,
        default=Decimal(1),
        blank=True,
        validators=[not_below_zero()],
    )
    unit_price = money(_("Price"), validators=[not_below_zero()])

    class Meta:
        verbose_name, verbose_name_plural = _("Price"), _("Prices")

    def __str__(self) -> str:
        return str(self.unit_price)


class DiscountLimit(Record):
    """How much people may take off before somebody has to agree."""

    name = models.CharField(_("Name"), max_length=120)
    role = models.CharField(_("Role"), max_length=20, blank=True, help_text=_("Empty: for everybody."))
    category = models.CharField(
        _("Product category"), max_length=100, blank=True, help_text=_("Empty: for products of all categories.")
    )
    percent = share(_("Up to (%)"), help_text=_("More than this needs an approval."))

    class Meta:
        verbose_name, verbose_name_plural = _("Discount limit"), _("Discount limits")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="discount_limit_percent")
        ]
        indexes: ClassVar = [search_index("discount_limit"), *sort_indexes("discount_limit", "created_at")]

    def __str__(self) -> str:
        return self.name


class Subscription(Record):
    """What a customer pays again and again, and what that is a month."""

    class Interval(models.TextChoices):
        """How often it is paid."""

        MONTH = "month", _("Every month")
        QUARTER = "quarter", _("Every quarter")
        YEAR = "year", _("Every year")

    name = models.CharField(_("Name"), max_length=200)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, related_name="subscriptions", verbose_name=_("Customer")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="subscriptions", verbose_name=_("Product")
    )
    order = models.ForeignKey(
        "sales.Order",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="subscriptions",
        verbose_name=by_trade(_("Order"), bank=_("Transaction"), travel=_("Booking")),
    )
    interval = models.CharField(
        pgettext_lazy("interval", "Paid"), max_length=10, choices=Interval, default=Interval.MONTH, blank=True
    )
    amount = money(_("Amount"), help_text=_("Each time."))
    currency = models.CharField(_("Currency"), max_length=3, blank=True, validators=[currency_exists])
    exchange_rate = models.DecimalField(_("Exchange rate"), max_digits=18, decimal_places=8, null=True, blank=True)
    starts_on = models.DateField(_("Starts"))
    ends_on = models.DateField(pgettext_lazy("period", "Ends"), null=True, blank=True)
    monthly_amount = money(_("A month"), null=True, editable=False)
    monthly_home = money(_("A month, in own currency"), null=True, editable=False)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Subscription"), _("Subscriptions")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(exchange_rate__gt=0) | Q(exchange_rate__isnull=True),
                name="subscription_exchange_rate",
                violation_error_message=_("Must be above zero."),
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="subscription_amount", violation_error_message=_("Must be above zero.")
            ),
        ]
        indexes: ClassVar = [
            search_index("subscription"),
            *sort_indexes("subscription", "created_at", "name_key", "starts_on", "ends_on", "monthly_home"),
            models.Index(fields=["customer"], name="subscription_customer"),
        ]

    def __str__(self) -> str:
        return self.name
