"""What a person may ask for: everything that is known about them, and to be forgotten."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about
from crm.api.openapi import Operation
from crm.api.told import ErasedTold
from crm.api.views import ResourceView, nothing_in, object_of, refused_values
from crm.core.privacy import file_name, person_erase, person_export


class PersonExport(ResourceView):
    """Everything that is known about a person, as a file to hand over."""

    tells_secret: ClassVar[bool] = True  # sensitive values in full: the answer is kept nowhere

    def post(self, request: Request, id: UUID) -> Response:
        """One JSON file."""
        nothing_in(request)
        told = person_export(self.resource, id, actor=self.actor)
        name = file_name(self.resource, told)
        return Response(told, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.disclosing(self.resource)


class PersonErase(ResourceView):
    """Remove every value that speaks of a person."""

    def post(self, request: Request, id: UUID) -> Response:
        """For good: there is no way back."""
        body = object_of(request)
        refused_values(body, {"reason"})
        reason = body.get("reason")
        counts = person_erase(self.resource, id, actor=self.actor, reason=reason if isinstance(reason, str) else "")
        return Response(ErasedTold(id=id, erased=counts))

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.erasing(self.resource)
