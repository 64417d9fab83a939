"""Someone who may become a customer."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.activities.followed import Followed
from crm.core.fields import PhoneField, search_index, sort_indexes
from crm.core.models import Record
from crm.customers.models import Pooled
from crm.sales.models.columns import currency_exists, money, not_below_zero
from crm.sales.models.deals import Deal


class Lead(Pooled, Followed, Record):
    """A first trace of interest: a name, a way to reach them, where they came from."""

    class Status(models.TextChoices):
        """How far the acquaintance has come."""

        NEW = "new", _("New")
        WORKING = "working", _("Being worked on")
        QUALIFIED = "qualified", _("Qualified")
        UNQUALIFIED = "unqualified", _("Not qualified")
        CONVERTED = "converted", _("Converted")

    class Rating(models.TextChoices):
        """How promising it looks."""

        HOT = "hot", _("Hot")
        WARM = "warm", _("Warm")
        COLD = "cold", _("Cold")

    name = models.CharField(pgettext_lazy("person", "Name"), max_length=200)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    company = models.CharField(_("Company"), max_length=200, blank=True)
    position = models.CharField(_("Position"), max_length=120, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = PhoneField(_("Phone"), blank=True)
    wechat = models.CharField(_("WeChat"), max_length=60, blank=True)
    country = models.CharField(_("Country"), max_length=2, blank=True)
    city = models.CharField(_("City"), max_length=100, blank=True)
    industry = models.CharField(_("Industry"), max_length=100, blank=True)
    source = models.CharField(_("Source"), max_length=80, blank=True)
    status = models.CharField(_("Status"), max_length=12, choices=Status.choices, default=Status.NEW, blank=True)
    rating = models.CharField(_("Rating"), max_length=6, choices=Rating.choices, blank=True)
    interest = models.CharField(_("Interested in"), max_length=200, blank=True)
    amount = money(_("Expected amount"), null=True, blank=True, validators=[not_below_zero()])
    currency = models.CharField(_("Currency"), max_length=3, blank=True, validators=[currency_exists])
    notes = models.TextField(_("Notes"), blank=True)
    converted_at = models.DateTimeField(_("Converted"), null=True, editable=False)
    customer = models.ForeignKey(
        "customers.Customer",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="leads",
        verbose_name=_("Customer"),
    )
    contact = models.ForeignKey(
        "customers.Contact", models.SET_NULL, null=True, editable=False, related_name="leads", verbose_name=_("Contact")
    )
    deal = models.ForeignKey(
        Deal, models.SET_NULL, null=True, editable=False, related_name="leads", verbose_name=_("Deal")
    )
    dropped = models.JSONField(_("Not taken over"), default=list, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("Lead"), _("Leads")
        indexes: ClassVar = [
            search_index("lead"),
            *sort_indexes("lead", "created_at", "name_key", "amount", "last_follow_up_at", "next_follow_up_on"),
            models.Index(
                fields=["created_at", "id"],
                condition=models.Q(owner__isnull=True, deleted_at__isnull=True),
                name="lead_pool",
            ),
            models.Index(fields=["owner", "held_at"], condition=models.Q(deleted_at__isnull=True), name="lead_owner"),
            models.Index(fields=["phone"], condition=~models.Q(phone=""), name="lead_phone"),
            models.Index(fields=["email"], condition=~models.Q(email=""), name="lead_email"),
            models.Index(fields=["wechat"], condition=~models.Q(wechat=""), name="lead_wechat"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_claimable(self) -> bool:
        """A lead that became a customer is not to be had any more."""
        return self.status != self.Status.CONVERTED

    @classmethod
    def returnable(cls) -> models.Q:
        """Leads that are still worked on."""
        return models.Q(status__in=(cls.Status.NEW, cls.Status.WORKING, cls.Status.QUALIFIED))
