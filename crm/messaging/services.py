"""What can be done with mailboxes, threads and messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import visible
from crm.core.verbs import asked_secret, verb
from crm.messaging.models import Mailbox, Message, Thread
from crm.messaging.papers import paper_add
from crm.messaging.secrets import password_keep
from crm.messaging.sending import TASK, recipients
from crm.messaging.threading import thread_for
from tenants.tasks import enqueue

State = Message.State
IDLE = (Mailbox.State.NEW, Mailbox.State.FAILING)  # nothing goes out by these
PASSWORD = asked_secret("password", models.CharField(gettext_lazy("Password"), max_length=1024))


@verb(
    label=gettext_lazy("Set the password"),
    description=gettext_lazy("It is kept sealed, works with these servers only, and is tried at once."),
    icon="key",
    inputs={"password": PASSWORD},
)
def mailbox_connect(mailbox: Mailbox, *, actor: Actor, password: str) -> dict[str, Any]:
    """Keep the password, and see whether the servers take it."""
    password_keep(mailbox, password)
    enqueue("messaging.tasks.mailbox_check", mailbox=mailbox.pk)
    return {"state": Mailbox.State.CHECKING.value, "error": ""}


@verb(
    label=gettext_lazy("Test the connection"),
    description=gettext_lazy("Log in at both servers, without sending anything."),
    icon="plug-connected",
    when=lambda row: row.get("state") != "new",
)
def mailbox_test(mailbox: Mailbox, *, actor: Actor) -> dict[str, Any]:
    """See whether both servers answer."""
    enqueue("messaging.tasks.mailbox_check", mailbox=mailbox.pk)
    return {"state": Mailbox.State.CHECKING.value, "error": ""}


@verb(
    label=gettext_lazy("New address for forwarding"),
    description=gettext_lazy("The old one takes no more mail from this moment on."),
    icon="refresh",
    danger=True,
    aside=True,
)
def mailbox_rotate(mailbox: Mailbox, *, actor: Actor) -> dict[str, Any]:
    """Make the address that mail is forwarded to another one."""
    return {"generation": mailbox.generation + 1}


@verb(
    label=gettext_lazy("Close"),
    description=gettext_lazy("Nothing more is to be done. A new message opens it again."),
    icon="check",
    when=lambda row: row.get("state") != "closed",
)
def thread_close(thread: Thread, *, actor: Actor) -> dict[str, Any]:
    """Close a thread."""
    if thread.state == Thread.State.CLOSED:
        raise CrmError("already_closed", _("This thread is closed already."), status=409)
    return {"state": Thread.State.CLOSED.value}


@verb(
    label=gettext_lazy("Reopen"),
    description=gettext_lazy("Put the thread back among those that wait for us."),
    icon="arrow-back-up",
    when=lambda row: row.get("state") == "closed",
)
def thread_reopen(thread: Thread, *, actor: Actor) -> dict[str, Any]:
    """Open a closed thread again."""
    if thread.state != Thread.State.CLOSED:
        raise CrmError("not_closed", _("This thread is not closed."), status=409)
    return {"state": Thread.State.WAITING.value}


@verb(
    label=gettext_lazy("Send"),
    description=gettext_lazy("Send the message now."),
    icon="send",
    when=lambda row: row.get("state") == "draft",
)
def message_send(message: Message, *, actor: Actor) -> dict[str, Any]:
    """Put a draft on its way."""
    if message.state != State.DRAFT:
        raise CrmError("not_a_draft", _("Only a draft can be sent."), status=409)
    mailbox = mailbox_for(message, actor)
    if not recipients(message):
        raise CrmError("no_recipient", _("Say to whom the message goes."), status=422)
    if not message.text.strip() and not message.subject:
        raise CrmError("empty", _("The message is empty."), status=422)
    own_id = f"<{uuid4().hex}@{mailbox.address.rpartition('@')[2].lower()}>"
    about = (message.object_type, message.object_id) if message.object_id else None
    thread = thread_for(own_id, message.references, message.subject, about, actor.authorised())
    text = paper_add(message, actor) if message.has_paper else message.text
    enqueue(TASK, message=message.pk)
    people = recipients(message)
    return {
        "state": State.QUEUED.value,
        "text": text,
        "mailbox": mailbox.pk,
        "sender": f"{mailbox.name} <{mailbox.address}>",
        "message_id": own_id,
        "thread": thread.pk,
        "sent_at": timezone.now(),
        "addresses": list(dict.fromkeys([mailbox.address.lower(), *people])),
    }


@verb(
    label=gettext_lazy("Try again"),
    description=gettext_lazy("Send it once more. If it did arrive after all, it arrives twice."),
    icon="refresh",
    when=lambda row: row.get("state") == "failed",
)
def message_retry(message: Message, *, actor: Actor) -> dict[str, Any]:
    """Put a message on its way once more."""
    if message.state != State.FAILED:
        raise CrmError("not_failed", _("This message is not one that failed."), status=409)
    mailbox_for(message, actor)
    enqueue(TASK, message=message.pk)
    return {"state": State.QUEUED.value, "error": "", "tries": 0}


def mailbox_for(message: Message, actor: Actor) -> Mailbox:
    """The mailbox that a message goes out by: nobody sends from somebody else's own."""
    found = visible(Mailbox, actor.authorised()).filter(pk=message.mailbox_id).first() if message.mailbox_id else None
    mailbox = found or mailbox_usual(actor)
    if mailbox is None:
        raise CrmError("no_mailbox", _("There is no mailbox to send from: connect one under Settings."), status=409)
    if not mailbox.is_shared and mailbox.owner_id != actor.person and actor.kind != "system":
        raise CrmError("forbidden", _("This mailbox is somebody else's own."), status=403)
    return mailbox


def mailbox_usual(actor: Actor) -> Mailbox | None:
    """What somebody sends from where they say nothing: what works, their own before everybody's."""
    rows = Mailbox.objects.filter(deleted_at=None, is_sample=False)
    usable = [one for one in rows if one.is_shared or (actor.person and one.owner_id == actor.person)]

    def rank(one: Mailbox) -> tuple[bool, bool, bool, datetime]:
        return one.state in IDLE, one.owner_id != actor.person, one.is_shared, one.created_at

    return min(usable, key=rank, default=None)


def mailbox_lacks(actor: Actor) -> str:
    """What keeps somebody from sending, in a sentence; nothing where a mailbox works. Its name may not be hidden, its
    address may."""
    mailbox = mailbox_usual(actor)
    if mailbox is None:
        return _("No mailbox is set up yet: add one under Settings, Mailboxes, and this can be sent.")
    if mailbox.state == Mailbox.State.NEW:
        return _("The mailbox %(address)s has no password yet: set it under Settings, Mailboxes.") % {
            "address": mailbox.name
        }
    if mailbox.state == Mailbox.State.FAILING:
        return _("The mailbox %(address)s does not work: see Settings, Mailboxes.") % {"address": mailbox.name}
    return ""
