"""Who is sent nothing, asked inside the very transaction that sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from crm.messaging.models import Suppression

Withheld = dict[str, str]  # why, by address


def withheld(addresses: Iterable[str]) -> Withheld:
    """Which of these addresses are sent nothing, and why: the answers of all that settings.MAIL_WITHHELD names."""
    asked = sorted({one.lower() for one in addresses})
    found: Withheld = {}
    for path in settings.MAIL_WITHHELD:
        ask: Callable[[list[str]], Withheld] = import_string(path)
        found |= ask(asked)
    return found


def suppressed(addresses: list[str]) -> Withheld:
    """Those on the list of addresses without mail."""
    rows = Suppression.objects.filter(address__in=addresses, deleted_at=None)
    return {row.address: _("%(address)s is to get no mail: %(reason)s.") % {
        "address": row.address, "reason": row.get_reason_display()} for row in rows}  # fmt: skip
