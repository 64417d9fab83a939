"""The names that other systems have for records: read beside them, and given to records that are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import reduce
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from crm.core.errors import CrmError
from crm.core.models import ExternalId

Name = tuple[str, str]  # source and value
MOST_SOURCES, MOST_SOURCE = 20, 40


def is_source(text: str) -> bool:
    """Whether a text can be the name of a system: what is written `source:number` must be read in one way."""
    return text == text.strip() != "" and ":" not in text and len(text) <= MOST_SOURCE and text.isprintable()


def external_ids_read(label: str, ids: Collection[UUID]) -> dict[UUID, list[dict[str, str]]]:
    """By which names other systems know each of these records: one query."""
    found: dict[UUID, list[dict[str, str]]] = defaultdict(list)
    rows = ExternalId.objects.filter(object_type=label, object_id__in=ids).order_by("source", "value")
    for pk, source, value in rows.values_list("object_id", "source", "value") if ids else ():
        found[pk].append({"source": source, "id": value})
    return found


def external_ids_of_events(events: Collection[Mapping[str, Any]]) -> dict[UUID, list[dict[str, str]]]:
    """By which names other systems know the records that these events speak of: one query."""
    labels: dict[str, set[UUID]] = defaultdict(set)
    for event in events:
        labels[event["object_type"]].add(event["object_id"])
    found: dict[UUID, list[dict[str, str]]] = defaultdict(list)
    where = reduce(Q.__or__, (Q(object_type=label, object_id__in=ids) for label, ids in labels.items()), Q())
    rows = ExternalId.objects.filter(where).order_by("source", "value")
    for pk, source, value in rows.values_list("object_id", "source", "value") if labels else ():
        found[pk].append({"source": source, "id": value})
    return found


def external_sources(label: str) -> list[str]:
    """The systems that have names for records of a noun: a leap through the index for each, however many names."""
    found: list[str] = []
    rows = ExternalId.objects.filter(object_type=label).order_by("source").values_list("source", flat=True)
    while len(found) < MOST_SOURCES:
        after = rows.filter(source__gt=found[-1]) if found else rows
        if (source := after.first()) is None:
            break
        found.append(source)
    return found


def external_condition(label: str, place: str, names: Collection[Name] | None) -> Q:
    """The records with one of these names (a source alone is any name it gives), or with any at all."""
    rows = ExternalId.objects.filter(object_type=label)
    if names is not None:
        some = (Q(source=source, value=value) if value else Q(source=source) for source, value in names)
        rows = rows.filter(reduce(Q.__or__, some))
    return Q(**{f"{place}__in": rows.values("object_id")})


def external_ids_give(label: str, names: Mapping[UUID, Name]) -> None:
    """Give records, which the caller may change, the names that another system has for them; twice is once."""
    rows = [ExternalId(object_type=label, source=s, value=v, object_id=pk) for pk, (s, v) in names.items()]
    ExternalId.objects.bulk_create(rows, ignore_conflicts=True)
    owners = external_owners(label, names.values())
    if any(owners.get(name, pk) != pk for pk, name in names.items()):
        raise external_taken()


def external_names_find(label: str, names: Collection[Name]) -> dict[Name, UUID]:
    """Which records of a noun these outside names lead to, however many: one query a system."""
    by_source: dict[str, set[str]] = defaultdict(set)
    for source, value in names:
        by_source[source].add(value)
    found: dict[Name, UUID] = {}
    for source, values in by_source.items():
        rows = ExternalId.objects.filter(object_type=label, source=source, value__any_of=values)
        found |= {(source, value): pk for value, pk in rows.values_list("value", "object_id")}
    return found


def external_owners(label: str, names: Collection[Name]) -> dict[Name, UUID]:
    """Whose names these are."""
    if not names:
        return {}
    sources, values = ({name[at] for name in names} for at in (0, 1))
    rows = ExternalId.objects.filter(object_type=label, source__in=sources, value__in=values)
    return {(source, value): pk for source, value, pk in rows.values_list("source", "value", "object_id")}


def external_taken() -> CrmError:
    """The refusal of a name that another record has."""
    return CrmError("external_taken", _("Another record has this outside name already."), status=409)
