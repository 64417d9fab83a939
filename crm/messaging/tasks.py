"""The work that mail asks for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.services import record_write
from crm.messaging.arriving import mailbox_poll
from crm.messaging.filing import message_file
from crm.messaging.models import Mailbox
from crm.messaging.sending import FILING_TASK, mail_send
from crm.messaging.transport import Trouble, imap_open, smtp_open
from tenants.tasks import enqueue, tenant_task

POLL = "messaging.tasks.mailbox_poll"


@tenant_task(name="messaging.tasks.mail_send", queue="outbound", minutes=3)
def mail_send_task(message: str) -> str:
    """Send one message."""
    return mail_send(UUID(message))


@tenant_task(name=FILING_TASK, queue="outbound", minutes=3)
def mail_file_task(message: str, tries: int) -> bool:
    """Keep a copy of one sent message in its mailbox."""
    return message_file(UUID(message), tries)


@tenant_task(name="messaging.tasks.mailbox_check", queue="outbound", minutes=3)
def mailbox_check(mailbox: str) -> str:
    """Log in at the servers of a mailbox; one that fetches begins to."""
    stored = Mailbox.objects.filter(pk=mailbox, deleted_at=None).first()
    if stored is None:
        return ""
    values = {"state": Mailbox.State.WORKING.value, "error": ""}
    error = trouble_of(smtp_open, stored, "SMTP")
    if stored.imap_host and not error:
        error = trouble_of(imap_open, stored, "IMAP")
    if error:
        values = {"state": Mailbox.State.FAILING.value, "error": error[:300]}
    stored.refresh_from_db()
    record_write(Mailbox, values, actor=SYSTEM, record=stored)
    if stored.imap_host and values["state"] == Mailbox.State.WORKING:
        enqueue(POLL, mailbox=stored.pk)
    return values["state"]


def trouble_of(opening: Callable[[Mailbox], AbstractContextManager[object]], mailbox: Mailbox, name: str) -> str:
    """What one of the servers of a mailbox says against it, and which."""
    try:
        with opening(mailbox):
            return ""
    except Trouble as trouble:
        return f"{name}: {trouble.message}"


@tenant_task(name=POLL, queue="outbound", minutes=10)
def mailbox_poll_task(mailbox: str) -> int:
    """Fetch what is new, and ask for the next time; of two that do so at once, one ends."""
    pause = timedelta(seconds=settings.MAIL_EVERY_SECONDS)
    stored = Mailbox.objects.filter(pk=mailbox, deleted_at=None).exclude(imap_host="").first()
    if stored is None or (stored.polled_at and stored.polled_at > timezone.now() - pause / 2):
        return 0
    kept = mailbox_poll(stored.pk)
    enqueue(POLL, at=timezone.now() + pause, mailbox=stored.pk)
    return kept


def night_job(as_of: datetime) -> None:
    """Mailboxes that nobody has fetched for an hour are taken up again."""
    silent = Mailbox.objects.filter(deleted_at=None).exclude(imap_host="").exclude(state=Mailbox.State.NEW)
    for pk in silent.exclude(polled_at__gt=timezone.now() - timedelta(hours=1)).values_list("pk", flat=True):
        enqueue(POLL, mailbox=pk)
