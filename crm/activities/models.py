"""What happens around any record: notes, tasks, calls, meetings, files."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.core.fields import PhoneField, search_index, sort_indexes, uuid7
from crm.core.models import Record

MOST_MINUTES = 60 * 24 * 28  # how long before something a reminder may come


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
    remind_minutes = models.PositiveIntegerField(
        _("Reminder, minutes before"), default=0, null=True, blank=True, validators=[MaxValueValidator(MOST_MINUTES)]
    )
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
    remind_minutes = models.PositiveIntegerField(
        _("Reminder, minutes before"), default=15, null=True, blank=True, validators=[MaxValueValidator(MOST_MINUTES)]
    )
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


class File(Record):
    """A file that belongs to a record; what is in it is given apart, and only ever handed out as a download."""

    name = models.CharField(_("Name"), max_length=200)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    object_type = models.CharField(_("About what"), max_length=60, blank=True)
    object_id = models.UUIDField(_("About which"), null=True, blank=True)
    content_type = models.CharField(_("Type"), max_length=100, blank=True, editable=False)
    size = models.PositiveBigIntegerField(_("Bytes"), default=0, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("File"), _("Files")
        indexes: ClassVar = [
            search_index("file"),
            *sort_indexes("file", "name_key", "created_at", "size"),
            models.Index(fields=["object_id", "created_at"], name="file_object"),
        ]

    def __str__(self) -> str:
        return self.name


class FilePiece(models.Model):
    """A piece of a file: bytes lie in the company's own schema, and go wherever its rows go."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(File, models.CASCADE, related_name="pieces")
    position = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["file", "position"], name="file_piece_once")]

    def __str__(self) -> str:
        return f"{self.file_id} {self.position}"


class CalendarFeed(models.Model):
    """That somebody reads their calendar in another program; a new generation closes the address before it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField("team.User", models.CASCADE, related_name="+")
    generation = models.PositiveSmallIntegerField(default=1)

    def __str__(self) -> str:
        return f"the calendar of {self.user_id}"
