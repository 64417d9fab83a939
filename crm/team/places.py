"""How many people the plan has room for."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.errors import CrmError
from crm.team.models import Invitation, User
from tenants.context import current


def people_count() -> int:
    """Who can log in."""
    return User.objects.filter(is_active=True, email__isnull=False).count()


def people_room_check(*, invited: bool = False) -> None:
    """Refuse one more than the plan allows; whoever is invited holds a place."""
    most = current().plan.people_limit
    if most is None:
        return
    waiting = Invitation.objects.filter(accepted_at=None, expires_at__gt=timezone.now()).count() if invited else 0
    if people_count() + waiting >= most:
        raise CrmError(
            "plan_limit",
            _("Your plan is for %(max)s people. Deactivate somebody, or change to a larger plan.") % {"max": most},
            status=403,
            max=most,
        )
