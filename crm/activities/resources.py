"""How notes and tasks are listed, edited, found and moved."""

from django.utils.translation import gettext_lazy as _

from crm.activities.models import Note, Task
from crm.activities.services import task_complete, task_reopen
from crm.core.registry import Resource, register


@register
class TaskResource(Resource):
    """Tasks: what is to be done, by whom, until when."""

    model = Task
    icon = "checkbox"
    title = "title"
    fields = ("title", "due_at", "priority", "object_type", "object_id", "notes")
    computed = ("status", "done_at")
    columns = ("title", "status", "due_at", "priority", "object_id", "owner")
    filters = ("title", "status", "due_at", "priority", "object_type", "object_id", "done_at")
    quick = ("status", "priority")
    sortable = ("created_at", "due_at")
    ordering = "due_at"
    search = ("title",)
    personal = ("notes",)
    verbs = (task_complete, task_reopen)
    timeline_at = "created_at"
    groups = (
        (_("About"), ("status", "due_at", "priority", "object_type", "object_id", "owner")),
        (_("More"), ("notes", "done_at", "is_sample", "created_at", "updated_at")),
    )


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
    groups = (
        (_("About"), ("object_type", "object_id", "is_pinned", "owner")),
        (_("More"), ("is_sample", "created_at", "updated_at")),
    )
