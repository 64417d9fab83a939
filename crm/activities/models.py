"""What happens around any record: notes, tasks, calls, meetings."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.core.fields import PhoneField, search_index, sort_indexes
from crm.core.models import Record


class Note(Record):
    """Something worth remembering about a record."""

    object_type = models.CharField(_("About what"), max_length=60, blank=True)
    object_id = models.UUIDField(_("About which"), null=True, blank=True)
    body = models.TextField(_("Text"))
    is_pinned = models.BooleanField(_("Pinned"), default=False, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Note"), _("Notes")
        indexes: ClassVar = [
            search_index("note"),
            *sort_indexes("note", "created_at"),
            models.Index(fields=["object_id", "created_at"], name="note_object"),
        ]

    def __str__(self) -> str:
        return self.body[:80]


class Task(Record):
    """Something that someone has to do; the owner does it."""

    class Status(models.TextChoices):
        """Whether it is still to be done."""

        OPEN = "open", _("To do")
        DONE = "done", _("Done")

    class Priority(models.TextChoices):
        """How pressing it is."""

        LOW = "low", _("Low")
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("High")

    title = models.CharField(_("Title"), max_length=200)
    object_type = models.CharField(_("About what"), max_length=60, blank=True)
    object_id = models.UUIDField(_("About which"), null=True, blank=True)
    due_at = models.DateTimeField(_("Due"), null=True, blank=True)
    status = models.CharField(_("Status"), max_length=10, choices=Status.choices, default=Status.OPEN, editable=False)
    done_at = models.DateTimeField(_("Done at"), null=True, editable=False)
    priority = models.CharField(
        _("Priority"), max_length=10, choices=Priority.choices, default=Priority.NORMAL, blank=True
    )
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Task"), _("Tasks")
        indexes: ClassVar = [
            search_index("task"),
            *sort_indexes("task", "created_at", "due_at"),
            models.Index(fields=["object_id", "created_at"], name="task_object"),
        ]

    def __str__(self) -> str:
        return self.title


class Call(Record):
    """A talk by telephone that took place, or was tried."""

    class Direction(models.TextChoices):
        """Who rang whom."""

        OUT = "out", _("We called")
        IN = "in", _("They called")

    class Outcome(models.TextChoices):
        """What came of it."""

        REACHED = "reached", _("Reached")
        NO_ANSWER = "no_answer", _("No answer")
        BUSY = "busy", _("Busy")
        VOICEMAIL = "voicemail", _("Left a message")
        WRONG_NUMBER = "wrong_number", _("Wrong number")

    title = models.CharField(_("Subject"), max_length=200)
    object_type = models.CharField(_("About what"), max_length=60, blank=True)
    object_id = models.UUIDField(_("About which"), null=True, blank=True)
    called_at = models.DateTimeField(_("When"), default=timezone.now, blank=True)
    direction = models.CharField(
        _("Direction"), max_length=3, choices=Direction.choices, default=Direction.OUT, blank=True
    )
    outcome = models.CharField(_("Outcome"), max_length=12, choices=Outcome.choices, blank=True)
    phone = PhoneField(_("Phone"), blank=True)
    minutes = models.PositiveIntegerField(_("Minutes"), null=True, blank=True, validators=[MaxValueValidator(1440)])
    notes = models.TextField(_("Notes"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Call"), _("Calls")
        indexes: ClassVar = [
            search_index("call"),
            *sort_indexes("call", "created_at", "called_at"),
            models.Index(fields=["object_id", "called_at"], name="call_object"),
        ]

    def __str__(self) -> str:
        return self.title


class Meeting(Record):
    """People who meet at a time; the owner leads it."""

    class Status(models.TextChoices):
        """Whether it took place."""

        PLANNED = "planned", _("Planned")
        HELD = "held", _("Held")
        MISSED = "missed", _("Nobody came")
        CANCELLED = "cancelled", _("Cancelled")

    title = models.CharField(_("Title"), max_length=200)
    object_type = models.CharField(_("About what"), max_length=60, blank=True)
    object_id = models.UUIDField(_("About which"), null=True, blank=True)
    starts_at = models.DateTimeField(_("Begins"))
    ends_at = models.DateTimeField(_("Ends"), null=True, blank=True)
    place = models.CharField(_("Place"), max_length=300, blank=True)
    attendees = ArrayField(
        models.CharField(max_length=254), verbose_name=_("Attendees"), default=list, blank=True,
        help_text=_("E-mail addresses or names, with commas between. It is shown at everyone who has the address."),
    )  # fmt: skip
    status = models.CharField(
        _("Status"), max_length=10, choices=Status.choices, default=Status.PLANNED, editable=False
    )
    notes = models.TextField(_("Agenda"), blank=True)
    outcome = models.TextField(_("What came of it"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Meeting"), _("Meetings")
        indexes: ClassVar = [
            search_index("meeting"),
            *sort_indexes("meeting", "created_at", "starts_at"),
            models.Index(fields=["object_id", "starts_at"], name="meeting_object"),
            GinIndex(fields=["attendees"], name="meeting_attendees", condition=Q(deleted_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title
