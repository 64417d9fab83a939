"""Where a person is logged in: each session keeps when, from where and with what it was opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from crm.core.errors import CrmError
from crm.team.models import User

NOTE = "sign_in"
NEVER = datetime.min.replace(tzinfo=UTC)
SELDOM = timedelta(minutes=10)  # a page in between writes nothing
MOST_AGENT, MOST_ADDRESS = 300, 45
Names = tuple[tuple[str, str], ...]
BROWSERS: Names = (
    ("Edge", r"Edg"),
    ("Opera", r"OPR/"),
    ("WeChat", r"MicroMessenger"),
    ("Firefox", r"Firefox|FxiOS"),
    ("Chrome", r"Chrome|Chromium|CriOS"),
    ("Safari", r"Safari"),
)
SYSTEMS: Names = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux|X11"),
)


@dataclass(frozen=True)
class SignIn:
    """One browser in which a person is logged in."""

    id: str  # says nothing of the session's own key
    browser: str
    system: str
    address: str
    began_at: datetime | None  # None: it has asked for no page since this is kept
    seen_at: datetime | None
    is_here: bool


def sign_in_note(session: SessionBase, *, address: str, agent: str) -> None:
    """A page was asked for: the session keeps when, every ten minutes at most, and from where."""
    now, known = timezone.now(), session.get(NOTE)
    if known and known["address"] == address and now - datetime.fromisoformat(known["seen_at"]) < SELDOM:
        return
    began = known["began_at"] if known else now.isoformat()
    kept = {"address": address[:MOST_ADDRESS], "agent": agent.replace("\x00", "")[:MOST_AGENT]}
    session[NOTE] = {"began_at": began, "seen_at": now.isoformat(), **kept}


def sign_ins(user: User, here: str | None) -> list[SignIn]:
    """Everywhere the person is logged in, this browser first, then the latest."""
    found = [sign_in_of(key, data, is_here=key == here) for key, data in sessions_of(user)]
    return sorted(found, key=lambda one: (one.is_here, one.seen_at or NEVER), reverse=True)


def sign_in_end(user: User, id: str) -> None:
    """Log out one browser."""
    keys = [key for key, _data in sessions_of(user) if mark_of(key) == id]
    if not keys:
        raise CrmError("not_found", _("This browser is not logged in any more."), status=404)
    Session.objects.filter(session_key__in=keys).delete()


def sign_ins_end_others(user: User, here: str | None) -> int:
    """Log out every browser but this one; how many they were."""
    keys = [key for key, _data in sessions_of(user) if key != here]
    Session.objects.filter(session_key__in=keys).delete()
    return len(keys)


def sessions_of(user: User) -> Iterator[tuple[str, dict[str, Any]]]:
    """The person's sessions that still open the door: not those from before the password was changed."""
    store, mark = import_module(settings.SESSION_ENGINE).SessionStore(), user.get_session_auth_hash()
    for row in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        data = store.decode(row.session_data)
        if data.get(SESSION_KEY) == str(user.pk) and constant_time_compare(data.get(HASH_SESSION_KEY, ""), mark):
            yield row.session_key, data


def sign_in_of(key: str, data: dict[str, Any], *, is_here: bool) -> SignIn:
    """What a session says of itself."""
    said = data.get(NOTE, {})
    agent = said.get("agent", "")
    began, seen = (datetime.fromisoformat(said[at]) if said else None for at in ("began_at", "seen_at"))
    return SignIn(
        mark_of(key), named(BROWSERS, agent), named(SYSTEMS, agent), said.get("address", ""), began, seen, is_here
    )


def mark_of(key: str) -> str:
    """A word for a session that opens nothing."""
    return sha256(f"sign-in:{key}".encode()).hexdigest()[:24]


def named(names: Names, agent: str) -> str:
    """The first of these that a browser's own words speak of."""
    return next((name for name, pattern in names if re.search(pattern, agent)), "")
