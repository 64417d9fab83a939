"""What was offered to whom, at which prices, and what they said to it."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import NewUuid, PhoneField, search_index, sort_indexes
from crm.core.models import Record
from crm.sales.models.columns import currency_exists, interval, money, quantity, share
from crm.sales.models.deals import Deal
from crm.sales.models.orders import Product


class Letterhead(Record):
    """What a company's papers say of itself."""

    name = models.CharField(_("Name"), max_length=200)
    mark = models.CharField(
        _("Mark"), max_length=24, blank=True, help_text=_("A word or two, large at the top, in the place of a logo.")
    )
    is_default = models.BooleanField(_("Default"), default=False, blank=True)
    address = models.TextField(_("Address"), blank=True)
    phone = PhoneField(_("Phone"), blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    website = models.URLField(_("Website"), blank=True)
    tax_number = models.CharField(_("Tax number"), max_length=60, blank=True)
    bank_account = models.CharField(_("Bank account"), max_length=200, blank=True)
    terms = models.TextField(_("Terms"), blank=True, help_text=_("What new quotes begin with."))
    valid_days = models.PositiveSmallIntegerField(
        _("Quotes are good for (days)"), default=30, blank=True, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name, verbose_name_plural = _("Letterhead"), _("Letterheads")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(deleted_at__isnull=True, is_default=True),
                name="letterhead_default_one",
            ),
        ]
        indexes: ClassVar = [search_index("letterhead"), *sort_indexes("letterhead", "created_at")]

    def __str__(self) -> str:
        return self.name


class Quote(Record):
    """An offer: what, for how much, until when. What was sent stays as it was sent; a revision is another quote."""

    class Status(models.TextChoices):
        """How far it has come."""

        DRAFT = "draft", _("Draft")
        SENT = "sent", _("Sent")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        EXPIRED = "expired", _("Expired")
        REPLACED = "replaced", _("Replaced")

    number = models.CharField(_("Quote number"), max_length=60, blank=True, help_text=_("Given by itself."))
    subject = models.CharField(_("Subject"), max_length=200, blank=True)
    deal = models.ForeignKey(Deal, models.PROTECT, null=True, blank=True, related_name="quotes", verbose_name=_("Deal"))
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, null=True, blank=True, related_name="quotes", verbose_name=_("Customer")
    )
    contact = models.ForeignKey(
        "customers.Contact", models.SET_NULL, null=True, blank=True, related_name="quotes", verbose_name=_("Contact")
    )
    letterhead = models.ForeignKey(
        Letterhead, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Letterhead")
    )
    status = models.CharField(_("Status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    revised_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="revisions", verbose_name=_("Revision of")
    )
    revision = models.PositiveSmallIntegerField(_("Revision"), default=1, editable=False)
    currency = models.CharField(_("Currency"), max_length=3, blank=True, validators=[currency_exists])
    exchange_rate = models.DecimalField(
        _("Exchange rate"),
        max_digits=18,
        decimal_places=8,
        null=True,
        blank=True,
        help_text=_("What one unit of the quote's currency is worth in your own; the day's, unless given."),
    )
    price_book = models.ForeignKey(
        "sales.PriceBook", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Price book")
    )
    valid_until = models.DateField(_("Good until"), null=True, blank=True)
    net_amount = money(_("Net amount"), default=Decimal(0), editable=False)
    tax_amount = money(_("Tax"), default=Decimal(0), editable=False)
    amount = money(_("Total"), default=Decimal(0), editable=False)
    amount_home = money(_("Amount in own currency"), default=Decimal(0), editable=False)
    terms = models.TextField(_("Terms"), blank=True)
    notes = models.TextField(_("Notes"), blank=True, help_text=_("For yourselves: not on the paper."))
    sent_at = models.DateTimeField(pgettext_lazy("time", "Sent"), null=True, editable=False)
    answered_at = models.DateTimeField(pgettext_lazy("time", "Answered"), null=True, editable=False)
    answered_name = models.CharField(_("Answered by"), max_length=120, blank=True, editable=False)
    answered_from = models.CharField(_("Answered from address"), max_length=45, blank=True, editable=False)
    decline_reason = models.CharField(_("Reason for declining"), max_length=500, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("Quote"), _("Quotes")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number"], condition=Q(deleted_at__isnull=True) & ~Q(number=""), name="quote_number_live"
            ),
            models.CheckConstraint(
                condition=Q(exchange_rate__gt=0),
                name="quote_exchange_rate",
                violation_error_message=_("Must be above zero."),
            ),
        ]
        indexes: ClassVar = [
            search_index("quote"),
            *sort_indexes("quote", "created_at", "number", "amount_home", "valid_until"),
            models.Index(fields=["customer"], name="quote_customer"),
            models.Index(fields=["deal"], name="quote_deal"),
        ]

    def __str__(self) -> str:
        return self.number


class QuoteLine(models.Model):
    """One product of a quote."""

    id = models.UUIDField(primary_key=True, db_default=NewUuid(), editable=False)
    quote = models.ForeignKey(Quote, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField(_("Line number"), default=1)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="quote_lines", verbose_name=_("Product")
    )
    description = models.CharField(_("Description"), max_length=200, blank=True)
    quantity = quantity()
    unit_price = money(_("Price"), null=True, blank=True)
    interval = interval()
    discount_percent = share(_("Discount (%)"))
    tax_percent = share(_("Tax (%)"))
    amount = money(_("Amount"), default=Decimal(0), editable=False)
    list_price = money(_("Listed price"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("Quote line"), _("Quote lines")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lte=100), name="quote_line_discount"
            ),
            models.CheckConstraint(condition=Q(tax_percent__gte=0, tax_percent__lte=100), name="quote_line_tax"),
        ]

    def __str__(self) -> str:
        return self.description
