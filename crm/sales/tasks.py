"""What selling does by the clock."""

from __future__ import annotations

from datetime import datetime

from crm.sales.services.quotes import quotes_expire


def night_job(as_of: datetime) -> None:
    """The night of one tenant: offers whose last day has passed."""
    quotes_expire()
