"""The passwords of mailboxes, and the secret part of the address that mail is forwarded to."""

from __future__ import annotations

from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from crm.core.errors import CrmError
from crm.messaging.models import Mailbox, MailboxSecret
from tenants.signing import BadSignature, keyed_digest, sealed, unsealed

PURPOSE = "mailbox-password"


def bound(mailbox: Mailbox) -> str:
    """What a password is for: who can change the servers cannot have it sent to servers of their own."""
    names = (mailbox.pk, mailbox.smtp_host.lower(), mailbox.imap_host.lower(), login_of(mailbox))
    return "\x00".join(str(name) for name in names)


def login_of(mailbox: Mailbox) -> str:
    """The name that the servers know the mailbox by."""
    return mailbox.username or mailbox.address


def password_keep(mailbox: Mailbox, password: str) -> None:
    """Keep the password, sealed."""
    text = sealed(password, purpose=PURPOSE, bound=bound(mailbox))
    MailboxSecret.objects.update_or_create(mailbox=mailbox, defaults={"sealed": text})


def password_of(mailbox: Mailbox) -> str:
    """The password in plain, for the servers it was given for."""
    kept = MailboxSecret.objects.filter(mailbox=mailbox).first()
    try:
        return unsealed(kept.sealed, purpose=PURPOSE, bound=bound(mailbox)) if kept else ""
    except BadSignature as error:
        text = _("The servers of this mailbox have changed: give its password again.")
        raise CrmError("password_needed", text, status=409) from error


def inbound_token(mailbox: Mailbox) -> str:
    """The secret part of the address that mail is forwarded to; another one with each generation."""
    return keyed_digest(f"{mailbox.pk}:{mailbox.generation}", purpose="mail-inbound")[:40]


def is_inbound_token(mailbox: Mailbox, token: str) -> bool:
    """Whether the address is the mailbox's own."""
    return constant_time_compare(token, inbound_token(mailbox))
