"""Why something waits, in one line, told for how many days it does."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def overdue(days: int) -> str:
    """Why a task stands in the queue."""
    if days <= 0:
        return _("Due today")
    return ngettext("Overdue by %(n)s day", "Overdue by %(n)s days", days) % {"n": days}


def to_follow_up(days: int) -> str:
    """Why somebody is to be followed up."""
    if days <= 0:
        return _("Follow-up is due today")
    return ngettext("Follow-up overdue by %(n)s day", "Follow-up overdue by %(n)s days", days) % {"n": days}
