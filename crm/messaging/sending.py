"""Mail that goes out: once, as far as SMTP allows, and never to whom it is withheld from."""

from __future__ import annotations

import io
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.activities.files import content_read, files_of
from crm.core.actors import SYSTEM
from crm.core.services import record_write
from crm.messaging.cleaning import one_line
from crm.messaging.models import Mailbox, Message
from crm.messaging.threading import thread_refresh
from crm.messaging.transport import Trouble, smtp_send
from crm.messaging.withholding import withheld
from tenants.tasks import enqueue

TASK, FILING_TASK = "messaging.tasks.mail_send", "messaging.tasks.mail_file"
LABEL = "messaging.message"
State = Message.State


def bare(entry: str) -> str:
    """The address alone of "Ada <ada@mill.example>"."""
    return parseaddr(entry)[1].lower()


def recipients(message: Message) -> list[str]:
    """Everybody whom a message goes to, by their addresses alone."""
    return list(dict.fromkeys(bare(one) for one in (*message.to, *message.cc, *message.bcc)))


def mail_send(message_id: UUID) -> str:
    """Send what is queued; the state it came to."""
    taken = message_claim(message_id)
    if taken is None:
        return ""
    message, mailbox = taken
    try:
        refused = smtp_send(mailbox, mime_of(message, mailbox), recipients(message))
    except Trouble as trouble:
        return not_sent(message, trouble)
    values = {"state": State.SENT.value, "sent_at": timezone.now(), "error": one_line("; ".join(refused), 500)}
    with transaction.atomic():
        if mailbox.imap_host:
            enqueue(FILING_TASK, message=message.pk, tries=0)
        return settled(message, values)


def message_claim(message_id: UUID) -> tuple[Message, Mailbox] | None:
    """Take a queued message: who is withheld from is asked in the same transaction. One that somebody died over is
    not sent again by itself, for nobody knows how far it came."""
    with transaction.atomic():
        message = Message.objects.select_for_update().filter(pk=message_id, deleted_at=None).first()
        if message is None or message.state not in (State.QUEUED, State.SENDING):
            return None
        held = message.mailbox_id
        mailbox = Mailbox.objects.filter(pk=held, deleted_at=None).first() if held else None
        reasons = list(withheld(recipients(message)).values())
        if message.state == State.SENDING:
            reasons = [_("It broke off while it was handed over: nobody knows whether it was sent.")]
        elif mailbox is None:
            reasons = [_("The mailbox is gone.")]
        if reasons or mailbox is None:
            settled(message, {"state": State.FAILED.value, "error": one_line(" ".join(reasons), 500)})
            return None
        values = {"state": State.SENDING.value, "tries": message.tries + 1}
        record_write(Message, values, actor=SYSTEM, record=message)
        message.refresh_from_db()
        return message, mailbox


def not_sent(message: Message, trouble: Trouble) -> str:
    """After a try that failed: again later, or no more."""
    pauses = settings.MAIL_PAUSES
    if trouble.is_final or message.tries > len(pauses):
        return settled(message, {"state": State.FAILED.value, "error": one_line(trouble.message, 500)})
    with transaction.atomic():
        enqueue(TASK, at=timezone.now() + timedelta(seconds=pauses[message.tries - 1]), message=message.pk)
        return settled(message, {"state": State.QUEUED.value, "error": one_line(trouble.message, 500)})


def settled(message: Message, values: dict[str, Any]) -> str:
    """Note what became of a message, and tell its thread."""
    with transaction.atomic():
        stored = Message.objects.select_for_update().get(pk=message.pk)
        record_write(Message, values, actor=SYSTEM, record=stored)
        if stored.thread_id:
            thread_refresh(stored.thread_id, SYSTEM)
    return str(values["state"])


def mime_of(message: Message, mailbox: Mailbox) -> EmailMessage:
    """The message as it goes over the wire."""
    mime = EmailMessage()
    mime["From"] = formataddr((one_line(str(mailbox.name), 80), mailbox.address))
    for name, people in (("To", message.to), ("Cc", message.cc)):
        if people:
            mime[name] = ", ".join(formataddr((one_line(parseaddr(one)[0], 80), bare(one))) for one in people)
    mime["Subject"] = one_line(message.subject, 300)
    mime["Date"] = format_datetime(message.sent_at or timezone.now())
    mime["Message-ID"] = message.message_id
    if message.references:
        mime["In-Reply-To"] = message.references[-1]
        mime["References"] = " ".join(message.references)
    mime.set_content(message.text)
    for file in files_of(LABEL, [message.pk], SYSTEM):
        main, _slash, sub = (file.content_type or "application/octet-stream").partition("/")
        data = io.BytesIO(b"".join(content_read(file))).getvalue()
        if main == "text":
            main, sub = "application", "octet-stream"
        mime.add_attachment(data, maintype=main, subtype=sub, filename=file.name)
    return mime
