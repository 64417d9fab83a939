"""What a customer has: a deposit, a policy, a subscription, a booking."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import NewUuid, search_index, sort_indexes
from crm.core.models import Record
from crm.sales.models.columns import currency_exists, money, not_below_zero
from crm.sales.models.orders import Product


class Holding(Record):
    """Something that a customer has from us for some time."""

    class Kind(models.TextChoices):
        """What it is."""

        DEPOSIT = "deposit", _("Deposit")
        LOAN = "loan", _("Loan")
        INVESTMENT = "investment", _("Investment")
        CARD = "card", _("Card")
        POLICY = "policy", _("Policy")
        SUBSCRIPTION = "subscription", _("Subscription")
        BOOKING = "booking", _("Booking")
        CONTRACT = "contract", _("Contract")
        MEMBERSHIP = "membership", _("Membership")
        OTHER = "other", _("Other")

    class Status(models.TextChoices):
        """Whether it is in force."""

        PENDING = "pending", _("Not begun")
        ACTIVE = "active", _("In force")
        ENDED = "ended", _("Ended")
        CANCELLED = "cancelled", _("Cancelled")

    name = models.CharField(_("Name"), max_length=200)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, related_name="holdings", verbose_name=_("Customer")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="holdings", verbose_name=_("Product")
    )
    number = models.CharField(_("Contract number"), max_length=60, blank=True)
    kind = models.CharField(_("Kind"), max_length=14, choices=Kind.choices, default=Kind.CONTRACT, blank=True)
    status = models.CharField(_("Status"), max_length=10, choices=Status.choices, default=Status.ACTIVE, blank=True)
    amount = money(_("Amount"), null=True, blank=True, validators=[not_below_zero()])
    currency = models.CharField(_("Currency"), max_length=3, blank=True, validators=[currency_exists])
    starts_on = models.DateField(pgettext_lazy("holding", "Begins"), null=True, blank=True)
    ends_on = models.DateField(pgettext_lazy("holding", "Ends"), null=True, blank=True)
    is_renewed = models.BooleanField(_("Renews by itself"), default=False, blank=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Holding"), _("Holdings")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number"], condition=Q(deleted_at__isnull=True) & ~Q(number=""), name="holding_number_live"
            ),
        ]
        indexes: ClassVar = [
            search_index("holding"),
            *sort_indexes("holding", "created_at", "name_key", "amount", "starts_on", "ends_on"),
            models.Index(fields=["customer", "ends_on"], name="holding_customer"),
        ]

    def __str__(self) -> str:
        return self.name


class HoldingPerson(models.Model):
    """Somebody else whom it concerns: insured with it, travelling along, to be paid."""

    class Role(models.TextChoices):
        """In which way."""

        HOLDER = "holder", _("Joint holder")
        INSURED = "insured", _("Insured")
        BENEFICIARY = "beneficiary", _("Beneficiary")
        TRAVELLER = "traveller", _("Travels along")
        USER = "user", _("User")
        GUARANTOR = "guarantor", _("Guarantor")
        OTHER = "other", _("Other")

    id = models.UUIDField(primary_key=True, db_default=NewUuid(), editable=False)
    holding = models.ForeignKey(Holding, models.CASCADE, related_name="people")
    position = models.PositiveIntegerField(_("Line number"), default=1)
    role = models.CharField(_("Role"), max_length=12, choices=Role.choices, default=Role.OTHER, blank=True)
    name = models.CharField(pgettext_lazy("person", "Name"), max_length=200, blank=True)
    customer = models.ForeignKey(
        "customers.Customer", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Customer")
    )

    class Meta:
        verbose_name, verbose_name_plural = pgettext_lazy("holding", "Person"), pgettext_lazy("holding", "People")

    def __str__(self) -> str:
        return self.name
