"""Mail on pages: a thread as a conversation, what a mailbox needs, and the door for mail that is forwarded."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from crm.activities.files import files_of
from crm.activities.models import File
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import fields_permit, permit, visible
from crm.core.registry import Resource, registry
from crm.messaging.arriving import mail_take
from crm.messaging.models import Mailbox, Message, Thread
from crm.messaging.reading import is_letter
from crm.messaging.secrets import inbound_token, is_inbound_token
from crm.messaging.sending import LABEL, bare
from crm.messaging.threading import people_find
from crm.ui.addresses import record_address
from crm.ui.pages import PageRequest, page, part
from crm.ui.people import titles_of

MOST_SHOWN = 100
SAID = ("sender", "to", "cc", "text", "html", "sent_at", "error", "direction", "state")  # in a conversation


@dataclass
class Line:
    """One message of a conversation, with its files."""

    message: Message
    files: list[File] = field(default_factory=list)


@dataclass(frozen=True)
class Stranger:
    """Somebody who writes and is not known here, and what could be made of them."""

    address: str
    offers: list[tuple[Resource, str]]


def conversation(request: PageRequest, thread: Thread | None, messages: list[Message]) -> HttpResponse:
    """The messages of a thread, oldest first; the last ones where there are very many."""
    fields_permit(registry.of(Message), SAID, request.actor)
    held: dict[Any, list[File]] = defaultdict(list)
    if request.actor.may("activities.view_file"):
        for file in files_of(LABEL, [one.pk for one in messages], request.actor):
            held[file.object_id].append(file)
    lines = [Line(one, held[one.pk]) for one in messages]
    last = next((one for one in reversed(messages) if one.state != Message.State.DRAFT), None)
    known = people_find([address for one in messages for address in one.addresses])
    seen = titles_of(known.values(), request.actor)
    context = {
        "lines": lines,
        "thread": thread,
        "answer": last if request.actor.may("messaging.add_message") else None,
        "strangers": strangers(messages, set(known), request.actor),
        "people": [(address, record_address(*about)) for address, about in sorted(known.items()) if about in seen],
    }
    return part(request, "ui/mail/conversation.html", context)


def strangers(messages: list[Message], known: set[str], actor: Actor) -> list[Stranger]:
    """Who wrote to us and is nobody here: offered as a new lead or customer."""
    senders = {bare(one.sender): one.sender for one in messages if one.direction == Message.Direction.IN}
    nouns = [
        one for one in registry
        if one.subject and one.mailed and one.required <= {one.title} and actor.may(one.permission("add"))
    ]  # fmt: skip
    found = []
    for address, sender in senders.items():
        if address and address not in known:
            name = sender.rpartition("<")[0].strip() or address.partition("@")[0]
            found.append(Stranger(address, [(one, new_address(one, name, address)) for one in nouns]))
    return found


def new_address(noun: Resource, name: str, address: str) -> str:
    """The form of a new record with this name and address in it."""
    return f"{reverse('ui:new', args=[noun])}?{urlencode({noun.title: name, noun.mailed[0]: address})}"


@require_GET
@page
def thread_panel(request: PageRequest, record_id: UUID) -> HttpResponse:
    """On a thread's page: the conversation."""
    permit(request.actor, "messaging.view_thread")
    thread = visible(Thread, request.actor).filter(pk=record_id).first()
    if thread is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    return conversation(request, thread, messages_of(thread, request.actor))


@require_GET
@page
def message_panel(request: PageRequest, record_id: UUID) -> HttpResponse:
    """On a message's page: the conversation it belongs to, or the draft alone."""
    permit(request.actor, "messaging.view_message")
    message = visible(Message, request.actor).filter(pk=record_id).select_related("thread").first()
    if message is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    if message.thread is None:
        return conversation(request, None, [message])
    return conversation(request, message.thread, messages_of(message.thread, request.actor))


def messages_of(thread: Thread, actor: Actor) -> list[Message]:
    """The messages of a thread that the actor may see."""
    if not actor.may("messaging.view_message"):
        return []
    rows = visible(Message, actor).filter(thread=thread).order_by("-sent_at", "-pk")
    return list(reversed(rows[:MOST_SHOWN]))


@require_GET
@page
def mailbox_panel(request: PageRequest, record_id: UUID) -> HttpResponse:
    """On a mailbox's page: what it lacks, and the address to forward mail to."""
    permit(request.actor, "messaging.view_mailbox")
    mailbox = visible(Mailbox, request.actor).filter(pk=record_id).first()
    if mailbox is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    address = ""
    if request.actor.may("messaging.change_mailbox"):
        path = reverse("ui:mail-inbound", args=[mailbox.pk, inbound_token(mailbox)])
        address = request.build_absolute_uri(path)
    answer = part(request, "ui/mail/mailbox_panel.html", {"mailbox": mailbox, "inbound": address})
    if str(request.GET.get("version") or mailbox.version) != str(mailbox.version):
        answer.headers["HX-Refresh"] = "true"  # what the servers said stands in the whole page
    return answer


@csrf_exempt
@require_POST
def inbound(request: HttpRequest, record_id: UUID, token: str) -> HttpResponse:
    """A message forwarded by a mail server, as it came over the wire; the address itself is the proof."""
    mailbox = Mailbox.objects.filter(pk=record_id, deleted_at=None).first()
    if mailbox is None or not is_inbound_token(mailbox, token):
        return JsonResponse({"code": "not_found"}, status=404)
    raw = request.read(settings.MAIL_MOST_BYTES + 1)
    if not raw:
        return JsonResponse({"code": "empty"}, status=422)
    if len(raw) > settings.MAIL_MOST_BYTES:
        return JsonResponse({"code": "too_large"}, status=413)
    if not is_letter(raw):
        detail = _("This is not a mail: it says neither who wrote it nor when.")
        return JsonResponse({"code": "not_a_message", "detail": detail}, status=422)
    made = mail_take(raw, mailbox)
    return JsonResponse({"message": str(made) if made else None})
