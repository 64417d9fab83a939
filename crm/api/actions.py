"""Every verb of every noun as an endpoint."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about
from crm.api.conditions import if_matched, version_asked
from crm.api.openapi import Operation
from crm.api.records import written
from crm.api.views import ResourceView, object_of
from crm.core.verbs import Verb, verb_run


class VerbView(ResourceView):
    """One verb on one record; the body holds its inputs."""

    verb: Verb = None  # type: ignore[assignment]  # given by as_view()

    def post(self, request: Request, id: UUID) -> Response:
        """Run it and answer the record as it is now."""
        version, inputs = version_asked(request), object_of(request)
        with if_matched(version):
            changed = verb_run(self.resource, self.verb.name, id, actor=self.actor, inputs=inputs, version=version)
            return written(self.resource, changed, self.actor)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.acting(self.resource, self.verb)
