"""What this caller may read and write: `/schema`, `/schema/{object}`, `/me`."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.api import about_tenant as about
from crm.api.openapi import Operation
from crm.api.told import AnatomyTold, CallerTold, FieldTold, NounTold, NounWhole, VerbTold
from crm.api.views import ApiView
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import parts_shown, readable, writable
from crm.core.registry import Part, Resource, registry
from crm.core.specs import FieldSpec
from crm.core.verbs import json_inputs
from tenants.context import current

ACTIONS = ("view", "add", "change", "delete")


class Schemas(ApiView):
    """The nouns."""

    def get(self, request: Request) -> Response:
        """Those that the caller may see."""
        found = [noun(one, self.actor, request) for one in registry if self.actor.may(one.permission("view"))]
        return Response({"objects": found})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.schemas()


class SchemaOne(ApiView):
    """One noun with its fields."""

    def get(self, request: Request, object: str) -> Response:
        """By its address or its label."""
        resource = registry.by_slug(object) or registry.get(object)
        if resource is None or not self.actor.may(resource.permission("view")):
            raise CrmError(
                "not_found",
                _("There is no such object."),
                status=404,
                allowed=[one.slug for one in registry if self.actor.may(one.permission("view"))],
            )
        whole: NounWhole = {**noun(resource, self.actor, request), **anatomy(resource, self.actor)}
        return Response(whole)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.schema_one()


class Me(ApiView):
    """Who is calling, and into which company."""

    def get(self, request: Request) -> Response:
        """The caller."""
        actor, tenant = self.actor, current()
        caller: CallerTold = {
            "kind": actor.kind,
            "id": actor.id,
            "name": actor.name,
            "permissions": sorted(actor.permissions),
            "scopes": None if actor.scopes is None else sorted(actor.scopes),
            "reach": actor.reach.told,
            "hidden_fields": sorted(actor.hidden_fields),
            "fixed_fields": sorted(actor.fixed_fields),
            "language": get_language(),
            "tenant": {
                "slug": tenant.slug,
                "name": tenant.name,
                "locale": tenant.locale,
                "time_zone": tenant.time_zone,
                "currency": tenant.currency,
            },
        }
        return Response(caller)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.me()


def noun(resource: Resource, actor: Actor, request: Request) -> NounTold:
    """A noun in one line."""
    return {
        "label": resource.label,
        "slug": resource.slug,
        "name": resource.name,
        "name_plural": resource.name_plural,
        "url": reverse(f"api:{resource.slug}", request=request),
        "may": [a for a in ACTIONS if actor.may(resource.permission(a))],
    }


def anatomy(resource: Resource, actor: Actor) -> AnatomyTold:
    """Fields, parts and verbs of a noun."""
    may_write = (
        {spec.name for spec in writable(resource, actor)}
        if {"add", "change"} & {a for a in ACTIONS if actor.may(resource.permission(a))}
        else set()
    )
    verbs: list[VerbTold] = [
        {"name": verb.name, "label": verb.label, "description": verb.description, "inputs": json_inputs(verb)}
        for verb in resource.verbs
        if actor.may(verb.permission(resource))
    ]
    return {
        "title": resource.title,
        "ordering": resource.ordering,
        "keys": list(resource.keys),
        "fields": [field(spec, is_writable=spec.name in may_write) for spec in readable(resource, actor)],
        "parts": [
            {"name": part.name, "label": part.label, "fields": part_fields(part)}
            for part in parts_shown(resource, actor)
        ],
        "verbs": verbs,
    }


def part_fields(part: Part) -> list[FieldTold]:
    """The fields of a part's rows."""
    return [field(spec, is_writable=spec.writable) for spec in part.specs.values()]


def field(spec: FieldSpec, *, is_writable: bool) -> FieldTold:
    """One field, with limits and choices."""
    return {
        "name": spec.name,
        "label": spec.label,
        "kind": spec.kind,
        "required": spec.required,
        "writable": is_writable,
        "filterable": spec.filterable,
        "sortable": spec.sortable,
        "personal": spec.personal,
        "sensitive": spec.sensitive,
        "choices": [{"value": value, "label": label} for value, label in spec.choices],
        "max_length": spec.max_length,
        "digits": spec.digits,
        "target": spec.target,
        "unit": spec.unit,
        "help": spec.help,
        "custom": spec.custom or None,
    }
