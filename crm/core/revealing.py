"""A sensitive value in full: for who may see it, when they ask, and noted in the record's history each time.

Everywhere else it is a mask, for everybody: on pages, in lists, in answers of the API, in files.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.permissions import masked, permit, readable
from crm.core.reading import record_read
from crm.core.registry import Resource


@transaction.atomic
def value_reveal(resource: Resource, id: UUID, name: str, *, actor: Actor) -> str:
    """The value; the note says who looked, when, by which door, at which field, never what stood there."""
    permit(actor, resource.permission("reveal"))
    allowed = [spec.name for spec in readable(resource, actor) if spec.sensitive]
    if name not in allowed:
        raise CrmError("unknown_field", _("There is no such masked field."), field=name[:80], allowed=allowed)
    row = record_read(resource, id, actor=replace(actor, reveals=True), fields=[name])
    value = str(row[name] or "")
    events_write([Fact(f"{resource.label}.revealed", resource.label, id, None, {name: masked(value)})], actor)
    return value
