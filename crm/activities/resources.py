"""How notes, tasks, calls, meetings and files are listed, edited, found and moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.activities.models import Call, File, Meeting, Note, Task
from crm.activities.saying import overdue
from crm.activities.services import (
    meeting_cancel,
    meeting_hold,
    meeting_miss,
    meeting_reopen,
    task_complete,
    task_reopen,
)
from crm.core.actors import Actor
from crm.core.errors import Problem, Unfit
from crm.core.further import addresses
from crm.core.registry import Board, Calendar, Composer, FollowUp, Reminder, Resource, Row, Waiting, register

MORE = ("is_sample", "created_at", "updated_at")
USUAL_LENGTH = timedelta(minutes=30)


@register
class NoteResource(Resource):
    """Notes: what is worth remembering."""

    model = Note
    icon = "note"
    title = "body"
    fields = ("body", "is_pinned", "object_type", "object_id")
    columns = ("body", "object_id", "owner", "created_at")
    filters = ("object_type", "object_id", "is_pinned")
    sortable = ("created_at",)
    search = ("body",)
    personal = ("body",)
    timeline_at = "created_at"
    follow_up = FollowUp("created_at")
    composer = Composer(("body",))
    groups = (
        (_("About"), ("object_type", "object_id", "is_pinned", "owner")),
        (_("More"), MORE),
    )


@register
class TaskResource(Resource):
    """Tasks: what is to be done, by whom, until when."""

    model = Task
    icon = "checkbox"
    title = "title"
    fields = ("title", "due_at", "remind_minutes", "priority", "object_type", "object_id", "notes")
    computed = ("status", "done_at")
    columns = ("title", "status", "due_at", "priority", "object_id", "owner")
    filters = ("title", "status", "due_at", "priority", "object_type", "object_id", "done_at")
    quick = ("status", "priority")
    sortable = ("created_at", "due_at")
    ordering = "due_at"
    opening = "status=open"
    search = ("title",)
    personal = ("notes",)
    verbs = (task_complete, task_reopen)
    timeline_at = "due_at"
    follow_up = FollowUp("done_at", "due_at")
    waiting = (Waiting("due_at", overdue, 70, {"done_at__empty": "true"}, "complete"),)
    composer = Composer(("title", "due_at", "priority"))
    board = Board("status", ("due_at", "priority", "object_id", "owner"), verbs={"open": "reopen", "done": "complete"})
    calendar = Calendar("due_at", state="status", over=("done",))
    reminder = Reminder("due_at", "remind_minutes", "status", waiting="open")
    groups = (
        (_("About"), ("status", "due_at", "remind_minutes", "priority", "object_type", "object_id", "owner")),
        (_("More"), ("notes", "done_at", *MORE)),
    )


@register
class CallResource(Resource):
    """Calls: who was rung, and what came of it."""

    model = Call
    icon = "phone"
    title = "title"
    fields = ("title", "called_at", "direction", "outcome", "phone", "minutes", "object_type", "object_id", "notes")
    columns = ("title", "outcome", "called_at", "direction", "object_id", "owner")
    sums = {"minutes": True}
    filters = ("title", "called_at", "direction", "outcome", "phone", "minutes", "object_type", "object_id")
    quick = ("outcome", "direction")
    sortable = ("created_at", "called_at")
    ordering = "-called_at"
    search = ("title", "notes")
    personal = ("title", "phone", "notes")
    timeline_at = "called_at"
    calendar = Calendar("called_at", is_aside=True)
    follow_up = FollowUp("called_at")
    composer = Composer(("title", "outcome", "called_at", "notes"))
    groups = (
        (_("About"), ("outcome", "called_at", "direction", "phone", "minutes", "object_type", "object_id", "owner")),
        (_("More"), ("notes", *MORE)),
    )

    def begin(self, about: Resource, record: Row, actor: Actor, given: Mapping[str, str]) -> Row:
        """Now, by the record's own number."""
        phones = (record.get(name) for name, spec in about.specs.items() if spec.kind == "phone")
        return {"called_at": timezone.now(), "phone": next((one for one in phones if one), "")}


@register
class MeetingResource(Resource):
    """Meetings: when, where and with whom."""

    model = Meeting
    icon = "calendar-event"
    title = "title"
    fields = (
        "title", "starts_at", "ends_at", "remind_minutes", "place", "attendees", "object_type", "object_id", "notes",
        "outcome",
    )  # fmt: skip
    computed = ("status",)
    columns = ("title", "status", "starts_at", "place", "object_id", "owner")
    filters = ("title", "status", "starts_at", "ends_at", "place", "object_type", "object_id")
    quick = ("status",)
    sortable = ("created_at", "starts_at")
    ordering = "-starts_at"
    search = ("title", "place", "attendees")
    personal = ("title", "place", "attendees", "notes", "outcome")
    verbs = (meeting_hold, meeting_miss, meeting_cancel, meeting_reopen)
    timeline_at = "starts_at"
    follow_up = FollowUp("starts_at", "starts_at", ~Q(status__in=("missed", "cancelled")))
    addressed = "attendees"
    composer = Composer(("title", "starts_at", "ends_at", "place", "attendees"))
    board = Board(
        "status",
        ("starts_at", "place", "object_id", "owner"),
        since="starts_at",
        verbs={"planned": "reopen", "held": "hold", "missed": "miss", "cancelled": "cancel"},
    )
    calendar = Calendar("starts_at", "ends_at", state="status", over=("held", "missed", "cancelled"))
    reminder = Reminder("starts_at", "remind_minutes", "status", waiting="planned")
    groups = (
        (_("About"), ("status", "starts_at", "ends_at", "remind_minutes", "place", "attendees", "object_type",
                      "object_id", "owner")),
        (_("More"), ("notes", "outcome", *MORE)),
    )  # fmt: skip

    def begin(self, about: Resource, record: Row, actor: Actor, given: Mapping[str, str]) -> Row:
        """At the next full hour, with whom the record is about."""
        hour = timezone.localtime().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return {"starts_at": hour, "ends_at": hour + USUAL_LENGTH, "attendees": addresses(about, record)[:1]}

    def derive(self, row: Row) -> Row:
        """It ends after half an hour where nobody says when; addresses are found in any case of their letters."""
        begins, ends = row["starts_at"], row["ends_at"] or row["starts_at"] + USUAL_LENGTH
        if ends < begins:
            raise Unfit("ends_at", Problem("range", _("Must not end before it begins.")))
        found = dict.fromkeys(one.lower() if "@" in one else one for one in row["attendees"])
        return {"ends_at": ends, "attendees": list(found)}


@register
class FileResource(Resource):
    """Files: what belongs to a record and is handed out as a download."""

    model = File
    icon = "paperclip"
    follow_up = FollowUp("created_at")
    fields = ("name", "object_type", "object_id")
    computed = ("content_type", "size")
    hidden = ("sha256",)
    columns = ("name", "content_type", "size", "object_id", "owner", "created_at")
    filters = ("name", "content_type", "size", "object_type", "object_id")
    sortable = ("name", "created_at", "size")
    search = ("name",)
    personal = ("name",)
    timeline_at = "created_at"
    groups = (
        (_("About"), ("name", "content_type", "size", "object_type", "object_id", "owner")),
        (_("More"), MORE),
    )
