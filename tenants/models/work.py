"""Work that waits for a worker, for all tenants in one place: messages to send, nights to run, schemas with news."""
from __future__ import annotations

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tenants.database.columns import CurrentTransaction, TransactionIdField
from tenants.models.catalogue import Tenant

WAITING, OWNED = models.Q(state="waiting"), models.Q(state__in=["held", "running"])


class Work(models.Model):
    """A piece of work that one worker at a time may hold, by a lease which that worker keeps renewing."""

    class State(models.TextChoices):
        """Held: claimed with others of a chunk and not begun, so that a worker's death is not blamed on it."""

        WAITING = "waiting", _("Waiting")
        HELD = "held", _("Claimed")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    id = models.BigAutoField(primary_key=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    sends = models.PositiveSmallIntegerField(default=0)
    send_after = models.DateTimeField(db_default=Now())
    worker = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Outbox(Work):
    """A message to a worker, written in the transaction that asks for the work; the broker is only the postman."""

    schema_name = models.CharField(max_length=63)
    task = models.CharField(max_length=120)
    queue = models.CharField(max_length=20)
    ids = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        db_table = '"public"."tenants_outbox"'
        indexes: ClassVar = [
            models.Index(fields=["send_after"], name="outbox_due", condition=WAITING),
            models.Index(fields=["lease_until"], name="outbox_lease", condition=OWNED),
            models.Index(fields=["finished_at"], name="outbox_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.pk} in {self.schema_name}"


class NightRun(Work):
    """One job of one tenant for one local date: idempotency and lock in one row; every try has the same `as_of`."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="nights")
    job = models.CharField(max_length=40)
    local_date = models.DateField()
    as_of = models.DateTimeField()
    is_large = models.BooleanField(default=False)

    class Meta:
        db_table = '"public"."tenants_nightrun"'
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "job", "local_date"], name="nightrun_unique"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["send_after"], name="nightrun_due", condition=WAITING),
            models.Index(fields=["lease_until"], name="nightrun_lease", condition=OWNED),
        ]

    def __str__(self) -> str:
        return f"{self.job} of {self.local_date} for tenant {self.tenant_id}"


class Wakeup(models.Model):
    """A transaction in `schema_name` wrote events: append only, eaten by the pump."""

    id = models.BigAutoField(primary_key=True)
    schema_name = models.CharField(max_length=63)
    tx = TransactionIdField(db_default=CurrentTransaction(), editable=False)
    tries = models.PositiveSmallIntegerField(db_default=0)
    not_before = models.DateTimeField(db_default=Now())
    error = models.TextField(blank=True, default="")

    class Meta:
        db_table = '"public"."tenants_wakeup"'

    def __str__(self) -> str:
        return f"news in {self.schema_name}"
