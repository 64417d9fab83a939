"""The OpenAPI document of the caller's tenant, and the reference page made from it: no script, no other host."""

from __future__ import annotations

import json
from typing import Any

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
from crm.api.views import ApiView
from crm.core.custom.known import known_here
from crm.core.registry import registry

MOST_KEPT = 64
_kept: dict[tuple[str, int, str | None, str], bytes] = {}


def document_bytes(root: str) -> bytes:
    """The document as JSON; made once per state of a tenant's fields, language and process: it walks all nouns."""
    schema: str = connection.schema_name  # type: ignore[attr-defined]  # the tenants' connection has it
    key = (schema, known_here().stamp, get_language(), root)
    if key not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = JsonRenderer().render(document(root))
    return _kept[key]


class OpenApi(ApiView):
    """OpenAPI 3.1."""

    def get(self, request: Request) -> HttpResponse:
        """The document."""
        return HttpResponse(document_bytes(get_script_prefix()), content_type="application/json")


@login_required
def docs(request: HttpRequest) -> HttpResponse:
    """The reference for people: nouns, their fields and endpoints, and the codes of refusals."""
    made = json.loads(document_bytes(get_script_prefix()))
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
            found[about["tags"][0]]["operations"].append({"method": method.upper(), "path": path, **about})
    components = made["components"]["schemas"]
    for resource in registry:
        section, name = found[resource.slug], resource.model.__name__
        section["fields"] = [
            field_line(field, schema, components[f"{name}Input"])
            for field, schema in components[name]["properties"].items()
        ]
    return list(found.values())


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
