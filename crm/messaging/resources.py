"""How mailboxes, threads, messages, templates and addresses without mail are listed, edited and found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from crm.core.actors import Actor
from crm.core.errors import Problem, Unfit
from crm.core.further import addresses
from crm.core.permissions import visible
from crm.core.placeholders import filled, unknown_holes
from crm.core.reading import record_read
from crm.core.registry import Board, Composer, FollowUp, Resource, Row, register, registry
from crm.messaging.cleaning import one_line
from crm.messaging.models import Mailbox, Message, Security, Suppression, Template, Thread
from crm.messaging.papers import paper_words
from crm.messaging.providers import servers_of
from crm.messaging.sending import bare
from crm.messaging.services import (
    mailbox_connect,
    mailbox_lacks,
    mailbox_rotate,
    mailbox_test,
    mailbox_usual,
    message_retry,
    message_send,
    thread_close,
    thread_reopen,
)

MORE = ("is_sample", "created_at", "updated_at")
SERVERS = (
    "username", "smtp_host", "smtp_port", "smtp_security", "imap_host", "imap_port", "imap_security", "imap_folder",
    "sent_folder",
)  # fmt: skip


@register
class ThreadResource(Resource):
    """Mail threads: who wrote, and whose turn it is."""

    model = Thread
    icon = "mail"
    title = "subject"
    fields = ("subject", "object_type", "object_id")
    computed = ("state", "last_at", "messages_count")
    columns = ("subject", "state", "last_at", "messages_count", "object_id", "owner")
    filters = ("subject", "state", "last_at", "messages_count", "object_type", "object_id")
    quick = ("state",)
    sortable = ("created_at", "last_at")
    ordering = "-last_at"
    search = ("subject",)
    personal = ("subject",)
    verbs = (thread_close, thread_reopen)
    board = Board("state", ("last_at", "messages_count", "object_id", "owner"), verbs={"closed": "close"})
    groups = (
        (_("About"), ("state", "last_at", "messages_count", "object_type", "object_id", "owner")),
        (_("More"), MORE),
    )


@register
class MessageResource(Resource):
    """E-mails: written, sent and received."""

    model = Message
    icon = "mail"
    title = "subject"
    fields = (
        *("subject", "mailbox", "to", "cc", "bcc", "text", "template", "reply_to"),
        *("has_paper", "object_type", "object_id"),
    )
    computed = ("thread", "direction", "state", "sender", "sent_at", "error")
    hidden = ("html", "message_id", "references", "addresses", "tries")
    columns = ("subject", "state", "sender", "to", "sent_at", "object_id")
    filters = ("subject", "mailbox", "direction", "state", "sent_at", "thread", "object_type", "object_id")
    quick = ("direction", "state")
    sortable = ("created_at", "sent_at")
    ordering = "-sent_at"
    search = ("subject", "sender", "to", "text")
    personal = ("subject", "to", "cc", "bcc", "text", "sender", "error")
    verbs = (message_send, message_retry)
    timeline_at = "sent_at"
    in_navigation = False  # they are read in their threads
    addressed = "addresses"
    composer = Composer(
        ("subject", "to", "cc", "bcc", "text", "has_paper", "mailbox", "template"),
        verb="send", starter="template", paper="has_paper", answers="reply_to", has_files=True,
        lacks=mailbox_lacks,
    )  # fmt: skip
    follow_up = FollowUp("sent_at", where=Q(direction="out", state__in=("sent", "bounced")))
    groups = (
        (_("About"), ("state", "error", "direction", "sender", "to", "cc", "bcc", "sent_at", "thread", "object_type",
                      "object_id", "mailbox")),
        (_("More"), ("text", "reply_to", "template", "has_paper", "owner", *MORE)),
    )  # fmt: skip

    def begin(self, about: Resource, record: Row, actor: Actor, given: Mapping[str, str]) -> Row:
        """To the record's own address, or an answer to its sender; with a template's words and the signature."""
        mailbox = mailbox_usual(actor)
        found: Row = {"mailbox": {"id": mailbox.pk, "title": mailbox.address} if mailbox else None}
        signature = f"\n\n-- \n{mailbox.signature}" if mailbox and mailbox.signature else ""
        if about is self:
            return found | answer_to(record, mailbox, signature)
        receivers = addresses(about, record)
        template = template_of(given.get("template", ""), actor)
        words = template_filled(template, record) if template else {"text": ""}
        if about.outgoing and (said := paper_words(about, record, actor)):
            receivers, words = said[0], words if template else said[1]
            found["has_paper"] = True
        return found | {"to": receivers[:1]} | words | {"text": words["text"] + signature}

    def derive(self, row: Row) -> Row:
        """People are kept with plain addresses; what is none is refused."""
        if row["direction"] == Message.Direction.IN:
            return {}
        return {name: [address_clean(name, one) for one in row[name]] for name in ("to", "cc", "bcc")}

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """An answer belongs where the message that it answers does."""
        for row in rows.values():
            if row["reply_to"] and not row["references"]:
                row |= answering(Message.objects.get(pk=row["reply_to"]), row)
        yield from ()

    def settle(self, row: Row, actor: Actor) -> tuple[Row, dict[str, Problem]]:
        """Only drafts are written; one without words takes its template's, as far as the writer may read the fields."""
        if row["state"] != Message.State.DRAFT:
            problem = Problem("not_a_draft", _("A message that was sent or received is not changed."))
            return {}, {"state": problem}
        if not row["template"] or row["text"]:
            return {}, {}
        return {name: text for name, text in words_of(row, actor).items() if not row[name]}, {}


def address_clean(name: str, entry: str) -> str:
    """One person a message goes to."""
    label, address = parseaddr(entry) if entry.isprintable() else ("", "")
    try:
        validate_email(address)
    except ValidationError as error:
        text = _("%(value)s is no e-mail address.") % {"value": entry[:60]}
        raise Unfit(name, Problem("invalid", text)) from error
    return formataddr((one_line(label, 60), address)) if label.isascii() and label else address


def answering(original: Message, row: Row) -> Row:
    """What an answer takes from the message it answers."""
    known = [*original.references, *([original.message_id] if original.message_id else [])]
    about = {} if row["object_id"] else {"object_type": original.object_type, "object_id": original.object_id}
    return {"references": known, **about}


def answer_to(record: Row, mailbox: Mailbox | None, signature: str) -> Row:
    """To whoever wrote, or, of our own message, to whom we wrote; with the words that are answered."""
    ours = {mailbox.address.lower()} if mailbox else set()
    people = [record["sender"]] if record["direction"] == Message.Direction.IN else list(record["to"])
    others = [one for one in (*record["to"], *record["cc"]) if bare(one) not in {*ours, *map(bare, people)}]
    subject = str(record["subject"])
    quoted = "\n".join(f"> {line}" for line in str(record["text"]).splitlines())
    day = date_format(timezone.localtime(record["sent_at"]), "SHORT_DATETIME_FORMAT") if record["sent_at"] else ""
    said = _("On %(when)s, %(who)s wrote:") % {"when": day, "who": record["sender"]}
    return {
        "to": people,
        "cc": others if record["direction"] == Message.Direction.IN else list(record["cc"]),
        "subject": subject if subject.lower().startswith("re:") else f"Re: {subject}",
        "text": f"{signature}\n\n{said}\n{quoted}",
    }


def template_of(text: str, actor: Actor) -> Template | None:
    """The template that was chosen, if the actor may see it."""
    try:
        return visible(Template, actor).filter(pk=text).first() if text else None
    except ValidationError:
        return None


def template_filled(template: Template, record: Row) -> dict[str, str]:
    """A template's words about a record; nothing is evaluated."""
    subject, text = (str(filled(one, record) or "") for one in (template.subject, template.text))
    return {"subject": one_line(subject, 300), "text": text}


def words_of(row: Row, actor: Actor) -> dict[str, str]:
    """The words that a message takes from its template and what it is about."""
    template = visible(Template, actor).filter(pk=row["template"]).first()
    resource = registry.get(row["object_type"]) if row["object_type"] else None
    if template is None:
        return {}
    return template_filled(template, record_read(resource, row["object_id"], actor=actor) if resource else {})


@register
class TemplateResource(Resource):
    """Mail templates: texts to begin with."""

    model = Template
    icon = "template"
    fields = ("name", "subject", "text")
    columns = ("name", "subject", "updated_at")
    filters = ("name", "subject")
    sortable = ("name", "created_at")
    search = ("name", "subject")
    personal = ()
    keys = ("name",)
    in_navigation = False
    in_settings = True
    purpose = _("Texts to begin a mail with")
    groups = ((_("About"), ("name", "subject", "text", "owner")), (_("More"), MORE))

    def settle(self, row: Row, actor: Actor) -> tuple[Row, dict[str, Problem]]:
        """Words in braces are fields of records that people write to."""
        nouns = [one for one in registry if one.mailed]
        problems = {}
        for name in ("subject", "text"):
            strange = [set(unknown_holes(row[name], one, actor)) for one in nouns]
            if unknown := sorted(set.intersection(*strange)) if strange else []:
                text = _("There is no field %(name)s.") % {"name": unknown[0]}
                problems[name] = Problem("unknown_field", text)
        return {}, problems


def is_unsaid(name: str, row: Row) -> bool:
    """Whether a field of a mailbox is as it is where nobody filled it in."""
    return row[name] in (None, "", getattr(Mailbox(), name))


@register
class MailboxResource(Resource):
    """Mailboxes: where mail is sent from and fetched for."""

    model = Mailbox
    address = "mailboxes"
    codes = frozenset({"smtp_port", "imap_port"})
    icon = "inbox"
    fields = ("name", "address", "is_shared", *SERVERS, "keeps", "signature")
    computed = ("state", "error", "polled_at")
    hidden = ("uid_validity", "uid_last", "generation")
    columns = ("name", "address", "state", "is_shared", "polled_at", "owner")
    filters = ("name", "address", "state", "is_shared")
    sortable = ("name", "created_at")
    search = ("name", "address")
    personal = ()
    verbs = (mailbox_connect, mailbox_test, mailbox_rotate)
    in_navigation = False
    in_settings = True
    purpose = _("Where mail is sent from and fetched for")
    groups = (
        (_("About"), ("name", "address", "state", "error", "is_shared", "keeps", "signature", "owner")),
        (_("Servers"), (*SERVERS, "polled_at")),
        (_("More"), MORE),
    )

    def derive(self, row: Row) -> Row:
        """Where no server is named, those of the address's provider are meant; what was said of one's own stays."""
        if row["smtp_host"]:
            return {}
        found = servers_of(str(row["address"]))
        if not found:
            text = _("Say by which server mail is sent: nobody knows which belongs to this address.")
            raise Unfit("smtp_host", Problem("required", text))
        sides = ("smtp",) if row["imap_host"] else ("smtp", "imap")
        return {name: value for name, value in found.items() if name.startswith(sides) and is_unsaid(name, row)}

    def settle(self, row: Row, actor: Actor) -> tuple[Row, dict[str, Problem]]:
        """Passwords do not travel in the open."""
        names = ("smtp_security", "imap_security") if settings.PRODUCTION else ()
        text = _("Choose TLS or STARTTLS: passwords do not travel in the open.")
        return {}, {name: Problem("not_secure", text) for name in names if row[name] == Security.NONE}


@register
class SuppressionResource(Resource):
    """Addresses that are sent nothing."""

    model = Suppression
    icon = "mail-off"
    title = "address"
    fields = ("address", "reason", "remark")
    columns = ("address", "reason", "remark", "created_at")
    filters = ("address", "reason")
    quick = ("reason",)
    sortable = ("created_at",)
    search = ("address",)
    personal = ("address", "remark")
    keys = ("address",)
    in_navigation = False
    in_settings = True
    purpose = _("Who is sent nothing any more, and why")
    groups = ((_("About"), ("address", "reason", "remark", "owner")), (_("More"), MORE))

    def derive(self, row: Row) -> Row:
        """Addresses are compared in small letters."""
        address: Any = row["address"]
        return {"address": address.lower()}
