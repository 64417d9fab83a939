"""What visitors of the company's websites do, kept of those customers alone who have agreed to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.cleaning import UNSTORABLE
from crm.core.drafts import external_ids_find
from crm.core.errors import CrmError
from crm.core.further import having
from crm.core.permissions import permit
from crm.core.registry import registry
from crm.customers.behaviour import Unusable, rows_store, value_of
from crm.customers.models import ConsentBasis, ConsentChannel, ConsentPurpose, Customer, WebSnippet
from crm.customers.services.consents import latest, state_of
from crm.team.company import KEEP

LABEL = WebSnippet._meta.label_lower
CUSTOMER = Customer._meta.label_lower
SOURCE, TO_THE_MINUTE = "web", timedelta(minutes=1)
MOST_ORIGINS, MOST_ORIGIN, MOST_EVENTS, MOST_SUBJECT, MOST_KEY = 20, 100, 20, 200, 60
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?\Z")
AT_HOME = frozenset({"localhost", "127.0.0.1"})  # where a website is tried out, without TLS
KINDS = ("visit", "view", "cart", "response", "login", "download", "other")
NAMES = ("ext", "number", "email")
Row = tuple[Any, ...]


def snippet_read() -> WebSnippet | None:
    """What is set, if anything is."""
    return WebSnippet.objects.first()


@transaction.atomic
def snippet_change(origins: Sequence[str], *, actor: Actor, is_new_key: bool = False) -> WebSnippet:
    """Say which websites are heard; a new key silences every page that has the old one."""
    permit(actor, KEEP)
    kept = list(dict.fromkeys(origin_read(one) for one in origins if one.strip()))
    if len(kept) > MOST_ORIGINS:
        raise wrong(_("At most %(most)s websites.") % {"most": MOST_ORIGINS})
    key = token_urlsafe(24)
    row, is_made = WebSnippet.objects.select_for_update().get_or_create(defaults={"key": key, "origins": []})
    before, row.key = row.origins, key if is_new_key else row.key
    row.origins = kept
    row.save(update_fields=["key", "origins"])
    if is_made or is_new_key or before != kept:
        told = {"origins": kept} | ({"key": "new"} if is_new_key and not is_made else {})
        events_write([Fact(f"{LABEL}.changed", LABEL, row.pk, {"origins": before}, told)], actor)
    return row


def origin_read(text: str) -> str:
    """`https://shop.example` as browsers write it, of whatever address of the website."""
    given = text.strip()
    parts = urlsplit(given if "://" in given else f"https://{given}")
    try:
        host = parts.netloc.lower().encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in AT_HOME)
    origin = f"{parts.scheme}://{host.removesuffix(':443')}"
    if not is_safe or not HOST.match(host) or len(origin) > MOST_ORIGIN:
        text = _("%(address)s is no address of a website; write it like https://shop.example.")
        raise wrong(text % {"address": given[:MOST_ORIGIN]})
    return origin


def wrong(message: str) -> CrmError:
    """The refusal of a website."""
    errors = [{"pointer": "/origins", "code": "bad_value", "message": message}]
    return CrmError("invalid", message, status=422, errors=errors)


def visits_take(told: Any, snippet: WebSnippet) -> int:
    """Keep what one visitor did, if they are a customer who has agreed to it; how much was new.

    Whether somebody is a customer, and has agreed, is nothing that a website is told: the caller answers the same."""
    who, events = parts_of(told)
    rows = [event_of(event) for event in events]
    customer = customer_of(who)
    if customer is None or not may_keep(customer):
        return 0
    now = timezone.now()
    if snippet.heard_at is None or snippet.heard_at < now - TO_THE_MINUTE:
        WebSnippet.objects.filter(pk=snippet.pk).update(heard_at=now)
    mine = f"{customer.hex}:{{}}".format  # a word that no other customer's can be
    return rows_store(
        [(customer, kind, now, about, SOURCE, value, SOURCE, mine(key)) for kind, about, value, key in rows]
    )


def parts_of(told: Any) -> tuple[Mapping[str, str], Sequence[Any]]:
    """Who it was, and what they did."""
    who, events = (told.get("who"), told.get("events")) if isinstance(told, dict) else (None, None)
    if not isinstance(who, dict) or len(who) != 1 or not all(n in NAMES and short(v) for n, v in who.items()):
        raise unreadable("who")
    if not isinstance(events, list) or not 0 < len(events) <= MOST_EVENTS:
        raise unreadable("events")
    return who, events


def short(value: Any, most: int = MOST_SUBJECT) -> bool:
    """Whether it is a text that can be stored, and is one."""
    return isinstance(value, str) and 0 < len(value) <= most and not UNSTORABLE.search(value)


def event_of(event: Any) -> Row:
    """One thing that was done: what, where, what it was worth, and by which word it is told once."""
    said = event if isinstance(event, dict) else {}
    kind, subject, key = said.get("kind"), said.get("subject") or "", said.get("key")
    if kind not in KINDS or not short(key, MOST_KEY) or (subject and not short(subject)):
        raise unreadable("events")
    try:
        return kind, subject, value_of(said), key
    except Unusable as error:
        raise unreadable("events") from error


def unreadable(name: str) -> CrmError:
    """The refusal of what no page of ours says."""
    return CrmError("invalid", _("%(name)s cannot be read.") % {"name": name}, status=422)


def customer_of(who: Mapping[str, str]) -> UUID | None:
    """The one customer of the company's own who is meant; none where several might be."""
    ((name, text),) = who.items()
    if name == "ext":
        source, _colon, value = text.partition(":")
        where = Q(pk__in=external_ids_find(CUSTOMER, source, [value]).values())
    elif name == "number":
        where = Q(number=text)
    else:
        where = having(registry[CUSTOMER], "email", [text.strip().lower()], ("other_emails",))
    found = Customer.objects.filter(where, deleted_at=None, is_sample=False, is_profiling_refused=False).values_list(
        "pk", flat=True
    )[:2]
    return found[0] if len(found) == 1 else None


def may_keep(customer: UUID) -> bool:
    """Whether the ledger holds their consent to being profiled: consent itself, no other basis stands for it here."""
    said = latest([customer], Q(purpose=ConsentPurpose.PROFILING, channel=ConsentChannel.ANY))
    return any(state_of(one, timezone.localdate()) == "given" and one.basis == ConsentBasis.CONSENT for one in said)
