"""What can be done to an activity."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.activities.models import Task
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.verbs import verb


@verb(
    label=gettext_lazy("Complete"),
    description=gettext_lazy("Mark the task as done."),
    icon="check",
    when=lambda row: row.get("status") == "open",
)
def task_complete(task: Task, *, actor: Actor) -> dict[str, Any]:
    """Mark a task as done."""
    if task.status == Task.Status.DONE:
        raise CrmError("already_done", _("This task is done already."), status=409)
    return {"status": Task.Status.DONE.value, "done_at": timezone.now()}


@verb(
    label=gettext_lazy("Reopen"),
    description=gettext_lazy("Put the task back on the list."),
    icon="arrow-back-up",
    when=lambda row: row.get("status") == "done",
)
def task_reopen(task: Task, *, actor: Actor) -> dict[str, Any]:
    """Put a done task back on the list."""
    if task.status == Task.Status.OPEN:
        raise CrmError("already_open", _("This task is still to be done."), status=409)
    return {"status": Task.Status.OPEN.value, "done_at": None}
