"""Who agreed to what, and who took it back: a ledger that only grows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import NewUuid


class ConsentChannel(models.TextChoices):
    """By which way somebody may be reached; `any` speaks of what needs no way."""

    ANY = "any", _("Any way")
    EMAIL = "email", pgettext_lazy("message", "E-mail")
    PHONE = "phone", _("Phone")
    SMS = "sms", _("Text message")
    WECHAT = "wechat", _("WeChat")
    POST = "post", _("Post")


class ConsentPurpose(models.TextChoices):
    """What for."""

    MARKETING = "marketing", _("Marketing")
    SERVICE = "service", _("Service messages")
    SURVEY = "survey", _("Surveys")
    PROFILING = "profiling", _("Profiling and scores")
    SENSITIVE = "sensitive", _("Sensitive personal data")
    SHARING = "sharing", _("Sharing with others")


class ConsentBasis(models.TextChoices):
    """By which right."""

    CONSENT = "consent", _("Consent")
    CONTRACT = "contract", _("Contract")
    LAW = "law", _("Legal duty")
    INTEREST = "interest", _("Legitimate interest")


class ConsentEntry(models.Model):
    """One line of the ledger: given or withdrawn; the newest of a channel and purpose counts."""

    id = models.UUIDField(primary_key=True, db_default=NewUuid(), editable=False)
    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=8, choices=ConsentChannel.choices)
    purpose = models.CharField(max_length=10, choices=ConsentPurpose.choices)
    is_given = models.BooleanField()
    basis = models.CharField(max_length=10, choices=ConsentBasis.choices)
    source = models.CharField(max_length=80, blank=True)
    proof = models.CharField(max_length=300, blank=True)
    expires_on = models.DateField(null=True)
    at = models.DateTimeField(db_default=Now(), editable=False)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["customer", "purpose", "channel", "-at", "-id"], name="consent_state")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.channel}"
