"""Money for orders: what is due when, and what came."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import search_index, sort_indexes
from crm.core.models import Record
from crm.core.trade import by_trade
from crm.sales.models.columns import money
from crm.sales.models.orders import Order


class Payment(Record):
    """One instalment of an order, due or paid on its day; or money given back."""

    class Kind(models.TextChoices):
        """Which way the money goes."""

        PAYMENT = "payment", _("Payment")
        REFUND = "refund", _("Refund")

    class Status(models.TextChoices):
        """Whether the money has moved."""

        DUE = "due", pgettext_lazy("payment", "Due")
        PAID = "paid", _("Paid")

    class Method(models.TextChoices):
        """By which way it came."""

        TRANSFER = "transfer", _("Bank transfer")
        CARD = "card", _("Card")
        CASH = "cash", _("Cash")
        WECHAT = "wechat", _("WeChat Pay")
        ALIPAY = "alipay", _("Alipay")
        CHEQUE = "cheque", _("Cheque")
        OTHER = "other", _("Other")

    number = models.CharField(_("Payment number"), max_length=60, blank=True, help_text=_("Given by itself."))
    order = models.ForeignKey(
        Order,
        models.PROTECT,
        related_name="payments",
        verbose_name=by_trade(_("Order"), bank=_("Transaction"), travel=_("Booking")),
    )
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="payments",
        verbose_name=_("Customer"),
    )
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind, default=Kind.PAYMENT, blank=True)
    status = models.CharField(_("Status"), max_length=10, choices=Status, default=Status.DUE, editable=False)
    amount = money(_("Amount"))
    currency = models.CharField(_("Currency"), max_length=3, editable=False)
    exchange_rate = models.DecimalField(
        _("Exchange rate"), max_digits=18, decimal_places=8, null=True, editable=False, help_text=_("The order's.")
    )
    amount_home = money(
        _("Amount in own currency"),
        default=Decimal(0),
        db_default=Decimal(0),
        editable=False,
        help_text=_("Below zero where money was given back."),
    )
    due_on = models.DateField(pgettext_lazy("payment day", "Due"), null=True, blank=True)
    paid_on = models.DateField(_("Paid on"), null=True, blank=True, help_text=_("With this day it counts as paid."))
    method = models.CharField(_("Method"), max_length=10, choices=Method, blank=True)
    reference = models.CharField(_("Reference"), max_length=120, blank=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Payment"), _("Payments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number"], condition=Q(deleted_at__isnull=True) & ~Q(number=""), name="payment_number_live"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="payment_amount", violation_error_message=_("Must be above zero.")
            ),
        ]
        indexes: ClassVar = [
            search_index("payment"),
            *sort_indexes("payment", "created_at", "due_on", "paid_on", "amount"),
            models.Index(fields=["order"], name="payment_order"),
            models.Index(fields=["customer"], name="payment_customer"),
        ]

    def __str__(self) -> str:
        return self.number
