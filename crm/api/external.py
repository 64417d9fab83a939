"""Records by the name that another system gives them: `ext:{source}:{value}`, or `ext?source=&id=` (with a slash)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about
from crm.api.batch_rows import ID, is_outside, outside_words
from crm.api.bodies import sent_back
from crm.api.bytes import is_storable
from crm.api.conditions import if_matched, version_asked
from crm.api.openapi import Operation
from crm.api.records import READ, changed, deleted, looked_at, written
from crm.api.views import WRITE, ResourceView, object_of
from crm.core.errors import CrmError
from crm.core.models import ExternalId
from crm.core.outside import external_ids_give, external_taken
from crm.core.plans import plan_of
from crm.core.services import Change, external_ids_find, records_save, refuse

NAME = frozenset({"source", "id"})
MOST = {name: ExternalId._meta.get_field(name).max_length or 0 for name in ("source", "value")}  # type: ignore[union-attr]  # columns


class ExternalRecord(ResourceView):
    """One record by its outside name; PUT makes it, changes it, or brings it back from the deleted."""

    by_query = False

    def known(self, method: str) -> frozenset[str] | None:
        """The name stands in the path or in the query."""
        own = READ if method in ("GET", "HEAD") else WRITE
        return own | NAME if self.by_query else own

    def get(self, request: Request, **name: str) -> Response:
        """As it is."""
        return looked_at(self, self.find(name))

    def patch(self, request: Request, **name: str) -> Response:
        """Change what is named."""
        return changed(self, self.find(name), object_of(request))

    def delete(self, request: Request, **name: str) -> Response:
        """Delete softly; the outside name stays and a PUT brings the record back."""
        return deleted(self, self.find(name))

    def put(self, request: Request, **name: str) -> Response:
        """Upsert: what is not named stays as it is."""
        source, value = self.outside(name)
        values, version, model = dict(object_of(request)), version_asked(request), self.resource.model
        if known := external_ids_find(self.resource.label, source, [value]).get(value):
            values, version = self.as_read(known, self.same(known, values), version)
        elif "id" in values:
            return self.given(values, source, value)
        with if_matched(version_asked(request)):
            outcome = records_save(model, [Change(values, version=version, external=(source, value))], actor=self.actor)
            refuse(plan_of(model), outcome, values, self.actor)
            return written(self.resource, outcome.saved[0], self.actor, status=201 if outcome.created else 200)

    def same(self, known: UUID, values: dict[str, Any]) -> dict[str, Any]:
        """The values without the id of the record that has this outside name; another record does not get it."""
        if values.get("id") is not None and self.id_read(values["id"]) != known:
            raise external_taken()
        return {name: value for name, value in values.items() if name != "id"}

    def id_read(self, text: Any) -> UUID:
        """The id that a body names a record by."""
        if not (isinstance(text, str) and ID.fullmatch(text)):
            problem = {"pointer": "/id", "code": "type", "message": _("Must be the id of a record.")}
            raise CrmError("bad_value", _("Must be the id of a record."), errors=[problem])
        return UUID(text)

    def given(self, values: dict[str, Any], source: str, value: str) -> Response:
        """A record that is there, named by its id, gets this outside name."""
        id = self.id_read(values.pop("id"))
        with transaction.atomic():
            answer = changed(self, id, values)
            external_ids_give(self.resource.label, {id: (source, value)})
        return answer

    def as_read(self, id: UUID, values: dict[str, Any], version: int | None) -> tuple[dict[str, Any], int | None]:
        """What is to be written of a body that may be what a GET gave; of a deleted record nothing was read."""
        try:
            values, read = sent_back(self.resource, id, values, self.actor)
        except CrmError as error:
            if error.code != "not_found":
                raise
            return values, version
        return values, read if version is None else version

    def outside(self, name: dict[str, str]) -> tuple[str, str]:
        """Source and value, from wherever they were sent."""
        query = self.request.query_params
        source, value = (
            (query.get("source", ""), query.get("id", "")) if self.by_query else (name["source"], name["value"])
        )
        for parameter, text, limit in (("source", source, MOST["source"]), ("id", value, MOST["value"])):
            if not 0 < len(text) <= limit or not is_storable(text):
                message = _("%(name)s must be a text of 1 to %(max)s characters.") % {"name": parameter, "max": limit}
                raise CrmError("bad_value", message, parameter=parameter)
            if not is_outside(parameter, text):
                raise CrmError("bad_value", outside_words(), parameter=parameter)
        return source, value

    def find(self, name: dict[str, str]) -> UUID:
        """The record's id."""
        source, value = self.outside(name)
        found = external_ids_find(self.resource.label, source, [value]).get(value)
        if found is None:
            raise CrmError("not_found", _("There is no such record."), status=404)
        return found

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.external(self.resource, method, by_query=self.by_query)


class ExternalRecordByQuery(ExternalRecord):
    """The same, for names that do not fit into a path."""

    by_query = True
