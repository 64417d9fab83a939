"""Duplicates by program: asked for before a record is made, merged into one, and taken apart again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about_merging as about
from crm.api.conditions import if_matched, version_asked
from crm.api.doubles import told
from crm.api.openapi import Operation
from crm.api.records import written
from crm.api.views import ApiView, ResourceView, object_of, refused_values
from crm.core.alike import likely
from crm.core.errors import CrmError
from crm.core.merging import merge_undo, records_merge
from crm.core.permissions import permit, readable
from crm.core.reading import record_read
from crm.core.registry import registry


class Duplicates(ResourceView):
    """What looks like a record that is not made yet."""

    only_reads = True

    def post(self, request: Request) -> Response:
        """The values as they would be sent to make it."""
        values = object_of(request)
        permit(self.actor, self.resource.permission("view"))
        refused_values(values, [spec.name for spec in readable(self.resource, self.actor)])
        return Response({"results": told(likely(self.resource, values, actor=self.actor))})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.looking(self.resource)


class RecordDuplicates(ResourceView):
    """What looks like a record that is there."""

    def get(self, request: Request, id: UUID) -> Response:
        """The surest first."""
        values = record_read(self.resource, id, actor=self.actor)
        plain = {name: value["id"] if isinstance(value, dict) else value for name, value in values.items()}
        return Response({"results": told(likely(self.resource, plain, actor=self.actor, besides=id))})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.resembling(self.resource)


class RecordMerge(ResourceView):
    """Others become part of this record."""

    def post(self, request: Request, id: UUID) -> Response:
        """The record as it is then; `merge` names what can be taken back."""
        body, version = object_of(request), version_asked(request)
        refused_values(body, ("with", "take"))
        others, take = ids_of(body.get("with"), "with"), body.get("take", {})
        if not isinstance(take, dict):
            raise pointed("take", _("Must be an object."))
        chosen = {name: ids_of([pk], f"take/{name}")[0] for name, pk in take.items()}
        with if_matched(version):
            merge = records_merge(self.resource, [id, *others], actor=self.actor, take=chosen, version=version)
        answer = written(self.resource, id, self.actor)
        answer.data = {"merge": merge.pk, "record": answer.data}
        return answer

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.merging(self.resource)


class MergeUndo(ApiView):
    """A merge taken back."""

    def post(self, request: Request, id: UUID) -> Response:
        """Both records as they were."""
        refused_values(object_of(request), ())
        merge = merge_undo(id, actor=self.actor)
        noun = registry[merge.object_type]
        return Response({"merge": merge.pk, "object": noun.slug, "kept": merge.kept_id, "restored": merge.gone_ids})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.undoing()


def ids_of(value: Any, name: str) -> list[UUID]:
    """Ids as they came in a body."""
    try:
        return [UUID(one) for one in value] if isinstance(value, list) and value else no_ids(name)
    except (ValueError, AttributeError, TypeError) as error:
        raise pointed(name, _("Must be the id of a record.")) from error


def no_ids(name: str) -> list[UUID]:
    """Refuse what holds none."""
    raise pointed(name, _("Must be a list of ids."))


def pointed(name: str, message: str) -> CrmError:
    """A refusal at one value of the body."""
    errors = [{"pointer": f"/{name}", "code": "type", "message": message}]
    return CrmError("invalid", message, status=422, errors=errors)
