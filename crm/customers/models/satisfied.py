"""How content a customer is, as they were last asked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.customers.choices import Trend


class Satisfied(models.Model):
    """What surveys and complaints say; empty where nobody has asked."""

    csat_score = models.DecimalField(_("Satisfaction (CSAT)"), max_digits=5, decimal_places=2, null=True, blank=True)
    csat_scale = models.PositiveSmallIntegerField(
        _("Best possible"), null=True, blank=True, help_text=_("5 for a survey with five stars.")
    )
    nps_score = models.PositiveSmallIntegerField(
        _("Would recommend us (NPS)"), null=True, blank=True, help_text=_("From 0 to 10.")
    )
    satisfaction_trend = models.CharField(_("Satisfaction trend"), max_length=8, choices=Trend.choices, blank=True)
    surveyed_on = models.DateField(_("Last survey"), null=True, blank=True)
    open_complaints_count = models.PositiveIntegerField(_("Open complaints"), null=True, blank=True)

    class Meta:
        abstract = True
