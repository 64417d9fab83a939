"""Webhooks and what became of each delivery."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm.core.fields import search_index, sort_indexes, uuid7
from crm.core.models import Record


class Authored(Record):
    """A record that acts by itself, with the rights of whoever wrote it last."""

    actor_kind = models.CharField(max_length=12, editable=False, default="system")
    actor_id = models.UUIDField(null=True, editable=False)

    class Meta:
        abstract = True


class Webhook(Authored):
    """An address that is told of events, signed by Standard Webhooks."""

    class State(models.TextChoices):
        """Failing and gone were set by us; paused by a person."""

        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        FAILING = "failing", _("Switched off: it failed too long")
        GONE = "gone", _("Switched off: the receiver said it is gone")

    name = models.CharField(_("Name"), max_length=80)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    url = models.URLField(_("Address"), max_length=500, help_text=_("Where we send the events, as a POST with JSON."))
    events = ArrayField(
        models.CharField(max_length=80),
        verbose_name=_("Events"),
        help_text=_("Names of events; * stands for anything: sales.order.*"),
    )
    conditions = models.JSONField(
        _("Conditions"), null=True, blank=True, help_text=_("Only for records of which this is true.")
    )
    state = models.CharField(_("State"), max_length=8, choices=State, default=State.ACTIVE, editable=False)
    generation = models.PositiveSmallIntegerField(default=1, editable=False)  # of the secret, which is derived from it
    is_secret_shown = models.BooleanField(default=False, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)  # the secret before signs, too, until then
    failures_count = models.PositiveIntegerField(default=0, editable=False)
    quiet_until = models.DateTimeField(null=True, editable=False)  # nobody answers: it is tried again then
    delivered_at = models.DateTimeField(_("Last delivered"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("Webhook"), _("Webhooks")
        indexes: ClassVar = [search_index("webhook"), *sort_indexes("webhook", "name_key", "created_at")]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One event on its way to one webhook. The row is the work: what is due is sent, whoever was told to."""

    class State(models.TextChoices):
        """Waiting may be due later; sending is held by a worker for a while."""

        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event_seq = models.BigIntegerField(null=True)  # none: a test
    event = models.CharField(max_length=80)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.UUIDField(null=True)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["webhook", "event_seq"], name="delivery_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["webhook", "due_at"], name="delivery_due", condition=models.Q(state__in=["waiting", "sending"])
            ),
            models.Index(fields=["webhook", "id"], name="delivery_log"),
            models.Index(fields=["created_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook_id}"


class Attempt(models.Model):
    """One try to deliver: what was answered, or why nothing was."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField(db_default=Now())
    number = models.PositiveSmallIntegerField()
    milliseconds = models.PositiveIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=20, blank=True)
    response = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"try {self.number} of {self.delivery_id}"
