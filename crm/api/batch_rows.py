"""Reading one row of a batch: its action, its record, its values; whatever is odd is named with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from crm.core.models import ExternalId
from crm.core.registry import Resource

MOST_ROWS = 1000
ACTIONS = ("create", "update", "upsert", "delete", "restore")
TAKES = {
    "create": {"values"},
    "update": {"values", "id", "external", "version"},
    "upsert": {"values", "external", "version"},
    "delete": {"id", "external", "version"},
    "restore": {"id", "external"},
}
MOST_SOURCE, MOST_VALUE = (ExternalId._meta.get_field(name).max_length or 0 for name in ("source", "value"))  # type: ignore[union-attr]  # columns
ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MOST_VERSION = 2**31 - 1
Errors = list[dict[str, Any]]


@dataclass(frozen=True)
class RowAsked:
    """What one row asks for."""

    action: str
    values: Mapping[str, Any]
    id: UUID | None = None
    external: tuple[str, str] | None = None
    version: int | None = None


def row_read(at: int, row: Any, resource: Resource, errors: Errors) -> RowAsked | None:
    """The row, or None after a note of what is wrong with its form."""
    place, before = f"/rows/{at}", len(errors)
    action = row.get("action") if isinstance(row, dict) else None
    if not isinstance(row, dict) or action not in ACTIONS:
        message = _("A row is an object whose action is one of these.")
        errors.append({"pointer": f"{place}/action", "code": "choice", "message": message, "allowed": list(ACTIONS)})
        return None
    takes = {"action", *TAKES[action]}
    for name in row.keys() - takes:
        message = _("This action takes no such name.")
        errors.append(
            {"pointer": f"{place}/{name}", "code": "unknown_field", "message": message, "allowed": sorted(takes)}
        )
    read = RowAsked(
        action,
        values_of(row, takes, place, errors),
        id_of(row, place, errors),
        external_of(row, place, errors),
        version_of(row, place, errors),
    )
    judge_name(row, read, place, errors)
    return read if len(errors) == before else None


def unread(row: Any) -> RowAsked:
    """A row that cannot be understood: it only keeps its place."""
    action = row.get("action") if isinstance(row, dict) else None
    return RowAsked(action if action in ACTIONS else "", {})


def judge_name(row: Mapping[str, Any], read: RowAsked, place: str, errors: Errors) -> None:
    """All but a new record are named, in one way."""
    given = [name for name in ("id", "external") if row.get(name) is not None]
    may_be_given = read.action == "update" and len(given) == 2  # the id names it, external is the name that it gets
    if read.action != "create" and len(given) != 1 and not may_be_given and TAKES[read.action] & {"id", "external"}:
        name = "external" if read.action == "upsert" else "id"
        message = _("Name the record by its id, or by external with source and id.")
        errors.append({"pointer": f"{place}/{name}", "code": "required", "message": message})


def values_of(row: Mapping[str, Any], takes: set[str], place: str, errors: Errors) -> Mapping[str, Any]:
    """The values to write."""
    values = row.get("values")
    if "values" not in takes:
        return {}
    if not isinstance(values, dict):
        errors.append({"pointer": f"{place}/values", "code": "type", "message": _("Must be an object.")})
        return {}
    return values


def id_of(row: Mapping[str, Any], place: str, errors: Errors) -> UUID | None:
    """The record's id."""
    text = row.get("id")
    if text is None:
        return None
    if isinstance(text, str) and ID.fullmatch(text):
        return UUID(text)
    errors.append({"pointer": f"{place}/id", "code": "type", "message": _("Must be the id of a record.")})
    return None


def external_of(row: Mapping[str, Any], place: str, errors: Errors) -> tuple[str, str] | None:
    """The record's outside name."""
    found = row.get("external")
    if found is None:
        return None
    if isinstance(found, dict) and found.keys() == {"source", "id"}:
        source, value = found["source"], found["id"]
        if all(isinstance(text, str) for text in (source, value)) and (
            0 < len(source) <= MOST_SOURCE and 0 < len(value) <= MOST_VALUE
        ):
            if not (is_outside("source", source) and is_outside("id", value)):
                errors.append({"pointer": f"{place}/external", "code": "invalid", "message": outside_words()})
            return source, value
    message = _("external is an object of two texts: source (up to %(source)s characters) and id (up to %(id)s).")
    errors.append(
        {
            "pointer": f"{place}/external",
            "code": "type",
            "message": message % {"source": MOST_SOURCE, "id": MOST_VALUE},
        }
    )
    return None


def is_outside(name: str, text: str) -> bool:
    """Whether a source or an id can name a record in paths, filters and files."""
    return bool(text.strip()) and (name == "id" or ":" not in text)


def outside_words() -> str:
    """Why an outside name cannot be taken."""
    return _("A source has no colon, and neither a source nor an id is blank.")


def version_of(row: Mapping[str, Any], place: str, errors: Errors) -> int | None:
    """The version that was read."""
    version = row.get("version")
    if version is None:
        return None
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version <= MOST_VERSION:
        errors.append({"pointer": f"{place}/version", "code": "type", "message": _("Must be a whole number above 0.")})
        return None
    return version
