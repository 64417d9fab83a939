"""What the night works out about a customer."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.core.trade import by_trade
from crm.customers.choices import Band, Channel, PredictionStatus, RfmSegment


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
    orders_count = models.PositiveIntegerField(
        by_trade(_("Orders"), bank=_("Transactions"), travel=_("Bookings")), null=True, editable=False
    )
    repeat_rate = models.FloatField(
        _("Loyalty (repeat rate)"), null=True, editable=False, help_text=_("Of all orders, those after the first.")
    )
    avg_order_value = models.DecimalField(
        by_trade(_("Average order"), bank=_("Average transaction"), travel=_("Average booking")),
        max_digits=19,
        decimal_places=4,
        null=True,
        editable=False,
    )
    avg_days_between_orders = models.FloatField(
        by_trade(_("Days between orders"), bank=_("Days between transactions"), travel=_("Days between bookings")),
        null=True,
        editable=False,
    )
    last_order_at = models.DateTimeField(
        by_trade(_("Last order"), bank=_("Last transaction"), travel=_("Last booking")), null=True, editable=False
    )
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
