"""How many records the plan allows, counted only where it says so."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.core.errors import CrmError
from crm.core.registry import registry
from tenants.context import OutsideTenant, current


def records_count() -> int:
    """Live records of every noun, samples aside."""
    return sum(one.model._default_manager.filter(deleted_at=None, is_sample=False).count() for one in registry)


def records_room_check(creating: int) -> None:
    """Refuse new records beyond the plan. Two who write at the same moment may pass it by their last batch."""
    try:
        most = current().plan.records_limit if creating else None
    except OutsideTenant:  # a schema that waits for its tenant has no plan
        return
    if most is None:
        return
    if records_count() + creating > most:
        raise CrmError(
            "plan_limit",
            _("Your plan is for %(max)s records. Delete some, or change to a larger plan.") % {"max": most},
            status=403,
            max=most,
        )
