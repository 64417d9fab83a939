"""What a record keeps of its follow-ups: counted from notes, tasks and whatever else is one, never typed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Followed(models.Model):
    """When somebody last dealt with a record, and when somebody means to."""

    last_follow_up_at = models.DateTimeField(_("Last follow-up"), null=True, editable=False)
    next_follow_up_on = models.DateField(_("Next follow-up"), null=True, editable=False)

    class Meta:
        abstract = True
