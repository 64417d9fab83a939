"""Lists of chosen records: who comes on, who goes off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.core.actors import Actor
from crm.core.errors import CrmError, Problem
from crm.core.permissions import permit, visible
from crm.core.registry import Row, registry
from crm.core.verbs import asked_new, verb
from crm.customers.models import ListMember, StaticList
from crm.team.models import User

MOST = 10_000
IDS = {"ids": asked_new("ids", models.JSONField(gettext_lazy("Ids of the records")))}


@verb(
    label=gettext_lazy("Add records"),
    description=gettext_lazy("Put records on the list; those that stand on it already stay."),
    icon="playlist-add",
    inputs=IDS,
    aside=True,
)
def list_include(one: StaticList, *, actor: Actor, ids: Any) -> dict[str, Any]:
    """Put records on a list, if they are there and may be seen."""
    wanted, resource = ids_read(ids), registry[one.object_type]
    permit(actor, resource.permission("view"))
    found = set(visible(resource.model, actor).filter(pk__in=wanted).values_list("pk", flat=True))
    if missing := wanted - found:
        raise CrmError("not_found", _("%(n)s of these records are not there.") % {"n": len(missing)}, status=404)
    person = User.objects.filter(pk=actor.person).first() if actor.person else None
    rows = [ListMember(list=one, object_id=pk, added_by=person) for pk in sorted(wanted)]
    ListMember.objects.bulk_create(rows, ignore_conflicts=True)
    return {"members_count": one.members.count()}


@verb(
    label=gettext_lazy("Take records off"),
    description=gettext_lazy("Take records off the list; they stay what they are."),
    icon="playlist-x",
    inputs=IDS,
    aside=True,
)
def list_exclude(one: StaticList, *, actor: Actor, ids: Any) -> dict[str, Any]:
    """Take records off a list, those that may be seen."""
    seen = visible(registry[one.object_type].model, actor).filter(pk__in=ids_read(ids))
    one.members.filter(object_id__in=seen.values("pk")).delete()
    return {"members_count": one.members.count()}


def ids_read(given: Any) -> set[UUID]:
    """A list of ids, or one."""
    items = given if isinstance(given, list) else [given]
    try:
        found = {UUID(str(item)) for item in items}
    except ValueError as error:
        raise refused(_("Must be a list of ids.")) from error
    if not found or len(found) > MOST:
        raise refused(_("Name between 1 and %(limit)s records.") % {"limit": MOST})
    return found


def refused(message: str) -> CrmError:
    """The refusal of ids that cannot be read."""
    errors = [{"pointer": "/ids", "code": "invalid", "message": message}]
    return CrmError("invalid", message, status=422, errors=errors)


def lists_follow(rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
    """Refuse a noun that there is not, and another noun for a list that has members."""
    for at, row in rows.items():
        if row["object_type"] not in registry:
            names = tuple(resource.label for resource in registry)
            yield at, "object_type", Problem("choice", _("There is no noun of that name."), names)
        elif at in was and was[at]["members_count"] and was[at]["object_type"] != row["object_type"]:
            yield at, "object_type", Problem("read_only", _("The list has members of another kind: empty it first."))
