"""The words that records are marked with."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.core.fields import search_index, sort_indexes
from crm.core.models import Record

ONE_WORD = RegexValidator(r"[^,;，；、]+\Z", _("Must hold no comma or semicolon: they part one tag from the next."))


class Tag(Record):
    """A word that customers are marked with; those that are used without having been listed are added by themselves."""

    class Colour(models.TextChoices):
        """How it looks."""

        GREY = "grey", _("Grey")
        BLUE = "blue", _("Blue")
        GREEN = "green", _("Green")
        YELLOW = "yellow", _("Yellow")
        ORANGE = "orange", _("Orange")
        RED = "red", _("Red")
        PURPLE = "purple", _("Purple")

    name = models.CharField(_("Name"), max_length=40, validators=[ONE_WORD])
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    colour = models.CharField(_("Colour"), max_length=8, choices=Colour.choices, default=Colour.GREY, blank=True)
    description = models.CharField(_("Description"), max_length=200, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Tag"), _("Tags")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name"], condition=Q(deleted_at__isnull=True), name="tag_name_live")
        ]
        indexes: ClassVar = [search_index("tag"), *sort_indexes("tag", "created_at", "name_key")]

    def __str__(self) -> str:
        return self.name
