"""A record's paper that goes out with a mail: the PDF attached, the link in the text."""

from __future__ import annotations

import io
from importlib import import_module

from django.utils.translation import gettext as _

from crm.activities.files import file_take
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.papers import found, link_of, paper_of
from crm.core.permissions import is_hidden
from crm.core.reading import record_read
from crm.core.registry import Resource, Row, registry
from crm.core.verbs import verb_run
from crm.messaging.models import Message

HOLE = "{link}"


def paper_words(about: Resource, record: Row, actor: Actor) -> tuple[list[str], dict[str, str]] | None:
    """To whom a mail with the paper goes, and what it says until somebody says it better; of a paper that the actor
    may not read nothing."""
    try:
        paper = paper_of(about, record["id"], actor=actor)
    except CrmError as refusal:
        if refusal.status != 403:
            raise
        return None
    addresses, name = receiver_of(about, record, actor)
    words = {"name": name, "paper": f"{paper.title} {paper.number}"}
    text = (
        _("Dear %(name)s,\n\n%(paper)s is attached. You can read and answer it here:\n{link}")
        if name
        else _("%(paper)s is attached. You can read and answer it here:\n{link}")
    )
    return addresses, {"subject": words["paper"], "text": text % words}


def receiver_of(about: Resource, record: Row, actor: Actor) -> tuple[list[str], str]:
    """The first of the people it goes to who has an address, and what they are called."""
    named = [(about.specs[name].target, record.get(name)) for name in (about.outgoing.people if about.outgoing else ())]
    for label, link in named:
        resource = registry.get(label or "")
        if not link or resource is None or not link.get("title") or not actor.may(resource.permission("view")):
            continue
        columns = [name for name in resource.mailed if not is_hidden(resource, name, actor)]
        values = record_read(resource, link["id"], actor=actor)
        if addresses := [str(values[name]) for name in columns if values.get(name)]:
            return addresses[:1], str(link["title"])
    return [], next((str(link["title"]) for _label, link in named if link and link.get("title")), "")


def paper_add(message: Message, actor: Actor) -> str:
    """Let the paper out if it is not, attach it, and give the text with the link in it; whoever may not is refused."""
    resource = registry.get(message.object_type)
    if resource is None or resource.outgoing is None or message.object_id is None:
        raise CrmError("no_paper", _("What this message is about has no paper."), status=409)
    outgoing, about = resource.outgoing, message.object_id
    if outgoing.begins and not outgoing.is_out(found(resource, about, actor)):
        verb_run(resource, outgoing.begins, about, actor=actor, inputs={})
    link = link_of(resource, about, actor=actor)
    paper = paper_of(resource, about, actor=actor)
    draw = import_module("crm.core.papers.pdf").paper_pdf  # the font is loaded by the first who asks
    name, place = f"{paper.file_name}.pdf", (message._meta.label_lower, message.pk)
    file_take(name, io.BytesIO(draw(paper)), place, actor=actor.authorised())
    return message.text.replace(HOLE, link) if HOLE in message.text else f"{message.text}\n\n{link}"
