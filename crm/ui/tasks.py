"""The work that pages ask for."""

from __future__ import annotations

from datetime import datetime

from crm.ui.dashboard_mail import TASK, mail_due
from tenants.tasks import tenant_task


@tenant_task(name=TASK, queue="outbound", minutes=5)
def dashboard_mail(mail: int, due: str) -> int:
    """The morning of a dashboard by mail has come."""
    return mail_due(mail, datetime.fromisoformat(due))
