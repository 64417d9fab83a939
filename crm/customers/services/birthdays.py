"""Ages and birthdays as the days go by."""

from __future__ import annotations

from datetime import date

from crm.customers.birthdays import birthday_values
from crm.customers.models import Customer

FIELDS = ("age", "next_birthday_on")
BATCH = 1000


def birthdays_pass(today: date) -> int:
    """Whoever had a birthday is a year older, and has the next one ahead. Counted, not typed: no version, no fact."""
    past = Customer.objects.filter(next_birthday_on__lt=today)
    count = 0
    while rows := list(past.only("born_on", "born_lunar", *FIELDS).order_by("pk")[:BATCH]):
        for row in rows:
            names = {name: getattr(row, name) for name in ("born_on", "born_lunar", *FIELDS)}
            values = birthday_values(names, today)
            row.age, row.next_birthday_on = values.get("age"), values.get("next_birthday_on")
        count += Customer.objects.bulk_update(rows, FIELDS)
    return count
