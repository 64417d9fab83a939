"""Websites of the company's own that may tell what their visitors do."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.core.fields import uuid7


class WebSnippet(models.Model):
    """The word by which pages are known to be the company's, and where those stand; with no place none is heard."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=40)  # public: it stands in every page, and lets in nothing but behaviour
    origins = ArrayField(models.CharField(max_length=100), default=list)
    heard_at = models.DateTimeField(null=True, editable=False)  # when something was kept last, to the minute
    is_only = models.BooleanField(default=True, unique=True, editable=False)  # there is one row

    def __str__(self) -> str:
        return ", ".join(self.origins)
