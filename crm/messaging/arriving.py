"""Mail that arrives: by fetching or by forwarding, in any order, as often as it likes; each message is kept once."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.activities.files import file_take
from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.locking import wait_lock
from crm.core.services import record_write
from crm.messaging.bouncing import bounce_note
from crm.messaging.cleaning import one_line
from crm.messaging.models import Mailbox, Message
from crm.messaging.reading import Parsed, Unreadable, parse
from crm.messaging.threading import people_find, thread_for, thread_refresh
from crm.messaging.transport import Folder, Trouble, imap_open

MOST_AT_ONCE = 200
MOST_EARLIER = 500  # of what lay in a mailbox before it was connected: years of mail would keep what is new waiting
LABEL = "messaging.message"
HEAD = 64 * 1024


def mail_take(raw: bytes, mailbox: Mailbox, *, trouble: str = "") -> UUID | None:
    """Keep a message as it came over the wire; None where it is here already, or is not to be kept."""
    try:
        found = parse(raw)
    except Unreadable as error:  # its head says who wrote; that it could not be taken stands in its place
        found = parse(head_of(raw))
        found.text, found.html, found.files, trouble = "", "", [], str(error)
    if trouble:
        found.troubles.append(trouble)
    with transaction.atomic():
        wait_lock("mail")  # two that arrive at once may tie the same threads together
        if Message.objects.filter(message_id=found.message_id).exists():
            return None
        if found.returned:
            bounce_note(found.returned)
            found.references.append(found.returned.message_id)
        known = people_find(found.addresses)
        if mailbox.keeps == Mailbox.Keeps.KNOWN and not known:
            return None
        return message_keep(found, mailbox, known)


def head_of(raw: bytes) -> bytes:
    """The headers alone, of a message that cannot be read as a whole."""
    head = raw[:HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    lines = [line for line in head.split(b"\n") if not line.lower().startswith(b"content-")]
    return b"\n".join(lines) + b"\n\n"


def message_keep(found: Parsed, mailbox: Mailbox, known: dict[str, tuple[str, UUID]]) -> UUID:
    """Write the message with its files into its thread."""
    is_ours = found.sender_address == mailbox.address.lower()
    about = known.get(found.sender_address) or next((known[one] for one in found.addresses if one in known), None)
    references = list(dict.fromkeys(one for one in (*found.references, *found.in_reply_to) if one))
    thread = thread_for(found.message_id, references, found.subject, about, SYSTEM)
    values: dict[str, Any] = {
        "subject": found.subject, "mailbox": mailbox.pk, "to": found.to, "cc": found.cc, "text": found.text,
        "html": found.html, "thread": thread.pk, "sender": found.sender, "sent_at": found.at or timezone.now(),
        "message_id": found.message_id, "references": references, "addresses": found.addresses,
        "direction": Message.Direction.OUT if is_ours else Message.Direction.IN,
        "state": Message.State.SENT if is_ours else Message.State.RECEIVED, "owner": mailbox.owner_id,
    }  # fmt: skip
    if about:
        values |= {"object_type": about[0], "object_id": about[1]}
    made = record_write(Message, values, actor=SYSTEM)
    troubles = [*found.troubles, *files_keep(found, made)]
    if troubles:
        message = Message.objects.get(pk=made)
        record_write(Message, {"error": one_line(" ".join(troubles), 500)}, actor=SYSTEM, record=message)
    thread_refresh(thread.pk, SYSTEM)
    return made


def files_keep(found: Parsed, message_id: UUID) -> list[str]:
    """Keep the files that there is room for; what was refused, in words."""
    refused = []
    for name, data in found.files:
        try:
            with transaction.atomic():
                file_take(name, io.BytesIO(data), (LABEL, message_id), actor=SYSTEM)
        except CrmError as refusal:
            refused.append(f"{name}: {refusal.message}")
    return refused


# Fetching


def mailbox_poll(mailbox_id: UUID) -> int:
    """Fetch what is new in a mailbox; how many messages were kept. How far we are is kept with each message."""
    mailbox = Mailbox.objects.filter(pk=mailbox_id, deleted_at=None).first()
    if mailbox is None or not mailbox.imap_host:
        return 0
    kept, error = 0, ""
    try:
        with imap_open(mailbox) as folder:
            is_recounted = folder.validity != mailbox.uid_validity  # what we have is known by its ids
            uids = folder.uids_after(0)[-MOST_EARLIER:] if is_recounted else folder.uids_after(mailbox.uid_last)
            mailbox.uid_validity = folder.validity
            for uid in uids[:MOST_AT_ONCE]:
                kept += one_fetch(folder, uid, mailbox)
    except Trouble as trouble:
        error = trouble.message
    state = Mailbox.State.FAILING if error else Mailbox.State.WORKING
    stored = Mailbox.objects.get(pk=mailbox.pk)
    if (stored.state, stored.error) != (state, error[:300]):
        record_write(Mailbox, {"state": state.value, "error": error[:300]}, actor=SYSTEM, record=stored)
    Mailbox.objects.filter(pk=mailbox.pk).update(polled_at=timezone.now())
    return kept


def one_fetch(folder: Folder, uid: int, mailbox: Mailbox) -> bool:
    """Fetch one message and note that we have it, in one transaction."""
    size = folder.size_of(uid)
    is_huge = size > settings.MAIL_MOST_BYTES
    raw = folder.fetch(uid, whole=not is_huge)
    words = _("The message has %(size)s MB and was left on the server.") % {"size": size >> 20} if is_huge else ""
    with transaction.atomic():
        made = mail_take(raw, mailbox, trouble=words) if raw else None
        mailbox.uid_last = uid
        Mailbox.objects.filter(pk=mailbox.pk).update(uid_validity=mailbox.uid_validity, uid_last=uid)
    return made is not None
