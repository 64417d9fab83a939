"""The filters of a list as people see them: chips above the table, and the builder of one more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.actors import Actor
from crm.core.permissions import readable
from crm.core.registry import Resource, registry
from crm.core.specs import RANGE_KINDS, FieldSpec
from crm.ui.cells import babel_locale, choice_label, country_text
from crm.ui.people import titles_of

NOT_FILTERS = frozenset({"search", "ordering", "fields", "cursor", "page_size", "count", "include"})
OPERATIONS: dict[str, str | Promise] = {
    "": _("is"),
    "ne": _("is not"),
    "contains": _("contains"),
    "starts": _("begins with"),
    "in": _("is any of"),
    "gte": _("is at least"),
    "lte": _("is at most"),
    "gt": _("is more than"),
    "lt": _("is less than"),
    "empty": _("is empty"),
}
DATE_OPERATIONS: dict[str, str | Promise] = {
    "gte": _("is on or after"),
    "lte": _("is on or before"),
    "gt": _("is after"),
    "lt": _("is before"),
}
YES, NO = "true", "false"


@dataclass(frozen=True)
class Chip:
    """One filter in force, and the address of the list without it."""

    key: str
    label: str
    operation: str
    value: str
    without: str


def operations_of(spec: FieldSpec) -> list[tuple[str, str]]:
    """The operations that make sense for a field, the usual one first."""
    if spec.sensitive:
        names = [""]
    elif spec.kind in RANGE_KINDS:
        names = ["gte", "lte", "", "empty"]
    elif spec.kind in ("choice", "country", "currency"):
        names = ["", "ne", "empty"]
    elif spec.kind in ("yes_no",):
        names = [""]
    elif spec.kind in ("link", "reference"):
        names = ["", "empty"]
    elif spec.kind in ("choices", "json"):
        names = ["contains", "empty"]
    else:
        names = ["contains", "starts", "", "empty"]
    is_time = spec.kind in ("date", "moment")
    return [(name, str(DATE_OPERATIONS.get(name, OPERATIONS[name]) if is_time else OPERATIONS[name])) for name in names]


def filterable(resource: Resource, actor: Actor) -> list[FieldSpec]:
    """The fields that may be filtered by this actor, by their labels."""
    found = [spec for spec in readable(resource, actor) if spec.filterable and spec.kind not in ("json", "reference")]
    return sorted(found, key=lambda spec: str(spec.label).casefold())


def spec_at(resource: Resource, path: str) -> FieldSpec | None:
    """The field that a filter's name speaks of, one link deep, without its lookup."""
    head, _sep, rest = path.partition("__")
    spec = resource.specs.get(head)
    if spec is not None and spec.target and rest and rest not in OPERATIONS:
        target = registry.get(spec.target)
        return target.specs.get(rest.split("__")[0]) if target else None
    return spec


def operation_at(key: str) -> str:
    """The lookup at the end of a filter's name."""
    tail = key.rpartition("__")[2]
    return tail if "__" in key and tail in OPERATIONS else ""


def chips_of(
    resource: Resource, params: Mapping[str, str], *, actor: Actor, language: str, is_whole: bool = False
) -> list[Chip]:
    """The filters in force; on a list quick filters show themselves, so they have no chip."""
    found: list[Chip] = []
    keys = [key for key in params if key not in NOT_FILTERS and (is_whole or key not in resource.quick)]
    titles = titles_of(wanted_titles(resource, params, keys), actor)
    for key in keys:
        spec = spec_at(resource, key)
        if spec is None:
            continue
        operation = operation_at(key)
        names = DATE_OPERATIONS if spec.kind in ("date", "moment") else OPERATIONS
        without = urlencode({name: value for name, value in params.items() if name not in (key, "cursor")})
        found.append(
            Chip(
                key,
                label_at(resource, key, spec),
                str(names.get(operation, OPERATIONS[operation])),
                value_text(spec, operation, params[key], titles, language),
                f"?{without}",
            )
        )
    return found


def label_at(resource: Resource, key: str, spec: FieldSpec) -> str:
    """A field's label; of a linked noun's field with the link before it."""
    link = resource.specs.get(key.split("__")[0])
    return f"{link.label} → {spec.label}" if link is not None and link is not spec else str(spec.label)


def wanted_titles(resource: Resource, params: Mapping[str, str], keys: list[str]) -> list[tuple[str, UUID]]:
    """The records that filters name by id."""
    found: list[tuple[str, UUID]] = []
    for key in keys:
        spec = spec_at(resource, key)
        if spec is not None and spec.target and operation_at(key) == "":
            found += [(spec.target, UUID(params[key]))] if is_uuid(params[key]) else []
    return found


def is_uuid(text: str) -> bool:
    """Whether the text is an id."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def value_text(spec: FieldSpec, operation: str, value: str, titles: Mapping[UUID, str], language: str) -> str:
    """The value of a filter as people read it."""
    if operation == "empty":
        return ""
    if spec.target and is_uuid(value):
        return titles.get(UUID(value), value)
    if spec.kind == "yes_no":
        return str(pgettext_lazy("answer", "yes") if value == YES else pgettext_lazy("answer", "no"))
    if spec.kind == "country":
        return country_text(value, babel_locale(language))
    if spec.kind == "percent" and value.replace(".", "", 1).isdecimal():
        return f"{float(value) * 100:g}%"
    return ", ".join(choice_label(spec, one) for one in value.split(","))


def filter_pair(resource: Resource, given: Mapping[str, Any]) -> tuple[str, str] | None:
    """The parameter that the builder's form asks for: its name and its value; nothing where the form is not filled."""
    spec = resource.specs.get(str(given.get("field", "")))
    if spec is None:
        return None
    operation = str(given.get("op", ""))
    if operation not in dict(operations_of(spec)):
        return None
    value = "true" if operation == "empty" else str(given.get("value", "")).strip()
    if spec.kind == "percent" and operation != "empty":
        value = f"{float(value) / 100:g}" if value.replace(".", "", 1).isdecimal() else value
    return (f"{spec.name}__{operation}" if operation else spec.name, value) if value else None
