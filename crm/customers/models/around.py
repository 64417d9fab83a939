"""What is known around a customer: places, needs, ties to others."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import PhoneField, search_index, sort_indexes
from crm.core.models import Record
from crm.customers.models.customers import Customer


class Address(Record):
    """A place of a customer, with the administrative code that the text leads to."""

    class Kind(models.TextChoices):
        """What it is for."""

        HOME = "home", pgettext_lazy("address", "Home")
        WORK = "work", _("Work")
        BILLING = "billing", _("Billing")
        SHIPPING = "shipping", _("Shipping")
        OTHER = "other", _("Other")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses", verbose_name=_("Customer"))
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind.choices, default=Kind.SHIPPING, blank=True)
    street = models.CharField(_("Street"), max_length=200)
    district = models.CharField(_("District"), max_length=100, blank=True)
    city = models.CharField(_("City"), max_length=100, blank=True)
    province = models.CharField(_("Province"), max_length=100, blank=True)
    postal_code = models.CharField(_("Postal code"), max_length=20, blank=True)
    country = models.CharField(_("Country"), max_length=2, blank=True)
    region_code = models.CharField(_("Region code"), max_length=6, blank=True, editable=False)
    recipient = models.CharField(_("Recipient"), max_length=200, blank=True)
    phone = PhoneField(_("Phone"), blank=True)
    is_main = models.BooleanField(_("Main address"), default=False, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Address"), _("Addresses")
        indexes: ClassVar = [
            search_index("address"),
            *sort_indexes("address", "created_at"),
            models.Index(fields=["customer"], name="address_customer"),
            models.Index(fields=["region_code"], condition=~Q(region_code=""), name="address_region"),
        ]

    def __str__(self) -> str:
        return self.street


class Need(Record):
    """What a customer is interested in, or asks for."""

    class Kind(models.TextChoices):
        """Whether it is a liking or a condition."""

        INTEREST = "interest", _("Interest")
        REQUIREMENT = "requirement", _("Requirement")

    class Strength(models.TextChoices):
        """How much it matters."""

        WEAK = "weak", _("Weak")
        MEDIUM = "medium", _("Medium")
        STRONG = "strong", _("Strong")

    class Status(models.TextChoices):
        """What became of it."""

        OPEN = "open", pgettext_lazy("need", "Open")
        MET = "met", _("Met")
        DROPPED = "dropped", _("Dropped")

    name = models.CharField(_("Need"), max_length=200)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="needs", verbose_name=_("Customer"))
    kind = models.CharField(_("Kind"), max_length=12, choices=Kind.choices, default=Kind.INTEREST, blank=True)
    strength = models.CharField(
        _("Strength"), max_length=8, choices=Strength.choices, default=Strength.MEDIUM, blank=True
    )
    status = models.CharField(_("Status"), max_length=8, choices=Status.choices, default=Status.OPEN, blank=True)
    noted_on = models.DateField(_("Noted on"), null=True, blank=True)
    wanted_on = models.DateField(_("Wanted by"), null=True, blank=True)
    source = models.CharField(_("Source"), max_length=80, blank=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Need"), _("Needs")
        indexes: ClassVar = [
            search_index("need"),
            *sort_indexes("need", "created_at", "name_key", "noted_on", "wanted_on"),
            models.Index(fields=["customer"], name="need_customer"),
        ]

    def __str__(self) -> str:
        return self.name


class Relationship(Record):
    """How two customers stand to one another, in words for each side."""

    class Kind(models.TextChoices):
        """What the first is to the second."""

        SPOUSE = "spouse", _("Spouse")
        PARENT = "parent", _("Parent")
        CHILD = "child", _("Child")
        SIBLING = "sibling", _("Brother or sister")
        FRIEND = "friend", _("Friend")
        COLLEAGUE = "colleague", _("Colleague")
        EMPLOYER = "employer", _("Employer")
        EMPLOYEE = "employee", _("Employee")
        SHAREHOLDER = "shareholder", _("Shareholder")
        HOLDING = "company_held", _("Company held")
        ADVISER = "adviser", _("Adviser")
        ADVISED = "advised", _("Advised by")
        REFERRER = "referrer", _("Referrer")
        REFERRED = "referred", _("Referred")
        SUPPLIER = "supplier", _("Supplier")
        BUYER = "buyer", _("Buyer")
        PARTNER = "partner", _("Partner")
        OTHER = "other", _("Other")

    name = models.CharField(_("Between"), max_length=420, blank=True, help_text=_("Empty: the names of both."))
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="ties", verbose_name=_("Customer"))
    kind = models.CharField(_("Is the other's"), max_length=14, choices=Kind.choices)
    other = models.ForeignKey(Customer, models.CASCADE, related_name="ties_of_others", verbose_name=_("Other"))
    reciprocal = models.CharField(
        _("The other is the customer's"), max_length=14, choices=Kind.choices, editable=False, blank=True
    )
    since_on = models.DateField(_("Since"), null=True, blank=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Relationship"), _("Relationships")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "other", "kind"], condition=Q(deleted_at__isnull=True), name="relationship_live"
            ),
        ]
        indexes: ClassVar = [
            search_index("relationship"),
            *sort_indexes("relationship", "created_at", "name_key"),
            models.Index(fields=["other"], name="relationship_other"),
        ]

    def __str__(self) -> str:
        return self.name
