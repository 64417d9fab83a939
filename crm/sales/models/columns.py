"""Columns that several nouns of selling have."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from babel.core import get_global
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@cache
def currencies() -> frozenset[str]:
    """Every currency that there is, or was."""
    return frozenset(get_global("all_currencies"))


def currency_exists(code: str) -> None:
    """Refuse letters that are no currency."""
    if code not in currencies():
        raise ValidationError(_("Must be the three letters of a currency, such as EUR."), "currency")


class Interval(models.TextChoices):
    """How often a line is paid."""

    ONCE = "once", pgettext_lazy("interval", "Once")
    MONTH = "month", _("Every month")
    QUARTER = "quarter", _("Every quarter")
    YEAR = "year", _("Every year")


def interval() -> models.CharField[Any, Any]:
    """A column of how often something is paid."""
    return models.CharField(
        pgettext_lazy("interval", "Paid"),
        max_length=10,
        choices=Interval,
        default=Interval.ONCE,
        db_default=Interval.ONCE,
        blank=True,
    )


def money(label: Any, **more: Any) -> models.DecimalField[Any, Any]:
    """A column of money."""
    return models.DecimalField(label, max_digits=19, decimal_places=4, **more)


def not_below_zero() -> MinValueValidator:
    """What has no sense below zero."""
    return MinValueValidator(0, _("Must not be below zero."))


def quantity() -> models.DecimalField[Any, Any]:
    """A column of how much is offered of something."""
    shape: dict[str, Any] = {"max_digits": 15, "decimal_places": 4, "default": Decimal(1), "blank": True}
    return models.DecimalField(_("Quantity"), validators=[not_below_zero()], **shape)


def share(label: Any, **more: Any) -> models.DecimalField[Any, Any]:
    """A column of per cent, from 0 to 100."""
    bounds = [MinValueValidator(0), MaxValueValidator(100)]
    shape: dict[str, Any] = {"max_digits": 7, "decimal_places": 4, "default": Decimal(0), "blank": True}
    return models.DecimalField(label, **{**shape, **more}, validators=bounds)
