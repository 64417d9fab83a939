"""Whom the tenant sells to, and the people there."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.core.fields import PhoneField, search_index, sort_indexes
from crm.core.models import Record
from crm.customers.choices import Band, Channel, Gender, Kind, Lifecycle, PredictionStatus, RfmSegment


class Scored(models.Model):
    """What the night stores on a customer; null where there is no score, and then `prediction_status` says why."""

    churn_probability = models.FloatField(_("Churn risk"), null=True, editable=False)
    churn_window_days = models.PositiveSmallIntegerField(_("Churn window"), null=True, editable=False)
    churn_base_rate = models.FloatField(_("Usual churn risk"), null=True, editable=False)
    churn_band = models.CharField(_("Risk level"), max_length=10, choices=Band.choices, blank=True, editable=False)
    churn_percentile = models.FloatField(_("Riskier than"), null=True, editable=False)
    churn_trend = models.FloatField(
        _("Risk trend"), null=True, editable=False, help_text=_("In points, against 30 days ago.")
    )
    churn_reasons = models.JSONField(_("Reasons"), null=True, editable=False)
    clv_predicted = models.DecimalField(_("Lifetime value"), max_digits=19, decimal_places=4, null=True, editable=False)
    clv_low = models.DecimalField(_("Lifetime value, low"), max_digits=19, decimal_places=4, null=True, editable=False)
    clv_high = models.DecimalField(
        _("Lifetime value, high"), max_digits=19, decimal_places=4, null=True, editable=False
    )
    clv_horizon_days = models.PositiveSmallIntegerField(_("Value horizon"), null=True, editable=False)
    clv_historic = models.DecimalField(_("Spent so far"), max_digits=19, decimal_places=4, null=True, editable=False)
    orders_count = models.PositiveIntegerField(_("Orders"), null=True, editable=False)
    avg_order_value = models.DecimalField(
        _("Average order"), max_digits=19, decimal_places=4, null=True, editable=False
    )
    avg_days_between_orders = models.FloatField(_("Days between orders"), null=True, editable=False)
    last_order_at = models.DateTimeField(_("Last order"), null=True, editable=False)
    is_high_value = models.BooleanField(_("High value"), null=True, editable=False)
    next_purchase_low_on = models.DateField(_("Next purchase, earliest"), null=True, editable=False)
    next_purchase_expected_on = models.DateField(_("Next purchase"), null=True, editable=False)
    next_purchase_high_on = models.DateField(_("Next purchase, latest"), null=True, editable=False)
    buy_within_30d_probability = models.FloatField(_("Buys within 30 days"), null=True, editable=False)
    next_purchase_overdue_days = models.IntegerField(_("Purchase overdue"), null=True, editable=False)
    rfm_r = models.PositiveSmallIntegerField(_("Recency, 1 to 5"), null=True, editable=False)
    rfm_f = models.PositiveSmallIntegerField(_("Frequency, 1 to 5"), null=True, editable=False)
    rfm_m = models.PositiveSmallIntegerField(_("Money, 1 to 5"), null=True, editable=False)
    rfm_segment = models.CharField(_("Segment"), max_length=20, choices=RfmSegment.choices, blank=True, editable=False)
    cluster_label = models.CharField(_("Cluster"), max_length=60, blank=True, editable=False)
    best_channel = models.CharField(
        _("Best channel"), max_length=10, choices=Channel.choices, blank=True, editable=False
    )
    best_contact_hour = models.PositiveSmallIntegerField(_("Best hour"), null=True, editable=False)
    next_best_action = models.CharField(_("Next best action"), max_length=200, blank=True, editable=False)
    prediction_status = models.CharField(
        _("Score status"), max_length=24, choices=PredictionStatus.choices, blank=True, editable=False
    )
    prediction_confidence = models.FloatField(_("Confidence"), null=True, editable=False)
    model_version = models.CharField(_("Model version"), max_length=60, blank=True, editable=False)
    model_grade = models.CharField(_("Model quality"), max_length=1, blank=True, editable=False)
    scored_at = models.DateTimeField(_("Scored at"), null=True, editable=False)
    features_at = models.DateTimeField(_("Facts as of"), null=True, editable=False)

    class Meta:
        abstract = True


class Customer(Scored, Record):
    """Someone who buys, or may buy: a person or a company."""

    kind = models.CharField(_("Kind"), max_length=10, choices=Kind.choices, default=Kind.PERSON, blank=True)
    name = models.CharField(_("Name"), max_length=200)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    number = models.CharField(_("Member number"), max_length=60, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = PhoneField(_("Phone"), blank=True)
    wechat = models.CharField(_("WeChat"), max_length=60, blank=True)
    tax_id = models.CharField(_("Tax number"), max_length=40, blank=True)
    id_document = models.CharField(_("ID document"), max_length=60, blank=True)
    gender = models.CharField(_("Gender"), max_length=10, choices=Gender.choices, blank=True)
    born_on = models.DateField(_("Date of birth"), null=True, blank=True)
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
    preferred_channel = models.CharField(_("Preferred channel"), max_length=10, choices=Channel.choices, blank=True)
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children", verbose_name=_("Parent company")
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
        ]
        indexes: ClassVar = [
            search_index("customer"),
            *sort_indexes(
                "customer",
                "name_key",
                "created_at",
                "churn_probability",
                "clv_predicted",
                "clv_historic",
                "orders_count",
                "last_order_at",
                "next_purchase_expected_on",
            ),
            models.Index(
                fields=["churn_band", "churn_probability", "id"],
                condition=Q(deleted_at__isnull=True),
                name="customer_band",
            ),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="customer_phone"),
            models.Index(fields=["email"], condition=~Q(email=""), name="customer_email"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(Record):
    """A person at a company customer."""

    name = models.CharField(_("Name"), max_length=200)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts", verbose_name=_("Customer"))
    position = models.CharField(_("Position"), max_length=100, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = PhoneField(_("Phone"), blank=True)
    is_main = models.BooleanField(_("Main contact"), default=False, blank=True)
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Contact"), _("Contacts")
        indexes: ClassVar = [search_index("contact"), *sort_indexes("contact", "name_key", "created_at")]

    def __str__(self) -> str:
        return self.name
