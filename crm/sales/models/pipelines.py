"""The stages that a deal goes through, and why one is lost."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import search_index, sort_indexes
from crm.core.models import Record

LIVE = Q(deleted_at__isnull=True)


class Outcome(models.TextChoices):
    """Whether a deal is still worked on, and how it ended."""

    OPEN = "open", pgettext_lazy("status", "Open")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class Category(models.TextChoices):
    """How firmly a deal is counted on in the forecast."""

    PIPELINE = "pipeline", _("In the pipeline")
    BEST_CASE = "best_case", _("Best case")
    COMMIT = "commit", _("Commit")
    CLOSED = "closed", pgettext_lazy("forecast", "Closed")
    OMITTED = "omitted", _("Left out")


class Pipeline(Record):
    """A way of selling, as the row of its stages."""

    name = models.CharField(_("Name"), max_length=80)
    is_default = models.BooleanField(
        _("Default"), default=False, blank=True, help_text=_("New deals start here unless another is named.")
    )
    position = models.PositiveIntegerField(pgettext_lazy("order", "Place"), default=1, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Pipeline"), _("Pipelines")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name"], condition=LIVE, name="pipeline_name_live"),
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(deleted_at__isnull=True, is_default=True),
                name="pipeline_default_one",
            ),
        ]
        indexes: ClassVar = [search_index("pipeline"), *sort_indexes("pipeline", "position", "created_at")]

    def __str__(self) -> str:
        return self.name


class Stage(Record):
    """One step of a pipeline."""

    pipeline = models.ForeignKey(Pipeline, models.PROTECT, related_name="stages", verbose_name=_("Pipeline"))
    name = models.CharField(_("Name"), max_length=80)
    position = models.PositiveIntegerField(
        pgettext_lazy("order", "Place"),
        default=None,
        blank=True,
        help_text=_("Empty: after the last stage that is open."),
    )
    outcome = models.CharField(_("Outcome"), max_length=10, choices=Outcome.choices, default=Outcome.OPEN, blank=True)
    probability = models.PositiveSmallIntegerField(
        _("Probability (%)"), default=0, blank=True, validators=[MaxValueValidator(100)]
    )
    category = models.CharField(
        _("Forecast category"), max_length=10, choices=Category.choices, default=Category.PIPELINE, blank=True
    )
    days_limit = models.PositiveIntegerField(
        _("Days allowed"), null=True, blank=True, help_text=_("A deal that stands here longer is shown as ageing.")
    )
    required_fields = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("Required fields"),
        default=list,
        blank=True,
        help_text=_("What must be filled in before a deal may enter."),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("Stage"), _("Stages")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pipeline", "name"], condition=LIVE, name="stage_name_live"),
            models.CheckConstraint(
                condition=Q(probability__lte=100),
                name="stage_probability",
                violation_error_message=_("Goes from 0 to 100."),
            ),
        ]
        indexes: ClassVar = [search_index("stage"), *sort_indexes("stage", "position", "created_at")]

    def __str__(self) -> str:
        return self.name


class LostReason(Record):
    """Why deals are lost."""

    name = models.CharField(_("Name"), max_length=120)
    is_active = models.BooleanField(_("In use"), default=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Lost reason"), _("Lost reasons")
        constraints: ClassVar = [models.UniqueConstraint(fields=["name"], condition=LIVE, name="lost_reason_name_live")]
        indexes: ClassVar = [search_index("lost_reason"), *sort_indexes("lost_reason", "created_at")]

    def __str__(self) -> str:
        return self.name
