"""Who may see and do what: asked by every surface, answered in one place."""

from __future__ import annotations

from typing import TypeVar

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.models import Record
from crm.core.registry import Resource
from crm.core.specs import FieldSpec

M = TypeVar("M", bound=models.Model)


def permit(actor: Actor, permission: str) -> None:
    """Refuse unless the actor holds the permission."""
    if not actor.may(permission):
        raise CrmError(
            "forbidden",
            _("You may not do this: the permission %(permission)s is missing.") % {"permission": permission},
            status=403,
            permission=permission,
        )


def visible(model: type[M], actor: Actor) -> QuerySet[M]:
    """The live rows that the actor may see: all of them, or only those it owns."""
    rows = model._default_manager.all()
    if not issubclass(model, Record):
        return rows
    rows = rows.filter(deleted_at__isnull=True)
    return rows.filter(owner_id=actor.person) if is_confined(model._meta.label_lower, actor) else rows


def is_confined(label: str, actor: Actor) -> bool:
    """Whether the actor sees some records of a noun only; of whoever is not, `visible` is the same for all."""
    return label in actor.own_only


def is_hidden(resource: Resource, name: str, actor: Actor) -> bool:
    """Whether the actor's role hides this field from it."""
    return bool(actor.hidden_fields) and f"{resource.label}.{name}" in actor.hidden_fields


def readable(resource: Resource, actor: Actor) -> list[FieldSpec]:
    """The fields that the actor may read, in order."""
    every = resource.specs.values()
    return [spec for spec in every if not is_hidden(resource, spec.name, actor)] if actor.hidden_fields else list(every)


def writable(resource: Resource, actor: Actor) -> list[FieldSpec]:
    """The fields that the actor may write, in order."""
    return [spec for spec in readable(resource, actor) if spec.writable]


def may_reveal(resource: Resource, actor: Actor) -> bool:
    """Whether sensitive values are shown in full."""
    return actor.may(resource.permission("reveal"))


def masked(value: str) -> str:
    """A sensitive value as others see it: only its last two characters."""
    return "" if not value else "•" * max(4, len(value) - 2) + value[-2:]
