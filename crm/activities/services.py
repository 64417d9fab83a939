"""What can be done to an activity."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.activities.models import Meeting, Task
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.verbs import asked, verb


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


def planned(meeting: Meeting) -> None:
    """Refuse what can be done to a planned meeting only."""
    if meeting.status != Meeting.Status.PLANNED:
        raise CrmError("not_planned", _("This meeting is no longer planned."), status=409)


@verb(
    label=gettext_lazy("It took place"),
    description=gettext_lazy("Mark the meeting as held, and say what came of it."),
    icon="check",
    inputs={"outcome": asked(Meeting, "outcome")},
    when=lambda row: row.get("status") == "planned",
)
def meeting_hold(meeting: Meeting, *, actor: Actor, outcome: str) -> dict[str, Any]:
    """Mark a meeting as held."""
    planned(meeting)
    return {"status": Meeting.Status.HELD.value, "outcome": outcome or meeting.outcome}


@verb(
    label=gettext_lazy("Nobody came"),
    description=gettext_lazy("The other side did not appear."),
    icon="user-x",
    when=lambda row: row.get("status") == "planned",
    aside=True,
)
def meeting_miss(meeting: Meeting, *, actor: Actor) -> dict[str, Any]:
    """Mark a meeting as one that the other side missed."""
    planned(meeting)
    return {"status": Meeting.Status.MISSED.value}


@verb(
    label=gettext_lazy("Call off"),
    description=gettext_lazy("The meeting will not take place."),
    icon="calendar-off",
    when=lambda row: row.get("status") == "planned",
    aside=True,
)
def meeting_cancel(meeting: Meeting, *, actor: Actor) -> dict[str, Any]:
    """Call a meeting off."""
    planned(meeting)
    return {"status": Meeting.Status.CANCELLED.value}


@verb(
    label=gettext_lazy("Plan again"),
    description=gettext_lazy("The meeting is to take place after all."),
    icon="arrow-back-up",
    when=lambda row: row.get("status") != "planned",
)
def meeting_reopen(meeting: Meeting, *, actor: Actor) -> dict[str, Any]:
    """Plan a meeting again."""
    if meeting.status == Meeting.Status.PLANNED:
        raise CrmError("already_open", _("This meeting is planned already."), status=409)
    return {"status": Meeting.Status.PLANNED.value}
