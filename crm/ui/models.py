"""What the pages remember of a person: how they want the list of a noun, which dashboards they get by mail."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class ListChoice(models.Model):
    """The columns that one person chose for one noun's list, the view that opens first, and those at hand."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    label = models.CharField(max_length=60)
    columns = ArrayField(models.CharField(max_length=60), default=list)
    view = models.ForeignKey("core.SavedView", models.SET_NULL, null=True, related_name="+")
    pinned = ArrayField(models.UUIDField(), default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "label"], name="list_choice_once")]

    def __str__(self) -> str:
        return f"{self.label}: {', '.join(self.columns)}"


class DashboardMail(models.Model):
    """That somebody wants a dashboard by mail: how often, and when it comes next."""

    class Every(models.TextChoices):
        """How often."""

        DAY = "day", _("Every morning")
        WEEK = "week", _("Every Monday")
        MONTH = "month", _("On the first of each month")

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    dashboard = models.CharField(max_length=40)  # its key: there is one that no table has
    every = models.CharField(max_length=5, choices=Every)
    due_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "dashboard"], name="dashboard_mail_once")]

    def __str__(self) -> str:
        return f"{self.dashboard}: {self.every}"
