"""Words in braces that a rule fills in: fields of the record, today, in seven days. Nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from crm.core.actors import Actor
from crm.core.cleaning import json_value
from crm.core.permissions import readable
from crm.core.registry import Resource
from tenants.context import current

HOLE = re.compile(r"\{([a-z][a-z0-9_]*)(?:([+-]\d{1,3})([dh])?)?\}")
MOMENTS = ("now", "today")


def holes(value: Any) -> set[str]:
    """The names that a value asks for."""
    return {found[1] for found in HOLE.finditer(value)} if isinstance(value, str) else set()


def unknown_holes(value: Any, resource: Resource, actor: Actor) -> list[str]:
    """Names that are no field of the record which the author may read."""
    known = {*MOMENTS, "id", *(spec.name for spec in readable(resource, actor))}
    return sorted(holes(value) - known)


def filled(value: Any, row: Mapping[str, Any], now: datetime | None = None) -> Any:
    """The value with its holes filled; a value that is one hole becomes that field's value, a link its id."""
    if not isinstance(value, str):
        return value
    moment = now or timezone.now()
    if whole := HOLE.fullmatch(value):
        return one_value(whole, row, moment)
    return HOLE.sub(lambda found: as_text(one_value(found, row, moment), row.get(found[1])), value)


def one_value(found: re.Match[str], row: Mapping[str, Any], moment: datetime) -> Any:
    """What belongs into one hole."""
    name, count, unit = found[1], int(found[2] or 0), found[3] or "d"
    if name in MOMENTS:
        moved = moment + (timedelta(hours=count) if unit == "h" else timedelta(days=count))
        local = moved.astimezone(ZoneInfo(current().time_zone))
        return local.date().isoformat() if name == "today" else local.isoformat(timespec="minutes")
    value = row.get(name)
    return str(value["id"]) if isinstance(value, dict) and "id" in value else json_value(value)


def as_text(value: Any, stored: Any) -> str:
    """A value inside a sentence: links by their title."""
    if isinstance(stored, dict) and "title" in stored:
        return str(stored["title"])
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value)
