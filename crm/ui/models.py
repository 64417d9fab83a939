"""What the pages remember of a person: how they want the list of a noun."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


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
