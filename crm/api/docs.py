"""The OpenAPI document of the caller's tenant, and the reference page made from it: no script, no other host."""

from __future__ import annotations

import gzip
import json
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.request import Request

from crm.api.errors import TITLES
from crm.api.openapi import document
from crm.api.rendering import JsonRenderer
from crm.api.sharing import meant
from crm.api.views import ApiView
from crm.core.actors import Actor
from crm.core.custom.known import known_here
from crm.core.registry import registry
from crm.team.models import User
from crm.team.services import actor_of_user

MOST_KEPT = 64
_kept: dict[tuple[Any, ...], bytes] = {}


def document_packed(root: str, actor: Actor) -> bytes:
    """The caller's document as JSON, by gzip to a sixteenth; made once per process for callers who may do the same, per
    language and state of a tenant's fields: it walks all nouns."""
    schema: str = connection.schema_name  # type: ignore[attr-defined]  # the tenants' connection has it
    may = (actor.permissions, actor.scopes, actor.hidden_fields, actor.fixed_fields)
    key = (schema, known_here().stamp, get_language(), root, *may)
    if key not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = gzip.compress(JsonRenderer().render(document(root, actor)), mtime=0)
    return _kept[key]


def forget() -> None:
    """Drop every kept document."""
    _kept.clear()


class OpenApi(ApiView):
    """OpenAPI 3.1."""

    def get(self, request: Request) -> HttpResponse:
        """The document: what the caller may do, and may see."""
        packed = document_packed(get_script_prefix(), self.actor)
        takes_packed = "gzip" in request.headers.get("Accept-Encoding", "")
        body = packed if takes_packed else gzip.decompress(packed)
        headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if takes_packed else {})
        return HttpResponse(body, content_type="application/json", headers=headers)


@login_required
def docs(request: HttpRequest) -> HttpResponse:
    """The reference for people: nouns, their fields and endpoints as far as the reader may, and codes of refusals."""
    actor = actor_of_user(cast("User", request.user), via="page")
    made = json.loads(gzip.decompress(document_packed(get_script_prefix(), actor)))
    base = request.build_absolute_uri(reverse("api:not-here"))
    context = {"sections": sections_of(made), "problems": sorted(TITLES.items()), "base": base}
    response = render(request, "api/docs.html", context)
    response["Cache-Control"] = "no-store"
    return response


def sections_of(made: dict[str, Any]) -> list[dict[str, Any]]:
    """The document by noun: title, fields, operations."""
    titles = {**{one.slug: one.name_plural for one in registry}, "bulk": _("Imports"), "tenant": _("Your company")}
    titles |= {"fields": _("Your own fields"), "views": _("Saved views"), "reports": _("Reports")}
    found: dict[str, dict[str, Any]] = {
        tag: {"tag": tag, "title": title, "operations": [], "fields": []} for tag, title in titles.items()
    }
    for path, methods in made["paths"].items():
        for method, about in methods.items():
            found[about["tags"][0]]["operations"].append({"method": method.upper(), "path": path, **told(made, about)})
    components = made["components"]["schemas"]
    for resource in registry:
        section, name = found[resource.slug], resource.model.__name__
        section["fields"] = [
            field_line(field, schema, components[f"{name}Input"])
            for field, schema in components.get(name, {}).get("properties", {}).items()
        ]
    return [section for section in found.values() if section["operations"]]


def told(made: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
    """One operation as the page shows it."""
    return {
        "summary": about["summary"],
        "description": about.get("description", ""),
        "parameters": [meant(made, one) for one in about.get("parameters", ())],
        "responses": {status: meant(made, one) for status, one in about["responses"].items()},
        "permissions": about.get("x-permissions", ()),
    }


def field_line(name: str, schema: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """One field as the table shows it."""
    inner = schema.get("anyOf", [schema])[0]
    kinds = inner.get("type", "Link" if "$ref" in inner else "any")
    kind = " | ".join(kinds) if isinstance(kinds, list) else str(kinds)
    return {
        "name": name,
        "title": schema.get("title", given["properties"].get(name, {}).get("title", "")),
        "kind": kind,
        "format": inner.get("format", ""),
        "choices": [one for one in inner.get("enum", ()) if one],
        "is_writable": name in given["properties"],
        "is_required": name in given.get("required", ()),
    }
