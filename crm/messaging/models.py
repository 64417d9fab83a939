"""Mailboxes, the threads and messages that go through them, templates, and who wants no mail."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import search_index, sort_indexes
from crm.core.models import Record

PORT = [MinValueValidator(1), MaxValueValidator(65535)]


class Security(models.TextChoices):
    """How a connection to a mail server is kept secret."""

    TLS = "tls", _("TLS from the beginning")
    STARTTLS = "starttls", _("STARTTLS")
    NONE = "none", _("None: only on a network of your own")


class Mailbox(Record):
    """An address that mail is sent from and fetched for; its owner's own, or everybody's."""

    class State(models.TextChoices):
        """Failing was set by us: the last try to fetch or send did not succeed."""

        NEW = "new", _("Needs its password")
        CHECKING = "checking", _("Being checked")
        WORKING = "working", _("Working")
        FAILING = "failing", _("Does not work")

    class Keeps(models.TextChoices):
        """Which of the mail that arrives is kept."""

        ALL = "all", _("All mail")
        KNOWN = "known", _("Only mail with people who are known here")

    name = models.CharField(_("Name"), max_length=80)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    address = models.EmailField(pgettext_lazy("mail", "Address"))
    is_shared = models.BooleanField(_("Everybody may send from it"), default=True, blank=True)
    username = models.CharField(_("User name"), max_length=254, blank=True, help_text=_("Empty: the address."))
    smtp_host = models.CharField(
        _("Server for sending (SMTP)"), max_length=253, blank=True,
        help_text=_("Empty: that of the address's provider, where it is a well-known one."),
    )  # fmt: skip
    smtp_port = models.PositiveIntegerField(_("Port for sending"), default=465, blank=True, validators=PORT)
    smtp_security = models.CharField(
        _("Security for sending"), max_length=8, choices=Security, default=Security.TLS, blank=True
    )
    imap_host = models.CharField(
        _("Server for fetching (IMAP)"), max_length=253, blank=True,
        help_text=_("Empty: mail comes by forwarding only."),
    )  # fmt: skip
    imap_port = models.PositiveIntegerField(_("Port for fetching"), default=993, blank=True, validators=PORT)
    imap_security = models.CharField(
        _("Security for fetching"), max_length=8, choices=Security, default=Security.TLS, blank=True
    )
    imap_folder = models.CharField(_("Folder"), max_length=120, default="INBOX", blank=True)
    sent_folder = models.CharField(
        _("Folder for sent mail"), max_length=120, blank=True,
        help_text=_("Empty: the server's own is found by itself."),
    )  # fmt: skip
    keeps = models.CharField(_("Keeps"), max_length=5, choices=Keeps, default=Keeps.ALL, blank=True)
    signature = models.TextField(_("Signature"), blank=True)
    state = models.CharField(_("State"), max_length=8, choices=State, default=State.NEW, editable=False)
    error = models.CharField(_("What is wrong"), max_length=300, blank=True, editable=False)
    polled_at = models.DateTimeField(_("Last fetched"), null=True, editable=False)
    uid_validity = models.BigIntegerField(null=True, editable=False)
    uid_last = models.BigIntegerField(default=0, editable=False)
    generation = models.PositiveSmallIntegerField(default=1, editable=False)  # of the address for forwarding

    class Meta:
        verbose_name, verbose_name_plural = _("Mailbox"), _("Mailboxes")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["address"], condition=Q(deleted_at__isnull=True), name="mailbox_address_live"
            )
        ]
        indexes: ClassVar = [search_index("mailbox"), *sort_indexes("mailbox", "name_key", "created_at")]

    def __str__(self) -> str:
        return self.address


class MailboxSecret(models.Model):
    """The password of a mailbox, sealed for its very servers: with others in their place it cannot be opened."""

    mailbox = models.OneToOneField(Mailbox, models.CASCADE, primary_key=True, related_name="secret")
    sealed = models.TextField()

    def __str__(self) -> str:
        return f"the secret of {self.mailbox_id}"


class Thread(Record):
    """Messages that answer one another."""

    class State(models.TextChoices):
        """Who is to speak next."""

        WAITING = "waiting", _("Waits for us")
        ANSWERED = "answered", _("Answered")
        CLOSED = "closed", _("Closed")

    subject = models.CharField(_("Subject"), max_length=300)
    object_type = models.CharField(_("About what"), max_length=60, blank=True)
    object_id = models.UUIDField(_("About which"), null=True, blank=True)
    state = models.CharField(_("State"), max_length=8, choices=State, default=State.ANSWERED, editable=False)
    last_at = models.DateTimeField(_("Last message"), null=True, editable=False)
    messages_count = models.PositiveIntegerField(pgettext_lazy("count", "Messages"), default=0, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("Mail thread"), _("Mail threads")
        indexes: ClassVar = [
            search_index("thread"),
            *sort_indexes("thread", "created_at", "last_at"),
            models.Index(fields=["object_id", "last_at"], name="thread_object"),
        ]

    def __str__(self) -> str:
        return self.subject


class Template(Record):
    """A text to begin a mail with; words in braces stand for fields of the record."""

    name = models.CharField(_("Name"), max_length=80)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    subject = models.CharField(_("Subject"), max_length=300, blank=True)
    text = models.TextField(
        pgettext_lazy("mail", "Text"), help_text=_("{name} stands for the record's name, {email} for its address.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("Mail template"), _("Mail templates")
        indexes: ClassVar = [search_index("template"), *sort_indexes("template", "name_key", "created_at")]

    def __str__(self) -> str:
        return self.name


class Suppression(Record):
    """An address that is sent nothing."""

    class Reason(models.TextChoices):
        """Why."""

        ASKED = "asked", _("They asked for it")
        BOUNCED = "bounced", _("Mail comes back")
        COMPLAINED = "complained", _("They complained")

    address = models.EmailField(pgettext_lazy("mail", "Address"))
    reason = models.CharField(_("Reason"), max_length=10, choices=Reason, default=Reason.ASKED, blank=True)
    remark = models.CharField(_("Remark"), max_length=300, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Address without mail"), _("Addresses without mail")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["address"], condition=Q(deleted_at__isnull=True), name="suppression_address_live"
            )
        ]
        indexes: ClassVar = [search_index("suppression"), *sort_indexes("suppression", "created_at")]

    def __str__(self) -> str:
        return self.address


class Message(Record):
    """One e-mail, sent or received."""

    class Direction(models.TextChoices):
        """From whose side it came."""

        OUT = "out", _("Sent by us")
        IN = "in", _("Received")

    class State(models.TextChoices):
        """Where a message is on its way."""

        DRAFT = "draft", _("Draft")
        QUEUED = "queued", pgettext_lazy("mail", "Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        BOUNCED = "bounced", _("Came back")
        FAILED = "failed", _("Not sent")
        RECEIVED = "received", _("Received")

    subject = models.CharField(_("Subject"), max_length=300, blank=True)
    mailbox = models.ForeignKey(
        Mailbox, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=pgettext_lazy("mail", "From")
    )
    to = ArrayField(
        models.CharField(max_length=320), verbose_name=pgettext_lazy("mail", "To"), default=list, blank=True
    )
    cc = ArrayField(models.CharField(max_length=320), verbose_name=_("Cc"), default=list, blank=True)
    bcc = ArrayField(
        models.CharField(max_length=320), verbose_name=_("Bcc"), default=list, blank=True,
        help_text=_("They get it, too; the others do not see that."),
    )  # fmt: skip
    text = models.TextField(pgettext_lazy("mail", "Text"), blank=True)
    template = models.ForeignKey(
        Template, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Mail template")
    )
    reply_to = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Answers")
    )
    has_paper = models.BooleanField(
        _("With the paper"),
        default=False,
        db_default=False,
        blank=True,
        help_text=_("The record's paper goes along as a PDF; {link} in the text becomes the link to it."),
    )
    object_type = models.CharField(_("About what"), max_length=60, blank=True)
    object_id = models.UUIDField(_("About which"), null=True, blank=True)
    thread = models.ForeignKey(
        Thread, models.CASCADE, null=True, editable=False, related_name="messages", verbose_name=_("Mail thread")
    )
    direction = models.CharField(
        _("Direction"), max_length=3, choices=Direction, default=Direction.OUT, editable=False
    )
    state = models.CharField(_("State"), max_length=8, choices=State, default=State.DRAFT, editable=False)
    sender = models.CharField(_("Sender"), max_length=320, blank=True, editable=False)
    sent_at = models.DateTimeField(_("When"), null=True, editable=False)
    error = models.CharField(_("What is wrong"), max_length=500, blank=True, editable=False)
    html = models.TextField(blank=True, editable=False)  # cleaned when it came, and once more where it is shown
    message_id = models.CharField(max_length=255, null=True, editable=False)  # noqa: DJ001 -- none before it is sent
    references = ArrayField(models.CharField(max_length=255), default=list, editable=False)
    addresses = ArrayField(models.CharField(max_length=254), default=list, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = pgettext_lazy("message", "E-mail"), _("E-mails")
        constraints: ClassVar = [models.UniqueConstraint(fields=["message_id"], name="message_id_once")]
        indexes: ClassVar = [
            search_index("message"),
            *sort_indexes("message", "created_at", "sent_at"),
            models.Index(fields=["object_id", "sent_at"], name="message_object"),
            models.Index(fields=["thread", "sent_at"], name="message_thread"),
            GinIndex(fields=["addresses"], name="message_addresses"),
            GinIndex(fields=["references"], name="message_references"),
        ]

    def __str__(self) -> str:
        return self.subject
