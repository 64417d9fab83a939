"""Whom the tenant sells to, and the people there."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.activities.followed import Followed
from crm.core.fields import PhoneField, empty_index, filled_indexes, search_index, sort_indexes
from crm.core.models import Record, owner_link
from crm.customers.choices import Channel, ContactRole, Gender, Kind, Lifecycle
from crm.customers.models.pools import Pooled
from crm.customers.models.satisfied import Satisfied
from crm.customers.models.scores import Scored
from crm.customers.validators import born_check, id_document_check, lunar_check, tax_id_check, time_zone_check

MOST_FURTHER = 10


def emails_field() -> ArrayField[list[str], list[str]]:
    """The addresses beside the first."""
    return ArrayField(
        models.EmailField(),
        MOST_FURTHER,
        verbose_name=_("Other e-mails"),
        default=list,
        blank=True,
        help_text=_("Further addresses, with commas between."),
    )


def phones_field() -> ArrayField[list[str], list[str]]:
    """The numbers beside the first."""
    return ArrayField(
        PhoneField(),
        MOST_FURTHER,
        verbose_name=_("Other phones"),
        default=list,
        blank=True,
        help_text=_("Further numbers, with commas between."),
    )


def several_indexes(noun: str, *names: str) -> list[GinIndex]:
    """An index of the values in each of these lists, without the records that have none.

    It is written at once: an import looks up thousands of values, and each would read all that waits to be sorted."""
    return [
        GinIndex(fields=[name], condition=~Q(**{name: []}), name=f"{noun}_{name}", fastupdate=False) for name in names
    ]


class Customer(Scored, Satisfied, Pooled, Followed, Record):
    """Someone who buys, or may buy: a person or a company."""

    kind = models.CharField(_("Kind"), max_length=10, choices=Kind.choices, default=Kind.PERSON, blank=True)
    name = models.CharField(_("Name"), max_length=200)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    number = models.CharField(_("Member number"), max_length=60, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = PhoneField(_("Phone"), blank=True)
    other_emails = emails_field()
    other_phones = phones_field()
    wechat = models.CharField(_("WeChat"), max_length=60, blank=True)
    tier = models.CharField(_("Member tier"), max_length=40, blank=True)
    tax_id = models.CharField(_("Tax number"), max_length=40, blank=True, validators=[tax_id_check])
    id_document = models.CharField(_("ID document"), max_length=60, blank=True, validators=[id_document_check])
    salutation = models.CharField(_("Salutation"), max_length=40, blank=True)
    gender = models.CharField(_("Gender"), max_length=10, choices=Gender.choices, blank=True)
    born_on = models.DateField(_("Date of birth"), null=True, blank=True)
    born_lunar = models.CharField(
        _("Lunar date of birth"),
        max_length=11,
        blank=True,
        validators=[lunar_check],
        help_text=_(
            "Year-month-day of the Chinese calendar, such as 1990-05-05; a leap month with an L: 1990-L05-05. "
            "The birthday then follows that calendar."
        ),
    )
    age = models.PositiveSmallIntegerField(_("Age"), null=True, editable=False)
    next_birthday_on = models.DateField(_("Next birthday"), null=True, editable=False)
    country = models.CharField(_("Country"), max_length=2, blank=True)
    province = models.CharField(_("Province"), max_length=100, blank=True)
    city = models.CharField(_("City"), max_length=100, blank=True)
    district = models.CharField(_("District"), max_length=100, blank=True)
    street = models.CharField(_("Street"), max_length=200, blank=True)
    postal_code = models.CharField(_("Postal code"), max_length=20, blank=True)
    industry = models.CharField(_("Industry"), max_length=80, blank=True)
    lifecycle = models.CharField(
        _("Lifecycle"), max_length=10, choices=Lifecycle.choices, default=Lifecycle.CUSTOMER, blank=True
    )
    source = models.CharField(_("Source"), max_length=80, blank=True)
    tags = ArrayField(models.CharField(max_length=40), verbose_name=_("Tags"), default=list, blank=True)
    language = models.CharField(_("Language"), max_length=10, blank=True)
    time_zone = models.CharField(_("Time zone"), max_length=40, blank=True, validators=[time_zone_check])
    preferred_channel = models.CharField(_("Preferred channel"), max_length=10, choices=Channel.choices, blank=True)
    owner = owner_link(db_index=False)  # customer_owner and customer_parent serve these two
    team = models.ForeignKey(
        "team.Team",
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("Team"),
        help_text=_("Its people reach the customer, too, beside the team of the owner."),
    )
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="children",
        verbose_name=_("Parent company"),
    )
    notes = models.TextField(_("Notes"), blank=True)
    is_profiling_refused = models.BooleanField(_("Objects to profiling"), default=False, blank=True)
    opening_orders_count = models.PositiveIntegerField(_("Orders before Kith"), null=True, blank=True)
    opening_spend = models.DecimalField(_("Spent before Kith"), max_digits=19, decimal_places=4, null=True, blank=True)
    opening_last_order_on = models.DateField(_("Last order before Kith"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Customer"), _("Customers")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["number"], condition=Q(deleted_at__isnull=True) & ~Q(number=""), name="customer_number_live"
            ),
            models.CheckConstraint(
                condition=Q(opening_spend__gte=0),
                name="customer_opening_spend",
                violation_error_message=_("Cannot be below zero."),
            ),
            models.CheckConstraint(
                condition=Q(nps_score__lte=10),
                name="customer_nps",
                violation_error_message=_("Goes from 0 to 10."),
            ),
            models.CheckConstraint(
                condition=Q(csat_scale__gte=2, csat_scale__lte=100),
                name="customer_csat_scale",
                violation_error_message=_("Goes from 2 to 100."),
            ),
        ]
        indexes: ClassVar = [
            search_index("customer"),
            *sort_indexes("customer", "name_key", "created_at"),
            *filled_indexes(
                "customer",
                "churn_probability",
                "clv_predicted",
                "clv_historic",
                "orders_count",
                "last_order_at",
                "next_purchase_expected_on",
            ),
            empty_index("customer", "orders_count", "last_order_at", "clv_historic"),
            empty_index("customer", "clv_predicted", "next_purchase_expected_on"),
            models.Index(
                fields=["churn_band", "churn_probability", "id"],
                condition=Q(deleted_at__isnull=True),
                name="customer_band",
            ),
            models.Index(
                fields=["created_at", "id"],
                condition=Q(owner__isnull=True, deleted_at__isnull=True),
                name="customer_pool",
            ),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="customer_parent"),
            models.Index(fields=["team"], condition=Q(team__isnull=False), name="customer_team"),
            models.Index(fields=["owner", "held_at"], condition=Q(owner__isnull=False), name="customer_owner"),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="customer_phone"),
            models.Index(fields=["email"], condition=~Q(email=""), name="customer_email"),
            *several_indexes("customer", "other_emails", "other_phones"),
            models.Index(fields=["wechat"], condition=~Q(wechat=""), name="customer_wechat"),
            models.Index(fields=["tax_id"], condition=~Q(tax_id=""), name="customer_tax_id"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(Record):
    """A person at a company customer."""

    name = models.CharField(pgettext_lazy("person", "Name"), max_length=200)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts", verbose_name=_("Customer"))
    position = models.CharField(_("Position"), max_length=100, blank=True)
    role = models.CharField(_("Role in decisions"), max_length=12, choices=ContactRole.choices, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = PhoneField(_("Phone"), blank=True)
    other_emails = emails_field()
    other_phones = phones_field()
    wechat = models.CharField(_("WeChat"), max_length=60, blank=True)
    born_on = models.DateField(_("Date of birth"), null=True, blank=True, validators=[born_check])
    is_main = models.BooleanField(_("Main contact"), default=False, blank=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Contact"), _("Contacts")
        indexes: ClassVar = [
            search_index("contact"),
            *sort_indexes("contact", "name_key", "created_at"),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="contact_phone"),
            models.Index(fields=["email"], condition=~Q(email=""), name="contact_email"),
            models.Index(fields=["wechat"], condition=~Q(wechat=""), name="contact_wechat"),
            *several_indexes("contact", "other_emails", "other_phones"),
        ]

    def __str__(self) -> str:
        return self.name
