"""The records of any noun: list, count, search, make, read, change, delete, restore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about
from crm.api.asking import counted, dated, fields_shown, list_asked, page_of, search_params
from crm.api.bodies import sent_back, whole_record
from crm.api.conditions import etag, if_matched, is_dry, is_known, version_asked
from crm.api.doubles import HEADER, doubles_found, header_of
from crm.api.openapi import Operation
from crm.api.views import ResourceView, nothing_in, object_of
from crm.core.actors import Actor
from crm.core.errors import CrmError, Refusals, in_body, placed
from crm.core.including import include, inclusions_of, own_fields
from crm.core.merging import successor
from crm.core.permissions import parts_shown, visible
from crm.core.querying import where_of_tree
from crm.core.reading import record_read
from crm.core.registry import Resource, Row
from crm.core.samples import tree_asks_for_samples
from crm.core.services import record_save, records_delete, records_restore

READ = frozenset({"fields", "include"})
SCORED_AT = "scored_at"


class RecordList(ResourceView):
    """A noun's list and its door for new records."""

    def known(self, method: str) -> frozenset[str] | None:
        """A list takes what the filter language knows; it refuses the rest by name."""
        own = frozenset({"duplicates"}) if self.resource.alike else frozenset()
        return None if method in ("GET", "HEAD") else (super().known(method) or frozenset()) | own

    def get(self, request: Request) -> Response:
        """One page."""
        params = request.query_params.dict()
        query, included = list_asked(self.resource, params, self.actor)
        page = page_of(query, params)
        include(self.resource, page.rows, included, actor=self.actor)
        dated(query, page.rows)
        return Response(
            {
                **counted(query, params, page),
                "next": self.page_url(params, page.next),
                "previous": self.page_url(params, page.previous),
                "results": page.rows,
            }
        )

    def page_url(self, params: Mapping[str, Any], cursor: str) -> str | None:
        """The same question with another cursor."""
        if not cursor:
            return None
        kept = urlencode({name: value for name, value in params.items() if name != "cursor"})
        return f"{self.url}?{kept}&cursor={cursor}" if kept else f"{self.url}?cursor={cursor}"

    def post(self, request: Request) -> Response:
        """A new record."""
        values = object_of(request)
        found = doubles_found(self.resource, values, self) if self.resource.alike else []
        saved = record_save(self.resource.model, values, actor=self.actor)
        answer = written(self.resource, saved, self.actor, status=201)
        if found:
            answer[HEADER] = header_of(found)
        if not is_dry(request):
            answer["Location"] = f"{self.url.rstrip('/')}/{saved}/"
        return answer

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.listing(self.resource) if method == "GET" else about.creation(self.resource)


class RecordCount(ResourceView):
    """How many there are."""

    not_here = frozenset({"include", "cursor", "page_size", "fields", "ordering"})

    def known(self, method: str) -> frozenset[str] | None:
        """As a list."""
        return None if method in ("GET", "HEAD") else frozenset()

    def get(self, request: Request) -> Response:
        """The number."""
        params = request.query_params.dict()
        query, _included = list_asked(self.resource, params, self.actor)
        return Response(counted(query, {"count": "exact", **params}))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.counting(self.resource)


class RecordSearch(ResourceView):
    """The filter language as JSON: nested and, or, not."""

    only_reads = True

    def post(self, request: Request) -> Response:
        """One page of what the tree asks for."""
        body = object_of(request)
        refusals, where = Refusals(), Q()
        params = search_params(body, refusals)
        with refusals.kept(), in_body():
            query, included = list_asked(self.resource, params, self.actor)
        with refusals.kept(), placed(pointer="/where"):
            if body.get("where") is not None:
                where = where_of_tree(self.resource, body["where"], actor=self.actor)
        refusals.tell()
        is_mixed = query.is_mixed or tree_asks_for_samples(body.get("where"))
        query = replace(query, where=query.where & where, is_mixed=is_mixed)
        page = page_of(query, params)
        include(self.resource, page.rows, included, actor=self.actor)
        return Response(
            {
                **counted(query, params, page),
                "next": page.next or None,
                "previous": page.previous or None,
                "results": page.rows,
            }
        )

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.searching(self.resource)


class RecordOne(ResourceView):
    """One record."""

    parameters: ClassVar[dict[str, frozenset[str]]] = {"GET": READ}

    def get(self, request: Request, id: UUID) -> Response:
        """As it is; of one that became part of another, the refusal names that one."""
        try:
            return looked_at(self, id)
        except CrmError as refusal:
            raise (merged_away(self.resource, id, self.actor) or refusal) from refusal

    def patch(self, request: Request, id: UUID) -> Response:
        """Change what is named."""
        return changed(self, id, object_of(request))

    def put(self, request: Request, id: UUID) -> Response:
        """Change everything: what is not named goes back to its default."""
        return changed(self, id, object_of(request), is_whole=True)

    def delete(self, request: Request, id: UUID) -> Response:
        """Delete softly."""
        return deleted(self, id)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.one(self.resource, method)


class RecordRestore(ResourceView):
    """Bring a deleted record back."""

    def post(self, request: Request, id: UUID) -> Response:
        """Within thirty days."""
        nothing_in(request)
        records_restore(self.resource.model, [id], actor=self.actor)
        return written(self.resource, id, self.actor)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.restoring(self.resource)


def fields_asked(resource: Resource, actor: Actor, request: Request) -> tuple[list[str] | None, list[str]]:
    """The names in `?fields=`, the record's and (`orders.number`) its relations'; an unknown one is refused."""
    asked = [name for name in request.query_params.get("fields", "").split(",") if name]
    own, below = [name for name in asked if "." not in name], [name for name in asked if "." in name]
    allowed = [*fields_shown(resource, actor), "id", *(part.name for part in parts_shown(resource, actor))]
    if unknown := [name for name in own if name not in allowed]:
        message = _("There is no such field.")
        errors = [
            {"parameter": "fields", "code": "unknown_field", "message": f"{message} ({name[:80]})", "allowed": allowed}
            for name in unknown
        ]
        raise CrmError("unknown_field", message, errors=errors)
    return own or None, below


def shown(
    resource: Resource, id: UUID, actor: Actor, *, fields: list[str] | None = None, status: int = 200
) -> Response:
    """A record as an answer, with its version as ETag."""
    row, tag = tagged(resource, id, actor, fields)
    return Response(row, status=status, headers={"ETag": tag})


def tagged(resource: Resource, id: UUID, actor: Actor, fields: list[str] | None) -> tuple[Row, str]:
    """A record and its ETag: the write version, and the moment of its scores where it has some."""
    is_hinted = SCORED_AT in resource.specs and fields is not None and SCORED_AT not in fields
    row = record_read(resource, id, actor=actor, fields=[*fields, SCORED_AT] if is_hinted and fields else fields)
    tag = etag(row["version"], row.pop(SCORED_AT) if is_hinted else row.get(SCORED_AT))
    return row, tag


def merged_away(resource: Resource, id: UUID, actor: Actor) -> CrmError | None:
    """The refusal of a record that was merged into one which the actor may see."""
    heir = successor(resource, id) if resource.alike and actor.may(resource.permission("view")) else None
    if heir is None or not visible(resource.model, actor).filter(pk=heir).exists():
        return None
    text = _("There is no such record any more: it was merged into %(id)s.") % {"id": heir}
    return CrmError("not_found", text, status=404, merged_into=heir)


def looked_at(view: ResourceView, id: UUID) -> Response:
    """A record as it is: what was asked of it, related records beside it, or 304 where nothing has changed."""
    request, resource, actor = view.request, view.resource, view.actor
    names, below = fields_asked(resource, actor, request)
    text = request.query_params.get("include", "")
    included = inclusions_of(resource, text, below, actor=actor) if text or below else []
    links = [name for name in own_fields(included) if names and name not in names]
    row, tag = tagged(resource, id, actor, [*names, *links] if names else None)
    if not included and is_known(request, tag):
        return Response(status=304, headers={"ETag": tag})
    include(resource, [row], included, actor=actor)
    return Response(row, headers={"ETag": tag})


def written(resource: Resource, id: UUID, actor: Actor, *, status: int = 200) -> Response:
    """The answer to a write; who may write but not read learns only the id."""
    try:
        return shown(resource, id, actor, status=status)
    except CrmError as error:
        if error.code not in ("forbidden", "not_found"):
            raise
        return Response({"id": id}, status=status)


def changed(view: ResourceView, id: UUID, sent: Mapping[str, Any], *, is_whole: bool = False) -> Response:
    """Write to a record that is there."""
    asked = version_asked(view.request)
    values, read = sent_back(view.resource, id, sent, view.actor)
    if is_whole:
        values = whole_record(view.resource, sent, values, view.actor)
    with if_matched(asked):
        version = read if asked is None else asked
        record_save(view.resource.model, values, actor=view.actor, id=id, version=version)
        return written(view.resource, id, view.actor)


def deleted(view: ResourceView, id: UUID) -> Response:
    """Delete a record that is there."""
    version = version_asked(view.request)
    with if_matched(version):
        records_delete(view.resource.model, [id], actor=view.actor, version=version)
    return Response(status=204)
