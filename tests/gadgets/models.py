"""A noun with one field of each kind that matters."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.core.fields import search_index, sort_indexes
from crm.core.models import Record


class Gadget(Record):
    """Something that only the tests sell."""

    class Colour(models.TextChoices):
        """What it looks like."""

        RED = "red", _("Low")
        BLUE = "blue", _("High")

    name = models.CharField(_("Name"), max_length=80)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    colour = models.CharField(_("Kind"), max_length=10, choices=Colour.choices, blank=True)
    weight = models.DecimalField(_("Quantity"), max_digits=10, decimal_places=3, null=True, blank=True)
    made_on = models.DateField(_("Date of birth"), null=True, blank=True)
    is_new = models.BooleanField(_("Active"), default=True, blank=True)
    customer = models.ForeignKey(
        "customers.Customer", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Customer")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("Product"), _("Products")
        indexes: ClassVar = [search_index("gadget"), *sort_indexes("gadget", "name_key", "created_at", "weight")]

    def __str__(self) -> str:
        return self.name
