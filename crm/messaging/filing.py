"""What was sent, into the folder of the mailbox where other programs of its people look for it."""

from __future__ import annotations

import imaplib
import re
from datetime import timedelta
from email import policy
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import SYSTEM
from crm.core.services import record_write
from crm.messaging.cleaning import one_line
from crm.messaging.models import Mailbox, Message
from crm.messaging.sending import FILING_TASK, mime_of
from crm.messaging.transport import Trouble, folder_name, folder_read, imap_server
from tenants.tasks import enqueue

LISTED = re.compile(rb"\((?P<flags>[^)]*)\) +(?:\"(?:[^\"\\]|\\.)*\"|NIL) +(?P<name>.+)", re.IGNORECASE)
USUAL = ("sent", "sent items", "sent messages", "sent mail", "sent-mail", "已发送", "已发送邮件", "已发送郵件")
MOST_TRIES = 3


def message_file(message_id: UUID, tries: int) -> bool:
    """Keep a copy of what was sent; whether one was put there. What is there already stays the only one."""
    message = Message.objects.filter(pk=message_id, direction=Message.Direction.OUT, deleted_at=None).first()
    if message is None or message.mailbox_id is None:
        return False
    mailbox = Mailbox.objects.filter(pk=message.mailbox_id, deleted_at=None).exclude(imap_host="").first()
    if mailbox is None:
        return False
    try:
        with imap_server(mailbox) as server:
            return copy_put(server, mailbox, message)
    except Trouble as trouble:
        if tries < MOST_TRIES and not trouble.is_final:
            pause = timedelta(seconds=settings.MAIL_PAUSES[tries])
            enqueue(FILING_TASK, at=timezone.now() + pause, message=message.pk, tries=tries + 1)
        else:
            text = _("It was sent, but is not in the mailbox's folder for sent mail: %(why)s")
            said = " ".join(filter(None, (message.error, text % {"why": trouble.message})))
            record_write(Message, {"error": one_line(said, 500)}, actor=SYSTEM, record=message)
        return False


def copy_put(server: imaplib.IMAP4, mailbox: Mailbox, message: Message) -> bool:
    """Append it, unless the server did so by itself when it was sent."""
    name = folder_name(mailbox.sent_folder) if mailbox.sent_folder else sent_folder(server)
    folder_read(server, name)
    _ok, found = server.uid("SEARCH", "HEADER", "Message-ID", f'"{message.message_id}"')
    if found and found[0]:
        return False
    mime = mime_of(message, mailbox)
    if message.bcc:
        mime["Bcc"] = ", ".join(message.bcc)
    at = imaplib.Time2Internaldate((message.sent_at or timezone.now()).timestamp())
    ok, said = server.append(name, "(\\Seen)", at, mime.as_bytes(policy=policy.SMTP))
    if ok != "OK":
        raise Trouble(one_line(str(said[0]), 200), is_final=True)
    return True


def sent_folder(server: imaplib.IMAP4) -> str:
    """The folder that the server marks as the one for sent mail (RFC 6154), else one of a usual name."""
    _ok, found = server.list()
    usual = {folder_name(name)[1:-1].lower() for name in USUAL}
    by_name = ""
    for line in found:
        flags, name = listed(line)
        if "\\sent" in flags.lower().split():
            return name
        last = re.split(r"[/.]", name.strip('"'))[-1].lower()
        by_name = by_name or (name if last in usual else "")
    if not by_name:
        raise Trouble(_("There is no folder for sent mail; name it in the mailbox."), is_final=True)
    return by_name


def listed(line: bytes | tuple[bytes, bytes] | None) -> tuple[str, str]:
    """Flags and quoted name of one line of the server's list; a name that stands apart has no quotes yet."""
    apart = line[1].decode("ascii", "replace") if isinstance(line, tuple) else ""
    match = LISTED.match(line[0] if isinstance(line, tuple) else line or b"")
    if match is None:
        return "", ""
    name = apart or match["name"].decode("ascii", "replace").strip()
    return match["flags"].decode("ascii", "replace"), name if name.startswith('"') else f'"{name}"'
