"""What a bulk change is asked for: which records, and what is to be done to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import permit, writable
from crm.core.reading import ListQuery, list_query, narrowed
from crm.core.registry import Resource, registry
from crm.core.verbs import inputs_clean

EDIT, ADD, REMOVE, VERB, DELETE = "edit", "add", "remove", "verb", "delete"
MOST = 100_000
NOT_ASKED = frozenset({"cursor", "page_size", "fields", "count", "include", "ordering"})


@dataclass(frozen=True)
class Deed:
    """What is done to each record: values set, words added to a list or taken out, an action, a deletion."""

    do: str
    values: Mapping[str, Any] = field(default_factory=dict)
    verb: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        return asdict(self)


@dataclass(frozen=True)
class Selection:
    """Which records: these, or all that a list shows."""

    ids: tuple[UUID, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    where: Any = None
    is_all: bool = False


def deed_checked(resource: Resource, deed: Deed, actor: Actor) -> Deed:
    """The deed, if the actor may do it at all; what cannot be is refused by name."""
    permit(actor, resource.permission("view"))
    if deed.do == VERB:
        found = resource.verb_names.get(deed.verb)
        if found is None:
            allowed = list(resource.verb_names)
            raise CrmError("bad_value", _("There is no such action."), parameter="verb", allowed=allowed)
        permit(actor, found.permission(resource))
        inputs_clean(found, deed.values)
        return deed
    if deed.do == DELETE:
        permit(actor, resource.permission("delete"))
        return deed
    if deed.do not in (EDIT, ADD, REMOVE) or not deed.values:
        message = _("Say what is to be done: values, add, remove, verb or delete.")
        raise CrmError("bad_value", message, parameter="values")
    permit(actor, resource.permission("change"))
    known = {spec.name: spec for spec in writable(resource, actor)}
    for name, value in deed.values.items():
        if name not in known or (deed.do != EDIT and known[name].kind != "choices"):
            message = _("There is no field %(name)s.") % {"name": name[:80]}
            raise CrmError("unknown_field", message, field=name[:80], allowed=sorted(known))
        if deed.do != EDIT and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            raise CrmError("bad_value", _("Must be a list of texts."), field=name)
    return deed


def query_of(resource: Resource, selection: Selection, actor: Actor) -> ListQuery:
    """The list that is meant, as the actor sees it now."""
    params = {name: text for name, text in selection.params.items() if name not in NOT_ASKED}
    query = list_query(resource, params, actor=actor, fields=[resource.title])
    if selection.where is not None:
        query = narrowed(query, selection.where)
    return query


def ids_of(resource: Resource, selection: Selection, actor: Actor) -> list[UUID]:
    """The records that are meant, as they are at this moment."""
    if not selection.is_all:
        found = list(dict.fromkeys(selection.ids))
    else:
        rows = query_of(resource, selection, actor).rows.order_by("pk")
        found = list(rows.values_list("pk", flat=True)[: MOST + 1])
    if not found or len(found) > MOST:
        raise CrmError("bad_value", _("Choose between 1 and %(limit)s records.") % {"limit": MOST})
    return found


def resource_of(label: str) -> Resource:
    """The noun of a job."""
    found = registry.get(label)
    if found is None:
        raise CrmError("not_found", _("There is no such noun."), status=404)
    return found
