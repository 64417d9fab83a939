"""Columns that several nouns of selling have."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


def money(label: Any, **more: Any) -> models.DecimalField[Any, Any]:
    """A column of money."""
    return models.DecimalField(label, max_digits=19, decimal_places=4, **more)


def share(label: Any, **more: Any) -> models.DecimalField[Any, Any]:
    """A column of per cent, from 0 to 100."""
    bounds = [MinValueValidator(0), MaxValueValidator(100)]
    shape: dict[str, Any] = {"max_digits": 7, "decimal_places": 4, "default": Decimal(0), "blank": True}
    return models.DecimalField(label, **{**shape, **more}, validators=bounds)
