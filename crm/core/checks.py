"""What must be true of every Resource before the program starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.db import models

from crm.core.plans import plan_of
from crm.core.registry import SYSTEM_HIDDEN, SYSTEM_SHOWN, Resource, registry

MOST_SORTABLE = 8
PERSONAL_KINDS = frozenset({"text", "long_text", "email", "phone", "url"})


def placement(resource: Resource) -> Iterator[str]:
    """Each column is placed, once; what is named exists."""
    placed = {*resource.fields, *resource.computed, *resource.hidden, *SYSTEM_SHOWN, *SYSTEM_HIDDEN, "owner"}
    columns = {f.name for f in resource.model._meta.concrete_fields}
    yield from (f"{name} is in neither `fields`, `computed` nor `hidden`" for name in sorted(columns - placed))
    named = {
        *resource.columns,
        *resource.filters,
        *resource.quick,
        *resource.search,
        *resource.personal,
        *resource.sensitive,
        *resource.keys,
        *resource.synonyms,
        *resource.kinds,
        resource.title,
    }
    yield from (f"{name} is named but not shown" for name in sorted(named - resource.specs.keys()))


def order(resource: Resource) -> Iterator[str]:
    """Sortable fields are few, have an index that leads with them, and are not sensitive."""
    if len(resource.sortable) > MOST_SORTABLE:
        yield f"more than {MOST_SORTABLE} sortable fields"
    led = {index.fields[0] for index in resource.model._meta.indexes if index.fields}
    keyed = hasattr(resource.model, "name_key")
    for name in resource.sortable:
        if sort_column(resource, name, keyed) not in led:
            yield f"sortable {name} has no index that begins with it"
    if resource.ordering.lstrip("-") not in resource.sortable:
        yield f"ordering {resource.ordering} is not sortable"
    for name in {*resource.sensitive} & {*resource.sortable, *resource.search, *resource.columns}:
        yield f"sensitive {name} may be neither sorted, searched nor a column"


def sort_column(resource: Resource, name: str, keyed: bool) -> str:
    """The column by which a field sorts: a noun's title by its `name_key`, where it has one."""
    return "name_key" if keyed and name == resource.title else name


def classification(resource: Resource) -> Iterator[str]:
    """A model whose people's fields hold text says which of them are personal (an empty tuple is an answer, too)."""
    if "personal" not in vars(type(resource)):
        yield "`personal` must be declared (an empty tuple where nothing is)"
    if "search" not in vars(type(resource)):
        yield "`search` must be declared"


@checks.register("crm")
def every_resource_is_whole(**_: Any) -> list[checks.CheckMessage]:
    """Refuse to start with a Resource that leaves something open."""
    found: list[checks.CheckMessage] = []
    for resource in registry:
        plan_of(resource.model)  # a rule that cannot be judged in Python raises here
        for rule in (placement, order, classification):
            found += [checks.Error(f"{resource.label}: {text}", id="crm.E001") for text in rule(resource)]
        for link in resource.model._meta.concrete_fields:
            if isinstance(link, models.ForeignKey) and link.related_model._meta.app_label == "tenants":
                found.append(
                    checks.Error(f"{resource.label}.{link.name} points out of the tenant's schema", id="crm.E002")
                )
    return found
