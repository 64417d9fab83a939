"""What the night does for customers."""

from datetime import datetime

from django.utils import timezone

from crm.activities.follow_ups import follow_ups_fill
from crm.customers.behaviour import behaviour_forget_old
from crm.customers.services.birthdays import birthdays_pass
from crm.customers.services.pool import pool_return


def night_job(as_of: datetime) -> None:
    """Follow-ups are counted anew and birthdays pass; what nobody has followed up goes back to the pool; old behaviour
    is thrown away."""
    follow_ups_fill()
    birthdays_pass(timezone.localdate(as_of))
    pool_return(as_of)
    behaviour_forget_old(as_of)
