"""What happens around any record: notes and tasks."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.core.fields import search_index, sort_indexes
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
