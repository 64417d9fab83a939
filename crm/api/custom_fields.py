"""The fields that a tenant has added to nouns: list, make, read, change, retire, restore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about_fields as about
from crm.api.openapi import Operation
from crm.api.views import ApiView, nothing_in, object_of
from crm.core.actors import Actor
from crm.core.customising.indexes import custom_index_drop, custom_index_make
from crm.core.customising.judging import POINTERS
from crm.core.customising.services import (
    custom_field_change,
    custom_field_create,
    custom_field_purge,
    custom_field_restore,
    custom_field_retire,
    custom_fields_order,
)
from crm.core.customising.values import values_count
from crm.core.errors import CrmError
from crm.core.models import CustomField
from crm.core.permissions import is_hidden
from crm.core.registry import Resource, registry

INNER = {said: name for name, said in POINTERS.items()}
CHANGED = ("label", "kind", "target", "help", "choices", "currency", "required", "personal", "sensitive", "searchable")
ORDER = ("object", "ids")
GIVEN = ("object", "name", *CHANGED)


class Fields(ApiView):
    """All of them, and the door for new ones."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": frozenset({"object", "retired"})}

    def get(self, request: Request) -> Response:
        """Those of the nouns that the caller may see; retired ones where `retired=1` asks for them."""
        rows = CustomField.objects.order_by("object_type", "position", "name")
        if slug := request.query_params.get("object", ""):
            rows = rows.filter(object_type=noun_of(slug, self.actor).label)
        retired = request.query_params.get("retired", "0")
        if retired not in ("0", "1"):
            raise CrmError("bad_value", _("retired takes 1 or 0."), parameter="retired", allowed=("1", "0"))
        rows = rows if retired == "1" else rows.filter(retired_at=None)
        return Response({"results": [shown(one) for one in rows if may_see(one, self.actor)]})

    def post(self, request: Request) -> Response:
        """A new one."""
        values = values_of(object_of(request), GIVEN)
        resource = noun_of(str(values.pop("object_type", "")), self.actor, pointer="/object")
        given = {"label_text": values.pop("label", ""), "kind": values.pop("kind", "")}
        given |= {"required": values.pop("is_required")} if "is_required" in values else {}
        made = custom_field_create(resource.label, actor=self.actor, **given, **values)
        return Response(shown(made), status=201)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.listing() if method == "GET" else about.creation()


class FieldOrder(ApiView):
    """The order in which a noun's fields stand."""

    def post(self, request: Request) -> Response:
        """Put those that are named first, in this order."""
        body = object_of(request)
        if unknown := [name for name in body if name not in ORDER]:
            raise unknown_names(unknown, ORDER)
        resource = noun_of(str(body.get("object", "")), self.actor, pointer="/object")
        custom_fields_order(resource.label, ids_of(body.get("ids")), actor=self.actor)
        rows = CustomField.objects.filter(object_type=resource.label, retired_at=None).order_by("position", "name")
        return Response({"results": [shown(one) for one in rows if may_see(one, self.actor)]})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.ordering()


class FieldOne(ApiView):
    """One of them."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"DELETE": frozenset({"values"})}

    def get(self, request: Request, field_id: UUID) -> Response:
        """As it is, and how many records keep a value."""
        one = field_of(field_id, self.actor)
        return Response({**shown(one), "values": values_count(one)})

    def delete(self, request: Request, field_id: UUID) -> Response:
        """Delete a retired one with all its values, for good."""
        field_of(field_id, self.actor)
        said = request.query_params.get("values", "")
        known = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else -1
        custom_field_purge(field_id, values=known, actor=self.actor)
        return Response(status=204)

    def patch(self, request: Request, field_id: UUID) -> Response:
        """Change what is named."""
        field_of(field_id, self.actor)
        values = values_of(object_of(request), CHANGED)
        return Response(shown(custom_field_change(field_id, values, actor=self.actor)))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.one(method)


class FieldRetire(ApiView):
    """Take one out of use."""

    def post(self, request: Request, field_id: UUID) -> Response:
        """Its values stay with the records."""
        nothing_in(request)
        field_of(field_id, self.actor)
        return Response(shown(custom_field_retire(field_id, actor=self.actor)))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.retiring()


class FieldRestore(ApiView):
    """Bring one back."""

    def post(self, request: Request, field_id: UUID) -> Response:
        """With the values that it had."""
        nothing_in(request)
        field_of(field_id, self.actor)
        return Response(shown(custom_field_restore(field_id, actor=self.actor)))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.restoring()


class FieldIndex(ApiView):
    """Its index: lists can be sorted by the field once that is there."""

    def post(self, request: Request, field_id: UUID) -> Response:
        """Ask for it; a worker makes it."""
        nothing_in(request)
        field_of(field_id, self.actor)
        return Response(shown(custom_index_make(field_id, actor=self.actor)), status=202)

    def delete(self, request: Request, field_id: UUID) -> Response:
        """Do without it."""
        field_of(field_id, self.actor)
        custom_index_drop(field_id, actor=self.actor)
        return Response(status=204)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.index(method)


def ids_of(given: Any) -> list[UUID]:
    """A list of ids."""
    try:
        return [UUID(str(one)) for one in given]
    except (TypeError, ValueError) as error:
        text = _("Must be a list of ids.")
        errors = [{"pointer": "/ids", "code": "type", "message": text}]
        raise CrmError("invalid", text, status=422, errors=errors) from error


def noun_of(name: str, actor: Actor, *, pointer: str = "") -> Resource:
    """The noun of that address or label; one that the caller may not see is not there."""
    found = registry.by_slug(name) or registry.get(name)
    if found is None or not actor.may(found.permission("view")):
        place = {"pointer": pointer} if pointer else {"parameter": "object"}
        text = _("There is no such object.")
        allowed = [one.slug for one in registry if actor.may(one.permission("view"))]
        errors = [{**place, "code": "choice", "message": text, "allowed": allowed}]
        raise CrmError("invalid" if pointer else "bad_value", text, status=422 if pointer else 400, errors=errors)
    return found


def may_see(one: CustomField, actor: Actor) -> bool:
    """Whether the caller may know of the field."""
    resource = registry.get(one.object_type)
    return resource is not None and actor.may(resource.permission("view")) and not is_hidden(resource, one.name, actor)


def field_of(field_id: UUID, actor: Actor) -> CustomField:
    """The field of that id, if the caller may know of it."""
    found = CustomField.objects.filter(pk=field_id).first()
    if found is None or not may_see(found, actor):
        raise CrmError("not_found", _("There is no such field."), status=404)
    return found


def values_of(body: Mapping[str, Any], allowed: tuple[str, ...]) -> dict[str, Any]:
    """What a body says, by the names of the service; a name that is not for the caller is refused."""
    if unknown := [name for name in body if name not in allowed]:
        raise unknown_names(unknown, allowed)
    values = {INNER.get(name, name): value for name, value in body.items()}
    if isinstance(values.get("choices"), list):
        values["choices"] = [choice_of(one) for one in values["choices"]]
    return values


def unknown_names(unknown: list[str], allowed: tuple[str, ...]) -> CrmError:
    """The refusal of names that a body may not hold."""
    text = _("There is no such field.")
    errors = [
        {"pointer": f"/{name[:80]}", "code": "unknown_field", "message": text, "allowed": allowed} for name in unknown
    ]
    return CrmError("invalid", _("Some values are not right."), status=422, errors=errors)


def choice_of(one: Any) -> Any:
    """A choice as the service takes it."""
    if not isinstance(one, dict):
        return one
    return {"value": one.get("value"), "label": one.get("label"), "is_retired": one.get("retired") is True}


def shown(one: CustomField) -> dict[str, Any]:
    """A field as it is answered."""
    return {
        "id": one.pk,
        "object": registry[one.object_type].slug,
        "name": one.name,
        "label": one.label,
        "kind": one.kind,
        "choices": [{"value": c["value"], "label": c["label"], "retired": c["is_retired"]} for c in one.choices],
        "target": one.target or None,
        "currency": one.currency or None,
        "help": one.help,
        "position": one.position,
        "required": one.is_required,
        "personal": one.is_personal,
        "sensitive": one.is_sensitive,
        "searchable": one.is_searchable,
        "indexed": one.is_indexed,
        "indexed_at": one.indexed_at,
        "retired_at": one.retired_at,
    }
