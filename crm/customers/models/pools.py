"""The public pool: what belongs to nobody, and how long it may stay with somebody."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.core.fields import search_index, sort_indexes
from crm.core.models import Record


class Pooled(models.Model):
    """What a noun with a public pool keeps beside its owner; records without an owner are in the pool."""

    held_at = models.DateTimeField(_("With the owner since"), null=True, editable=False)
    pooled_at = models.DateTimeField(_("In the pool since"), null=True, editable=False)
    pool_reason = models.CharField(_("Why in the pool"), max_length=200, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_claimable(self) -> bool:
        """Whether it stands in the pool when it has no owner."""
        return True

    @classmethod
    def returnable(cls) -> Q:
        """Which of them go back to the pool when nobody follows them up."""
        return Q()


class PoolRule(Record):
    """How the public pool of one noun works; where several speak of one noun, the strictest counts."""

    class Noun(models.TextChoices):
        """The nouns that have a pool."""

        CUSTOMER = "customers.customer", _("Customers")
        LEAD = "sales.lead", _("Leads")

    name = models.CharField(_("Name"), max_length=80)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    noun = models.CharField(_("For"), max_length=60, choices=Noun.choices)
    return_days = models.PositiveSmallIntegerField(
        _("Back to the pool after days without follow-up"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("Empty: they stay with their owner."),
    )
    hold_limit = models.PositiveIntegerField(
        _("Most that one person may hold"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
        help_text=_("Who holds as many cannot claim another one. Empty: no limit."),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("Pool rule"), _("Pool rules")
        indexes: ClassVar = [search_index("pool_rule"), *sort_indexes("pool_rule", "created_at", "name_key")]

    def __str__(self) -> str:
        return self.name
