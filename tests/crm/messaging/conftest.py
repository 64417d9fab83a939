"""A mailbox whose servers answer on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.messaging.models import Mailbox
from crm.messaging.secrets import password_keep
from tests.crm.messaging.servers import PASSWORD, USER, Inbox, Outbox, imap_server, smtp_server


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """What lies on the IMAP server."""
    with imap_server() as found:
        yield found


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    """What came to the SMTP server."""
    with smtp_server() as found:
        yield found


@pytest.fixture
def mailbox(tenant: Any, inbox: Inbox, outbox: Outbox, settings: Any) -> Mailbox:
    """The shop's mailbox, with its password."""
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    Mailbox.objects.update(is_shared=False)  # those of the fixtures have no servers
    values = {
        "name": "Shop", "address": USER, "smtp_host": "127.0.0.1", "smtp_port": outbox.port, "smtp_security": "none",
        "imap_host": "127.0.0.1", "imap_port": inbox.port, "imap_security": "none", "signature": "The shop",
    }  # fmt: skip
    made = Mailbox.objects.get(pk=record_save(Mailbox, values, actor=SYSTEM))
    password_keep(made, PASSWORD)
    return made
