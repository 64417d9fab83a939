"""What somebody else has to agree to, about any record."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import search_index, sort_indexes
from crm.core.models import Record
from crm.sales.models.columns import share


class Approval(Record):
    """A question to those who may agree: about which record, who asked, who decided, why."""

    class Kind(models.TextChoices):
        """What it is about."""

        DISCOUNT = "discount", _("Discount")
        OTHER = "other", _("Other")

    class Status(models.TextChoices):
        """What became of it."""

        OPEN = "open", pgettext_lazy("approval", "Open")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", pgettext_lazy("approval", "Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    reason = models.CharField(_("Reason"), max_length=500)
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind, default=Kind.OTHER, editable=False)
    percent = share(_("Up to (%)"), default=None, null=True, editable=False)
    terms = models.CharField(max_length=64, blank=True, editable=False)
    object_type = models.CharField(pgettext_lazy("subject", "About"), max_length=60, blank=True)
    object_id = models.UUIDField(_("Record"), null=True, blank=True)
    status = models.CharField(_("Status"), max_length=10, choices=Status, default=Status.OPEN, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("Asked by"),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("Decided by"),
    )
    decided_at = models.DateTimeField(_("Decided"), null=True, editable=False)
    answer = models.CharField(_("Answer"), max_length=500, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("Approval"), _("Approvals")
        indexes: ClassVar = [
            search_index("approval"),
            *sort_indexes("approval", "created_at", "decided_at"),
            models.Index(fields=["object_id", "status"], name="approval_object"),
        ]

    def __str__(self) -> str:
        return self.reason
