"""The mail servers of providers that many people use, so that an address is all they have to know."""

from __future__ import annotations

from typing import Any

from crm.messaging.models import Security

SERVERS: dict[str, tuple[str, ...]] = {  # what follows smtp. and imap. in the names of the servers: whose addresses
    "gmail.com": ("gmail.com", "googlemail.com"),
    "qq.com": ("qq.com", "vip.qq.com", "foxmail.com"),
    "163.com": ("163.com",),
    "126.com": ("126.com",),
    "yeah.net": ("yeah.net",),
    "139.com": ("139.com",),
    "sina.com": ("sina.com",),
    "aliyun.com": ("aliyun.com",),
    "fastmail.com": ("fastmail.com", "fastmail.fm"),
    "zoho.com": ("zoho.com", "zohomail.com"),
    "orange.fr": ("orange.fr", "wanadoo.fr"),
    "mail.yahoo.com": ("yahoo.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "ymail.com"),
    "mail.me.com": ("icloud.com", "me.com", "mac.com"),
    "web.de": ("web.de",),
}
BY_ADDRESS = {domain: name for name, domains in SERVERS.items() for domain in domains}
STARTTLS_ONLY = frozenset({"mail.me.com", "web.de"})  # they send by port 587 alone


def servers_of(address: str) -> dict[str, Any]:
    """The servers of an address, as a mailbox names them; nothing where nobody knows."""
    name = BY_ADDRESS.get(address.rpartition("@")[2].lower())
    if name is None:
        return {}
    port, security = (587, Security.STARTTLS) if name in STARTTLS_ONLY else (465, Security.TLS)
    return {
        "smtp_host": f"smtp.{name}", "smtp_port": port, "smtp_security": security.value,
        "imap_host": f"imap.{name}", "imap_port": 993, "imap_security": Security.TLS.value,
    }  # fmt: skip
