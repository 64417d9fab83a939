"""What may be sold: deals, with their products and the people who have a say."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.activities.followed import Followed
from crm.core.fields import NewUuid, search_index, sort_indexes
from crm.core.models import Record
from crm.customers.choices import ContactRole
from crm.sales.models.columns import currency_exists, interval, money, not_below_zero, quantity, share
from crm.sales.models.orders import Product
from crm.sales.models.pipelines import Category, LostReason, Outcome, Pipeline, Stage


class Deal(Followed, Record):
    """A sale in the making."""

    name = models.CharField(_("Name"), max_length=200)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, null=True, blank=True, related_name="deals", verbose_name=_("Customer")
    )
    pipeline = models.ForeignKey(Pipeline, models.PROTECT, blank=True, related_name="deals", verbose_name=_("Pipeline"))
    stage = models.ForeignKey(Stage, models.PROTECT, blank=True, related_name="deals", verbose_name=_("Stage"))
    status = models.CharField(_("Status"), max_length=10, choices=Outcome.choices, default=Outcome.OPEN, editable=False)
    amount = money(
        _("Amount"),
        null=True,
        blank=True,
        validators=[not_below_zero()],
        help_text=_("With products, the sum of their lines."),
    )
    lines_amount = money(_("Sum of lines"), null=True, editable=False)
    currency = models.CharField(_("Currency"), max_length=3, blank=True, validators=[currency_exists])
    exchange_rate = models.DecimalField(
        _("Exchange rate"),
        max_digits=18,
        decimal_places=8,
        null=True,
        blank=True,
        help_text=_("What one unit of the deal's currency is worth in your own; the day's, unless given."),
    )
    amount_home = money(_("Amount in own currency"), null=True, editable=False)
    price_book = models.ForeignKey(
        "sales.PriceBook", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Price book")
    )
    probability = models.PositiveSmallIntegerField(
        _("Probability (%)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=_("The stage's, unless given."),
    )
    weighted_amount = money(_("Weighted amount"), null=True, editable=False)
    category = models.CharField(
        _("Forecast category"),
        max_length=10,
        choices=Category.choices,
        blank=True,
        help_text=_("The stage's, unless given."),
    )
    opened_on = models.DateField(_("Opened"), null=True, blank=True)
    expected_close_on = models.DateField(_("Expected close"), null=True, blank=True)
    closed_on = models.DateField(pgettext_lazy("time", "Closed"), null=True, blank=True)
    stage_at = models.DateTimeField(_("In stage since"), default=timezone.now, editable=False)
    lost_reason = models.ForeignKey(
        LostReason, models.PROTECT, null=True, blank=True, related_name="deals", verbose_name=_("Lost reason")
    )
    competitor = models.CharField(_("Competitor"), max_length=120, blank=True)
    source = models.CharField(_("Source"), max_length=80, blank=True)
    next_step = models.CharField(_("Next step"), max_length=200, blank=True)
    next_step_on = models.DateField(_("Next step due"), null=True, blank=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Deal"), _("Deals")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(exchange_rate__gt=0),
                name="deal_exchange_rate",
                violation_error_message=_("Must be above zero."),
            ),
            models.CheckConstraint(
                condition=Q(probability__lte=100),
                name="deal_probability",
                violation_error_message=_("Goes from 0 to 100."),
            ),
        ]
        indexes: ClassVar = [
            search_index("deal"),
            *sort_indexes(
                "deal",
                "created_at",
                "name_key",
                "amount_home",
                "expected_close_on",
                "closed_on",
                "stage_at",
                "next_follow_up_on",
            ),
            models.Index(
                fields=["stage", "-stage_at", "-id"], condition=Q(deleted_at__isnull=True), name="deal_stage_board"
            ),
            models.Index(fields=["customer"], name="deal_customer"),
        ]

    def __str__(self) -> str:
        return self.name


class DealLine(models.Model):
    """One product of a deal."""

    id = models.UUIDField(primary_key=True, db_default=NewUuid(), editable=False)
    deal = models.ForeignKey(Deal, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField(_("Line number"), default=1)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="deal_lines", verbose_name=_("Product")
    )
    description = models.CharField(_("Description"), max_length=200, blank=True)
    quantity = quantity()
    unit_price = money(_("Price"), null=True, blank=True)
    interval = interval()
    discount_percent = share(_("Discount (%)"))
    amount = money(_("Amount"), default=Decimal(0), editable=False)
    list_price = money(_("Listed price"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("Deal line"), _("Deal lines")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lte=100), name="deal_line_discount"
            )
        ]

    def __str__(self) -> str:
        return self.description


class DealContact(Record):
    """A person who has a say in a deal, and which."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="people", verbose_name=_("Deal"))
    contact = models.ForeignKey(
        "customers.Contact", models.CASCADE, related_name="deal_roles", verbose_name=_("Contact")
    )
    name = models.CharField(_("Name"), max_length=200, blank=True, help_text=_("The contact's, unless given."))
    role = models.CharField(
        _("Role in the deal"),
        max_length=12,
        choices=ContactRole.choices,
        blank=True,
        help_text=_("The contact's, unless given."),
    )
    is_main = models.BooleanField(_("Main contact"), default=False, blank=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Person in a deal"), _("People in deals")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["deal", "contact"], condition=Q(deleted_at__isnull=True), name="deal_contact_live"
            ),
        ]
        indexes: ClassVar = [search_index("deal_contact"), *sort_indexes("deal_contact", "created_at")]

    def __str__(self) -> str:
        return self.name
