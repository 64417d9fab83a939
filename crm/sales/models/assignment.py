"""Whose a new lead, deal or customer is: rules in their order, and territories."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import search_index, sort_indexes
from crm.core.models import Record


class Given(Record):
    """What rules and territories have in common: for which records they hold, and to whom these go."""

    name = models.CharField(_("Name"), max_length=120)
    position = models.PositiveIntegerField(
        pgettext_lazy("order", "Place"), default=1, blank=True, help_text=_("The first that fits decides.")
    )
    is_active = models.BooleanField(_("In use"), default=True, blank=True)
    conditions = models.CharField(
        _("Conditions"),
        max_length=1000,
        blank=True,
        help_text=_("As in the address of a list: country=CN&industry__in=retail,food. Empty: every record."),
    )
    person = models.ForeignKey(
        "team.User", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Person")
    )
    team = models.ForeignKey(
        "team.Team", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Team")
    )

    class Meta:
        abstract = True


class AssignmentRule(Given):
    """To whom new records go that nobody owns."""

    class Noun(models.TextChoices):
        """What is given out."""

        LEAD = "sales.lead", _("Leads")
        DEAL = "sales.deal", _("Deals")
        CUSTOMER = "customers.customer", _("Customers")

    class Way(models.TextChoices):
        """How somebody is chosen."""

        PERSON = "person", _("One person")
        TURNS = "turns", _("In turns")
        LOAD = "load", _("Whoever has the fewest")
        TERRITORY = "territory", _("By territory")

    assigns = models.CharField(_("Gives out"), max_length=20, choices=Noun.choices, default=Noun.LEAD, blank=True)
    way = models.CharField(_("To whom"), max_length=10, choices=Way.choices, default=Way.TERRITORY, blank=True)
    last = models.ForeignKey("team.User", models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("Assignment rule"), _("Assignment rules")
        indexes: ClassVar = [
            search_index("assignment_rule"),
            *sort_indexes("assignment_rule", "position", "created_at"),
        ]

    def __str__(self) -> str:
        return self.name


class Territory(Given):
    """A part of the market and who looks after it."""

    class Meta:
        verbose_name, verbose_name_plural = _("Territory"), _("Territories")
        indexes: ClassVar = [search_index("territory"), *sort_indexes("territory", "position", "created_at")]

    def __str__(self) -> str:
        return self.name
