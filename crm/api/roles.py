"""Roles: what they permit, which records they reach, which fields they keep."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api import about_people as about
from crm.api.openapi import Operation
from crm.api.views import ApiView, object_of, refused_values
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.team.models import Role
from crm.team.role_keeping import FIELDS, role_delete, role_save, told


class Roles(ApiView):
    """All of them."""

    def get(self, request: Request) -> Response:
        """In the order of their names."""
        permit(self.actor, "team.view_role")
        return Response({"results": [told(role) for role in Role.objects.order_by("name")]})

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.roles()


class RoleOne(ApiView):
    """One of them, by its code."""

    def get(self, request: Request, role: str) -> Response:
        """As it is."""
        permit(self.actor, "team.view_role")
        found = Role.objects.filter(code=role).first()
        if found is None:
            raise CrmError("not_found", _("There is no such record."), status=404)
        return Response(told(found))

    def put(self, request: Request, role: str) -> Response:
        """Make it, or change what is named."""
        body: dict[str, Any] = object_of(request)
        refused_values(body, FIELDS)
        return Response(told(role_save(role, body, actor=self.actor)))

    def delete(self, request: Request, role: str) -> Response:
        """Nobody has it any more."""
        role_delete(role, actor=self.actor)
        return Response(status=204)

    def operation(self, method: str) -> Operation | None:
        """For the OpenAPI document."""
        return about.role(method)
