"""What is to be reached in a month, quarter or year, and what people change in a forecast."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import search_index, sort_indexes
from crm.core.models import Record
from crm.sales.models.columns import money
from crm.sales.models.pipelines import Category


class Span(models.TextChoices):
    """How long a period is."""

    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    YEAR = "year", _("Year")


class MeasureName(models.TextChoices):
    """What is counted."""

    WON_VALUE = "won_value", _("Value of deals won")
    WON_COUNT = "won_count", _("Deals won")
    REVENUE = "revenue", _("Revenue of orders")
    PAYMENTS = "payments", _("Payments received")
    NEW_CUSTOMERS = "new_customers", _("New customers")
    TASKS = "tasks", _("Tasks done")
    CALLS = "calls", _("Calls")
    MEETINGS = "meetings", _("Meetings")


class Target(Record):
    """What somebody, a team or everybody is to reach (a target), or means to (a plan), in one period."""

    class Kind(models.TextChoices):
        """Whether it was set, or is what people plan themselves."""

        TARGET = "target", _("Target")
        PLAN = "plan", _("Plan")

    name = models.CharField(
        _("Name"), max_length=200, blank=True, help_text=_("Made of the measure and the period, unless given.")
    )
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    kind = models.CharField(
        _("Kind"),
        max_length=10,
        choices=Kind.choices,
        default=Kind.TARGET,
        blank=True,
        help_text=_("A target is set; a plan is what people mean to do."),
    )
    measure = models.CharField(
        _("Measure"), max_length=20, choices=MeasureName.choices, default=MeasureName.WON_VALUE, blank=True
    )
    person = models.ForeignKey(
        "team.User", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("Person")
    )
    team = models.ForeignKey(
        "team.Team",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Team"),
        help_text=_("Without person and team it is everybody's."),
    )
    product_category = models.CharField(
        _("Product category"), max_length=100, blank=True, help_text=_("Only sales of these products count.")
    )
    period = models.CharField(_("Period"), max_length=10, choices=Span.choices, default=Span.QUARTER, blank=True)
    starts_on = models.DateField(_("Starts"), help_text=_("Any day of the period will do."))
    ends_on = models.DateField(pgettext_lazy("period", "Ends"), null=True, editable=False)
    goal = models.DecimalField(_("Goal"), max_digits=19, decimal_places=4, validators=[MinValueValidator(0)])
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Target"), _("Targets")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(goal__gte=0), name="target_goal", violation_error_message=_("Cannot be below zero.")
            ),
        ]
        indexes: ClassVar = [
            search_index("target"),
            *sort_indexes("target", "created_at", "starts_on", "name_key", "goal"),
        ]

    def __str__(self) -> str:
        return self.name


class ForecastAdjustment(Record):
    """What somebody adds to a forecast, or takes from it, and why; the sum of deals stays as it is beside it."""

    person = models.ForeignKey(
        "team.User", models.CASCADE, related_name="+", verbose_name=_("Person"), help_text=_("Whose forecast it is.")
    )
    period = models.CharField(_("Period"), max_length=10, choices=Span.choices, default=Span.QUARTER, blank=True)
    starts_on = models.DateField(_("Starts"), help_text=_("Any day of the period will do."))
    ends_on = models.DateField(pgettext_lazy("period", "Ends"), null=True, editable=False)
    category = models.CharField(
        _("Forecast category"), max_length=10, choices=Category.choices, default=Category.COMMIT, blank=True
    )
    amount = money(_("Amount"), help_text=_("Below zero takes away."))
    reason = models.CharField(_("Reason"), max_length=300)
    author = models.ForeignKey(
        "team.User", models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("Author")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("Forecast adjustment"), _("Forecast adjustments")
        indexes: ClassVar = [
            search_index("forecast_adjustment"),
            *sort_indexes("forecast_adjustment", "created_at", "starts_on"),
        ]

    def __str__(self) -> str:
        return self.reason
