"""Webhooks with their deliveries, rules with their runs, and what people are told."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import search_index, sort_indexes, uuid7
from crm.core.models import Record
from crm.core.registry import registry


def noun_choices() -> list[tuple[str, object]]:
    """The kinds of records that rules are about: all but our own."""
    return [(one.label, one.name) for one in registry if one.module != "automation"]


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
    url = models.URLField(
        pgettext_lazy("web", "Address"),
        max_length=500,
        help_text=_("Where we send the events, as a POST with JSON."),
    )
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
    event_seq = models.BigIntegerField(null=True)  # none: a test, or asked for by a rule
    event = models.CharField(max_length=80)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.UUIDField(null=True)
    run_id = models.UUIDField(null=True)  # the run of a rule that asked for it
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


class Rule(Authored):
    """When this happens, and if that is true, do these things."""

    class State(models.TextChoices):
        """Stopped was set by us; paused by a person."""

        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        STOPPED = "stopped", _("Switched off")

    class Trigger(models.TextChoices):
        """What begins a run."""

        EVENT = "event", _("Something happens")
        CHANGE = "change", _("A field changes")
        SCHEDULE = "schedule", _("At a time")

    class Every(models.TextChoices):
        """How often a schedule comes."""

        HOURS = "hours", _("Every few hours")
        DAY = "day", _("Every day")
        WEEK = "week", _("Every week")
        MONTH = "month", _("Every month")

    class Direction(models.TextChoices):
        """Which way a number passes a threshold."""

        UP = "up", _("rises to or above")
        DOWN = "down", _("falls below")

    name = models.CharField(_("Name"), max_length=80)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    noun = models.CharField(_("Kind of record"), max_length=60, choices=noun_choices)
    trigger = models.CharField(_("Begins when"), max_length=8, choices=Trigger, default=Trigger.EVENT)
    events = ArrayField(
        models.CharField(max_length=80), verbose_name=_("Events"), default=list, blank=True,
        help_text=_("Names of events; * stands for anything: sales.order.*"),
    )  # fmt: skip
    field = models.CharField(_("Field"), max_length=60, blank=True)
    from_value = models.CharField(_("From"), max_length=120, blank=True)
    to_value = models.CharField(_("To"), max_length=120, blank=True)
    direction = models.CharField(_("Direction"), max_length=4, choices=Direction, blank=True)
    threshold = models.FloatField(_("Threshold"), null=True, blank=True)
    every = models.CharField(_("How often"), max_length=5, choices=Every, blank=True)
    hours = models.PositiveSmallIntegerField(
        _("Hours between"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(720)]
    )
    time_of_day = models.CharField(
        _("Time of day"), max_length=5, blank=True, validators=[RegexValidator(r"^([01]\d|2[0-3]):[0-5]\d\Z")]
    )
    weekday = models.PositiveSmallIntegerField(
        _("Day of the week"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(7)]
    )
    month_day = models.PositiveSmallIntegerField(
        _("Day of the month"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(31)]
    )
    conditions = models.JSONField(
        _("Conditions"), null=True, blank=True, help_text=_("Only for records of which this is true.")
    )
    actions = models.JSONField(_("Actions"), help_text=_("What is done, one after another."))
    is_for_imports = models.BooleanField(_("Also for imported records"), default=False)
    state = models.CharField(_("State"), max_length=8, choices=State, default=State.ACTIVE, editable=False)
    next_at = models.DateTimeField(_("Next time"), null=True, editable=False)
    turns_count = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("Rule"), _("Rules")
        indexes: ClassVar = [search_index("rule"), *sort_indexes("rule", "name_key", "created_at")]

    def __str__(self) -> str:
        return self.name


class RuleRun(models.Model):
    """A rule at work on one record, once for each cause. The row is the work: it is done when due."""

    class State(models.TextChoices):
        """Stopped means: on purpose, by the rule or by the guard against loops."""

        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        STOPPED = "stopped", _("Stopped")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.ForeignKey(Rule, models.CASCADE, related_name="runs")
    cause = models.CharField(max_length=100)
    event_seq = models.BigIntegerField(null=True)
    object_type = models.CharField(max_length=60)
    object_id = models.UUIDField()
    parent = models.ForeignKey("self", models.SET_NULL, null=True, related_name="children")
    depth = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    position = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["rule", "cause"], name="rule_run_once")]
        indexes: ClassVar = [
            models.Index(fields=["rule", "due_at"], name="rule_run_due", condition=models.Q(state="waiting")),
            models.Index(fields=["rule", "id"], name="rule_run_log"),
            models.Index(fields=["created_at"], name="rule_run_age"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} for {self.cause}"


class RuleStep(models.Model):
    """One action of a run: what was done, or why not."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(RuleRun, models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=10)
    is_done = models.BooleanField()
    text = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())
    milliseconds = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.action} of {self.run_id}"


class Notification(models.Model):
    """One line for one person: what happened, and where to look."""

    class Kind(models.TextChoices):
        """What it is about; each person chooses how to hear of each."""

        RULE = "rule", _("What your rules tell you")
        ASSIGNED = "assigned", _("Records that are given to you")
        TROUBLE = "trouble", _("Rules and webhooks that were switched off")
        WORK = "work", _("Imports and exports that are finished")
        MENTION = "mention", _("Words that name you with an @")
        REMINDER = "reminder", _("Tasks and meetings that are due")
        MAIL = "mail", _("Mail of yours that did not arrive")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.CharField(max_length=300)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    is_for_mail = models.BooleanField(default=False)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "id"], name="notification_log"),
            models.Index(fields=["user"], name="notification_unread", condition=models.Q(read_at=None)),
            models.Index(fields=["created_at"], name="notification_age"),
        ]

    def __str__(self) -> str:
        return self.text


class NotificationChoice(models.Model):
    """How one person wants to hear of one kind; without a row, on the page."""

    class Way(models.TextChoices):
        """Mail comes beside the page."""

        PAGE = "page", _("Here only")
        MAIL = "mail", _("Here and by mail")
        OFF = "off", _("Not at all")

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Notification.Kind)
    way = models.CharField(max_length=4, choices=Way)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "kind"], name="notification_choice_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.way}"
