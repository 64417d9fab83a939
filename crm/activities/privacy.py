"""Who is forgotten is no longer among those who took part."""

from __future__ import annotations

from uuid import UUID

from crm.activities.models import Meeting
from crm.core.privacy import addresses_known


def forget(found: dict[str, list[UUID]], words: list[str]) -> None:
    """Their addresses leave the meetings of others; what was written about them is removed by the erasure itself."""
    gone = addresses_known(found)
    for meeting in Meeting.objects.filter(attendees__overlap=sorted(gone)) if gone else ():
        rest = [one for one in meeting.attendees if one not in gone]
        Meeting.objects.filter(pk=meeting.pk).update(attendees=rest, search=None)
